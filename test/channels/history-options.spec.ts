import { describe, expect, it } from '@jest/globals';
import { resolveChannelOptions, type ChannelOptions } from '../../lib/channels/channel.options.js';

const resolve = (options: unknown) => resolveChannelOptions(options as ChannelOptions, '@Channel on Rooms');

describe('The options of a channel', () => {
  it('keep nothing unless something is said', () => {
    expect(resolve({})).toMatchObject({ presence: false, history: undefined });
    expect(resolve({ history: undefined }).history).toBeUndefined();
  });

  it('fill in what is not said of a history', () => {
    expect(resolve({ history: {} }).history).toEqual({ mode: 'log', size: 100, ttl: 300_000 });
    expect(resolve({ history: { size: 7 } }).history).toEqual({ mode: 'log', size: 7, ttl: 300_000 });
  });

  it('keep one value where only the latest is wanted', () => {
    expect(resolve({ history: { mode: 'latest' } }).history).toEqual({ mode: 'latest', size: 1, ttl: 300_000 });
    expect(resolve({ history: { mode: 'latest', size: 1 } }).history?.size).toBe(1);
  });

  it.each([
    [{ history: true }, 'history'],
    [{ history: [] }, 'history'],
    [{ history: { size: 0 } }, 'history.size'],
    [{ history: { size: 1.5 } }, 'history.size'],
    [{ history: { size: Infinity } }, 'history.size'],
    [{ history: { ttl: 0 } }, 'history.ttl'],
    [{ history: { ttl: Infinity } }, 'history.ttl'],
    [{ history: { mode: 'cache' } }, 'history.mode'],
    [{ history: { mode: 'latest', size: 2 } }, 'history.size'],
    [{ history: { length: 2 } }, 'history.length'],
    [{ presence: 'yes' }, 'presence'],
  ])('refuse %j', (options, name) => {
    expect(() => resolve(options)).toThrow(`'${name}'`);
    expect(() => resolve(options)).toThrow('@Channel on Rooms');
  });
});
