import { describe, expect, it } from '@jest/globals';
import { SendWatch } from '../../lib/connections/send-watch.js';

/** Whether a peer was given up at each second, for the bytes that it had still to take then. */
function looks(timeout: number, pending: number[], taken: number[] = []): boolean[] {
  const watch = new SendWatch(timeout);
  return pending.map((bytes, index) => watch.isStalled(bytes, (index + 1) * 1_000, taken[index]));
}

describe('a peer', () => {
  it('is given up when it takes nothing for so long', () => {
    expect(looks(3_000, [5, 5, 5, 5])).toEqual([false, false, true, true]);
  });

  it('that has nothing to take is never given up', () => expect(looks(1_000, [0, 0, 0])).toEqual([false, false, false]));

  it('that takes a little is not given up, however much there is', () => {
    expect(looks(3_000, [9, 9, 8, 8, 7, 9, 6])).toEqual([false, false, false, false, false, false, false]);
  });

  it('has its whole time again when it has taken all', () => {
    expect(looks(2_000, [5, 0, 5, 5])).toEqual([false, false, false, true]);
  });

  it('that takes something all the time is not given up though more and more is written to it', () => {
    expect(looks(2_000, [1, 2, 3, 4], [1, 2, 3, 4])).toEqual([false, false, false, false]);
    expect(looks(2_000, [4, 3, 2], [1, 1, 1])).toEqual([false, true, true]);
  });

  it('is given up though more and more is written to it', () => {
    expect(looks(2_000, [1, 2, 3])).toEqual([false, true, true]);
  });
});
