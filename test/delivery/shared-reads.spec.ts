import { describe, expect, it } from '@jest/globals';
import { SharedReads } from '../../lib/delivery/shared-reads.js';

describe('Shared reads', () => {
  /** Reads that end when the test says so. */
  function held(): { reads: SharedReads<number>; ends: { resolve: (value: number) => void; reject: (error: Error) => void }[] } {
    const ends: { resolve: (value: number) => void; reject: (error: Error) => void }[] = [];
    return { ends, reads: new SharedReads(() => new Promise((resolve, reject) => ends.push({ resolve, reject }))) };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('serve all who come during a reading with the next one, and only one', async () => {
    const { reads, ends } = held();
    const first = reads.of('key');
    const others = Promise.all(Array.from({ length: 1_000 }, () => reads.of('key')));
    expect(ends).toHaveLength(1);
    ends[0].resolve(1);
    expect(await first).toBe(1);
    await turn();
    expect(ends).toHaveLength(2);
    ends[1].resolve(2);
    expect(new Set(await others)).toEqual(new Set([2]));
  });

  it('keep keys apart, and begin anew when nobody reads', async () => {
    const { reads, ends } = held();
    const both = Promise.all([reads.of('a'), reads.of('b')]);
    ends[0].resolve(1);
    ends[1].resolve(2);
    expect(await both).toEqual([1, 2]);
    const again = reads.of('a');
    ends[2].resolve(3);
    expect(await again).toBe(3);
  });

  it('that fail are the affair of those who wait for them, not of the next', async () => {
    const { reads, ends } = held();
    const first = reads.of('key');
    const second = reads.of('key');
    ends[0].reject(new Error('down'));
    await expect(first).rejects.toThrow('down');
    await turn();
    ends[1].resolve(2);
    expect(await second).toBe(2);
  });
});
