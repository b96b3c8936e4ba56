import { beforeEach, describe, expect, it } from '@jest/globals';
import { InProcessLog, missedSince, type LogPosition } from '../../lib/delivery/log.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { describeLog } from '../support/log.contract.js';

describeLog('the log of a single node', (clock) => new InProcessLog(clock));

describe('the log of a single node', () => {
  const bounds = { size: 10, ttl: 1_000 };
  let clock: FakeClock;

  beforeEach(() => {
    clock = new FakeClock();
  });

  const sizeOf = (log: InProcessLog, map: 'histories' | 'tops'): number => (Reflect.get(log, map) as Map<string, unknown>).size;
  const missed = async (log: InProcessLog, key: string, position: LogPosition): Promise<string[] | undefined> =>
    missedSince(position, await log.read(key))?.map(({ value }) => value);

  it('has another epoch in each process', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => new InProcessLog(clock).read('key')));
    expect(one.position.epoch).not.toBe(other.position.epoch);
    expect(missedSince(one.position, other)).toBeUndefined();
  });

  it('holds nothing for keys that are only read', async () => {
    const log = new InProcessLog(clock);
    await log.read('key');
    expect(sizeOf(log, 'histories') + sizeOf(log, 'tops')).toBe(0);
  });

  it('frees what has expired with the tick, though nobody reads or writes it again, and then listens no longer', async () => {
    const log = new InProcessLog(clock);
    for (let i = 0; i < 100; i++) await log.append(`key ${i}`, 'value', { size: 10, ttl: i < 50 ? 1_000 : 5_000 });
    await clock.advance(3_000);
    expect(sizeOf(log, 'histories')).toBe(50);
    await clock.advance(5_000);
    expect(sizeOf(log, 'histories')).toBe(0);
    expect((Reflect.get(clock, 'listeners') as Set<unknown>).size).toBe(0);
  });

  it('remembers few of the keys that have nothing left, and says of the others rather nothing than something wrong', async () => {
    const log = new InProcessLog(clock);
    await log.append('old', 'a', bounds);
    const { position: before } = await log.read('never written');
    const old = await log.append('old', 'b', bounds);
    await clock.advance(5_000);
    for (let i = 0; i < 10_000; i++) await log.append(`key ${i}`, 'value', { size: 10, ttl: 0 });
    expect(sizeOf(log, 'tops')).toBe(10_000);
    await log.append('old', 'c', bounds);
    expect(await missed(log, 'old', { ...old, offset: old.offset - 1 })).toBeUndefined();
    expect(await missed(log, 'old', old)).toEqual(['c']);
    expect(await missed(log, 'never written', before)).toBeUndefined();
  });

  it('forgets the histories that were quiet for longest when all together hold too much', async () => {
    const log = new InProcessLog(clock, 100);
    const quiet = await log.append('a', 'x'.repeat(30), bounds);
    await log.append('b', 'x'.repeat(30), bounds);
    await log.append('a', 'x'.repeat(30), bounds);
    expect(await missed(log, 'a', quiet)).toHaveLength(1);
    await log.append('c', 'x'.repeat(30), bounds);
    expect((await log.read('b')).entries).toEqual([]);
    expect((await log.read('a')).entries).toHaveLength(2);
    expect((await log.read('c')).entries).toHaveLength(1);
  });
});
