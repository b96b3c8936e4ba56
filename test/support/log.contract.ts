import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../lib/common/clock.js';
import { missedSince, type Log, type LogPosition } from '../../lib/delivery/log.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { numbersFrom } from './random-numbers.js';

/** The promises that `Log` makes; every log has to pass. `make` gives a log that nobody else writes to. */
export function describeLog(name: string, make: (clock: Clock) => Log | Promise<Log>): void {
  describe(`${name}, as any log,`, () => {
    const bounds = { size: 3, ttl: 1_000 };
    let clock: FakeClock;
    let log: Log;

    beforeEach(async () => {
      clock = new FakeClock();
      log = await make(clock);
    });

    const append = async (key: string, ...values: string[]): Promise<LogPosition> => {
      for (const value of values) await log.append(key, value, bounds);
      return (await log.read(key)).position;
    };
    const values = async (key: string): Promise<string[]> => (await log.read(key)).entries.map(({ value }) => value);
    const missed = async (key: string, position: LogPosition): Promise<string[] | undefined> =>
      missedSince(position, await log.read(key, position.offset))?.map(({ value }) => value);

    it('has a position for what nobody wrote to, and nothing to read', async () => {
      const { position, entries } = await log.read('key');
      expect(entries).toEqual([]);
      expect(await missed('key', position)).toEqual([]);
    });

    it('gives each entry the next offset, and reads them in their order', async () => {
      const { position } = await log.read('key');
      const positions = [await log.append('key', 'a', bounds), await log.append('key', 'b', bounds)];
      expect(positions.map(({ offset }) => offset - position.offset)).toEqual([1, 2]);
      expect((await log.read('key')).entries).toEqual([
        { offset: positions[0].offset, value: 'a' },
        { offset: positions[1].offset, value: 'b' },
      ]);
      expect((await log.read('key')).position).toEqual(positions[1]);
    });

    it('keeps the order of what is written without waiting', async () => {
      const offsets = await Promise.all(['a', 'b', 'c'].map((value) => log.append('key', value, bounds)));
      expect(offsets.map(({ offset }) => offset - offsets[0].offset)).toEqual([0, 1, 2]);
      expect(await values('key')).toEqual(['a', 'b', 'c']);
    });

    it('keeps keys apart', async () => {
      await append('a', '1');
      await append('b', '2', '3');
      expect(await values('a')).toEqual(['1']);
      expect(await values('b')).toEqual(['2', '3']);
    });

    it.each(['__proto__', 'constructor', '', ' ', 'a:b', '😀', '\u0000'])('takes %j as a key and as a value', async (text) => {
      expect(await values(text)).toEqual([]);
      await append(text, text);
      expect(await values(text)).toEqual([text]);
    });

    it('reads what is newer than an offset', async () => {
      const { offset } = await append('key', 'a', 'b');
      const newer = async (after: number): Promise<string[]> => (await log.read('key', after)).entries.map(({ value }) => value);
      expect(await newer(offset - 1)).toEqual(['b']);
      expect(await newer(offset)).toEqual([]);
      expect(await newer(offset + 7)).toEqual([]);
    });

    it('gives exactly what was missed since a position', async () => {
      const position = await append('key', 'a');
      expect(await missed('key', position)).toEqual([]);
      await append('key', 'b', 'c');
      expect(await missed('key', position)).toEqual(['b', 'c']);
    });

    it('gives what was missed since before the first entry', async () => {
      const { position } = await log.read('key');
      await append('key', 'a', 'b');
      expect(await missed('key', position)).toEqual(['a', 'b']);
    });

    it('gives nothing rather than a part: beyond the size, another epoch, an offset that is still to come, none at all', async () => {
      const position = await append('key', 'a');
      await append('key', 'b', 'c', 'd');
      expect(await missed('key', position)).toEqual(['b', 'c', 'd']);
      const top = await append('key', 'e');
      expect(await missed('key', position)).toBeUndefined();
      expect(await missed('key', { epoch: 'another', offset: top.offset })).toBeUndefined();
      for (const offset of [top.offset + 1, top.offset - 0.5, -1, NaN, Infinity])
        expect(await missed('key', { epoch: top.epoch, offset })).toBeUndefined();
    });

    it('forgets an entry when its time is over, and the others when theirs is', async () => {
      const position = await append('key', 'a');
      await clock.advance(600);
      const second = await append('key', 'b');
      await clock.advance(399);
      expect(await values('key')).toEqual(['a', 'b']);
      await clock.advance(1);
      expect(await values('key')).toEqual(['b']);
      expect(await missed('key', position)).toEqual(['b']);
      await clock.advance(600);
      expect(await values('key')).toEqual([]);
      expect(await missed('key', position)).toBeUndefined();
      expect(await missed('key', second)).toEqual([]);
    });

    it('goes on counting where all entries were gone', async () => {
      const position = await append('key', 'a', 'b');
      await clock.advance(1_000_000);
      const next = await append('key', 'c');
      expect(next.offset).toBe(position.offset + 1);
      expect(await missed('key', position)).toEqual(['c']);
      expect(await missed('key', { ...position, offset: position.offset - 1 })).toBeUndefined();
    });

    it('keeps as much as the last writing says', async () => {
      await append('key', 'a', 'b', 'c');
      await log.append('key', 'd', { size: 2, ttl: 5_000 });
      expect(await values('key')).toEqual(['c', 'd']);
      await clock.advance(1_000);
      expect((await values('key')).at(-1)).toBe('d');
    });

    it('says exactly what was missed or nothing, whatever was written and however much time went by', async () => {
      const random = numbersFrom(7);
      const written: { offset: number; value: string }[] = [];
      const { position } = await log.read('key');
      for (let step = 0; step < 300; step++) {
        const { offset } = await log.append('key', `${step}`, { size: 1 + random(8), ttl: 1 + random(400) });
        written.push({ offset, value: `${step}` });
        await clock.advance(random(150));
        const since = { epoch: position.epoch, offset: Math.max(position.offset, offset - random(10)) };
        const truth = written.filter((entry) => entry.offset > since.offset).map(({ value }) => value);
        expect([undefined, truth]).toContainEqual(await missed('key', since));
      }
    });
  });
}
