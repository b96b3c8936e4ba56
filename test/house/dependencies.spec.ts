import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';

/** The lowest version of a package that has none of the known holes. */
const floors: Record<string, string> = { ws: '8.21.1' };

const read = (path: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8'));

/** Whether a version is another one or comes after it. */
function isAtLeast(version: string, floor: string): boolean {
  const [ours, theirs] = [version, floor].map((text) => text.split('.').map(Number));
  const difference = ours.findIndex((number, index) => number !== theirs[index]);
  return difference < 0 || ours[difference] > theirs[difference];
}

describe('what users install along with this package', () => {
  const { dependencies } = read('package.json') as { dependencies: Record<string, string> };

  it('N09: is known, each with the lowest version that is safe', () => {
    expect(Object.keys(dependencies)).toEqual(Object.keys(floors));
  });

  it.each(Object.entries(floors))('N09: cannot be a lower version of %s than %s', (name, floor) => {
    const [, lowest] = /^\^(\d+\.\d+\.\d+)$/.exec(dependencies[name]) ?? [];
    expect(lowest).toBeDefined();
    expect(isAtLeast(lowest, floor)).toBe(true);
  });

  it.each(Object.entries(floors))('N09: is tested with a version of %s that is not lower than %s', (name, floor) => {
    const { version } = read(`node_modules/${name}/package.json`) as { version: string };
    expect(isAtLeast(version, floor)).toBe(true);
  });

  it('C03: bounds the fragments and the chunks of a WebSocket message by itself', () => {
    const { options } = new WebSocketServer({ noServer: true });
    expect(options).toMatchObject({ maxFragments: 16_384, maxBufferedChunks: 262_144 });
  });
});

describe('versions', () => {
  it.each([
    ['8.21.1', '8.21.1', true],
    ['8.22.0', '8.21.1', true],
    ['9.0.0', '8.21.1', true],
    ['8.21.0', '8.21.1', false],
    ['8.3.9', '8.21.1', false],
    ['7.99.99', '8.21.1', false],
  ])('are compared number by number: %s and %s', (version, floor, expected) => expect(isAtLeast(version, floor)).toBe(expected));
});
