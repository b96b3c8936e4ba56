import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../lib/common/clock.js';
import type { Store } from '../../lib/delivery/store.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';

/** The promises that `Store` makes; every store has to pass. `make` gives a store that nobody else writes to. */
export function describeStore(name: string, make: (clock: Clock) => Store | Promise<Store>): void {
  describe(`${name}, as any store,`, () => {
    let clock: FakeClock;
    let store: Store;

    beforeEach(async () => {
      clock = new FakeClock();
      store = await make(clock);
    });

    const entries = async (key: string): Promise<[string, string][]> => (await store.entries(key)).sort(([a], [b]) => (a < b ? -1 : 1));

    it('knows nothing that was not written', async () => {
      expect(await store.get('key', 'field')).toBeUndefined();
      expect(await store.entries('key')).toEqual([]);
    });

    it('returns what was written last', async () => {
      await store.set('key', 'field', 'first');
      await store.set('key', 'field', 'second');
      expect(await store.get('key', 'field')).toBe('second');
      expect(await store.entries('key')).toEqual([['field', 'second']]);
    });

    it('keeps keys and fields apart', async () => {
      await store.set('a', 'x', '1');
      await store.set('a', 'y', '2');
      await store.set('b', 'x', '3');
      expect(await entries('a')).toEqual([
        ['x', '1'],
        ['y', '2'],
      ]);
      expect(await entries('b')).toEqual([['x', '3']]);
    });

    it.each(['__proto__', 'constructor', 'toString', '', ' ', 'a:b', '😀', '\u0000'])('takes %j as a key and as a field', async (text) => {
      expect(await store.get(text, text)).toBeUndefined();
      await store.set(text, text, 'value');
      expect(await store.get(text, text)).toBe('value');
      expect(await store.entries(text)).toEqual([[text, 'value']]);
      await store.delete(text, text);
      expect(await store.entries(text)).toEqual([]);
    });

    it('keeps an empty value, which is not none', async () => {
      await store.set('key', 'field', '');
      expect(await store.get('key', 'field')).toBe('');
    });

    it('removes one field, and leaves the others', async () => {
      await store.set('key', 'x', '1');
      await store.set('key', 'y', '2');
      await store.delete('key', 'x');
      expect(await entries('key')).toEqual([['y', '2']]);
    });

    it('removes a whole key, and leaves the others', async () => {
      await store.set('a', 'x', '1');
      await store.set('a', 'y', '2');
      await store.set('b', 'x', '3');
      await store.delete('a');
      expect(await store.entries('a')).toEqual([]);
      expect(await store.get('a', 'x')).toBeUndefined();
      expect(await entries('b')).toEqual([['x', '3']]);
    });

    it('removes what is not there without an error', async () => {
      await store.delete('key');
      await store.delete('key', 'field');
      await store.set('key', 'x', '1');
      await store.delete('key', 'y');
      expect(await entries('key')).toEqual([['x', '1']]);
    });

    it('can be written again where something was removed', async () => {
      await store.set('key', 'field', 'first');
      await store.delete('key', 'field');
      await store.set('key', 'field', 'second');
      expect(await store.get('key', 'field')).toBe('second');
    });

    it('returns no field whose time is over, though others of its key stay', async () => {
      await store.set('key', 'short', '1', 1_000);
      await store.set('key', 'long', '2', 2_000);
      await store.set('key', 'for ever', '3');
      await clock.advance(999);
      expect(await store.get('key', 'short')).toBe('1');
      await clock.advance(1);
      expect(await store.get('key', 'short')).toBeUndefined();
      expect(await entries('key')).toEqual([
        ['for ever', '3'],
        ['long', '2'],
      ]);
      await clock.advance(1_000);
      expect(await entries('key')).toEqual([['for ever', '3']]);
      await clock.advance(1_000_000_000);
      expect(await store.get('key', 'for ever')).toBe('3');
    });

    it('begins the time of a field anew with each writing', async () => {
      await store.set('key', 'field', '1', 1_000);
      await clock.advance(900);
      await store.set('key', 'field', '2', 1_000);
      await clock.advance(900);
      expect(await store.get('key', 'field')).toBe('2');
      await clock.advance(100);
      expect(await store.get('key', 'field')).toBeUndefined();
    });

    it('keeps for good what was written again without a time, and ends what was written again with one', async () => {
      await store.set('key', 'x', '1', 1_000);
      await store.set('key', 'x', '2');
      await store.set('key', 'y', '1');
      await store.set('key', 'y', '2', 1_000);
      await clock.advance(1_000);
      expect(await entries('key')).toEqual([['x', '2']]);
    });

    it('can be written again where the time was over', async () => {
      await store.set('key', 'field', 'first', 1_000);
      await clock.advance(5_000);
      await store.set('key', 'field', 'second', 1_000);
      expect(await store.get('key', 'field')).toBe('second');
    });

    it('hands out lists that are nobody else’s', async () => {
      await store.set('key', 'field', 'value');
      const list = await store.entries('key');
      list[0][1] = 'changed';
      list.length = 0;
      expect(await store.entries('key')).toEqual([['field', 'value']]);
    });
  });
}
