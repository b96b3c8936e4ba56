import { describe, expect, it } from '@jest/globals';
import { ChainLog } from '../../lib/channels/dialects/chain.log.js';

function logOf(capacity: number, ...messages: string[]): ChainLog {
  const log = new ChainLog(capacity, 1_000);
  for (const message of messages) log.add(message);
  return log;
}

describe('What a session has said last', () => {
  it('is told after a number', () => {
    const log = logOf(3, 'a', 'b', 'c');
    expect([0, 1, 2, 3].map((number) => log.after(number))).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c'], []]);
  });

  it.each([-1, 4, Number.NaN, Infinity])('is not told after %d, which it never was', (number) => {
    expect(logOf(3, 'a', 'b', 'c').after(number)).toBeUndefined();
  });

  it('is forgotten once it was written and newer messages need the place', () => {
    const log = logOf(2, 'a', 'b');
    log.wrote();
    log.add('c');
    log.wrote();
    expect([log.after(0), log.after(1)]).toEqual([undefined, ['b', 'c']]);
  });

  it('is not forgotten before it was written, and full when there is more of it than there is room', () => {
    const log = logOf(2, 'a', 'b');
    expect(log.isFull).toBe(false);
    log.add('c');
    expect([log.isFull, log.after(0), log.waiting]).toEqual([true, ['a', 'b', 'c'], 3]);
  });

  it('is forgotten where it is too long, however few messages it is', () => {
    const log = logOf(10, 'x'.repeat(900), 'y'.repeat(900));
    log.wrote();
    expect([log.after(0), log.after(1)]).toEqual([undefined, ['y'.repeat(900)]]);
  });

  it('needs no room when everything is written at once', () => {
    const log = new ChainLog(0, 1_000);
    log.add('a');
    log.wrote();
    expect([log.isFull, log.after(1), log.after(0)]).toEqual([false, [], undefined]);
  });
});
