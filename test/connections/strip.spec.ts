import { describe, expect, it } from '@jest/globals';
import { Strip } from '../../lib/connections/strip.js';

const write = (strip: Strip, text: string): void => {
  const at = strip.add(text.length);
  strip.bytes.write(text, at);
};

const textOf = ({ bytes, start, length }: Strip): string => bytes.toString('latin1', start, start + length);

describe('a strip of bytes', () => {
  it('has them in the order in which they came, and forgets the first', () => {
    const strip = new Strip();
    for (const text of ['one', 'two', 'three']) write(strip, text);
    strip.drop(4);
    expect([textOf(strip), strip.length]).toEqual(['wothree', 7]);
  });

  it('has room for no more than a small part beside what it holds, however much goes through it', () => {
    const strip = new Strip();
    for (let number = 1_000; number < 9_000; number++) {
      write(strip, String(number));
      if (number >= 1_100) strip.drop(4);
    }
    expect(strip.length).toBe(400);
    expect(textOf(strip)).toBe(Array.from({ length: 100 }, (_, index) => String(8_900 + index)).join(''));
    expect(strip.bytes.length).toBeLessThanOrEqual(1_024);
  });

  it('has no memory while it is empty, and lends it to others', () => {
    const strip = new Strip();
    write(strip, 'x'.repeat(1_000));
    const { bytes } = strip;
    strip.drop(1_000);
    expect(strip.bytes).toHaveLength(0);
    const other = new Strip();
    write(other, 'y'.repeat(1_000));
    expect(other.bytes).toBe(bytes);
  });

  it('shares no memory with another one', () => {
    const strips = [new Strip(), new Strip()];
    for (const strip of strips) write(strip, 'x'.repeat(100));
    strips[0].clear();
    strips[0].clear();
    for (const text of ['a', 'b']) write(strips[0], text.repeat(50));
    write(strips[1], 'y');
    expect(strips.map(textOf)).toEqual(['a'.repeat(50) + 'b'.repeat(50), `${'x'.repeat(100)}y`]);
  });
});
