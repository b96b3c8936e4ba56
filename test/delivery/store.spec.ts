import { beforeEach, describe, expect, it } from '@jest/globals';
import { InProcessStore } from '../../lib/delivery/store.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { describeStore } from '../support/store.contract.js';

describeStore('the store of a single node', (clock) => new InProcessStore(clock));

describe('the store of a single node', () => {
  let clock: FakeClock;
  let store: InProcessStore;

  beforeEach(() => {
    clock = new FakeClock();
    store = new InProcessStore(clock);
  });

  /** How many fields are kept in memory: expired ones cannot be seen in any other way. */
  const fieldsHeld = (): number => {
    const keys = Reflect.get(store, 'keys') as Map<string, Map<string, unknown>>;
    return Array.from(keys.values(), ({ size }) => Math.max(size, 1)).reduce((sum, size) => sum + size, 0);
  };

  it('has written what it was given when the call returns', async () => {
    void store.set('key', 'field', 'value');
    expect(await store.get('key', 'field')).toBe('value');
  });

  it('forgets what nobody reads again with later writes, in keys of their own as in one that goes on', async () => {
    for (let i = 0; i < 500; i++) await store.set(`key ${i}`, 'field', 'value', 1_000);
    for (let i = 0; i < 500; i++) await store.set('shared key', `field ${i}`, 'value', 1_000);
    await clock.advance(1_000);
    for (let i = 0; i < 1_000; i++) await store.set('new key', 'field', 'value', 1_000);
    expect(fieldsHeld()).toBe(1);
  });

  it('never holds more than a few times what is alive, however long it goes on', async () => {
    let most = 0;
    for (let second = 0; second < 300; second++) {
      for (let i = 0; i < 10; i++) await store.set(`key ${second}`, `field ${i}`, 'value', 10_000);
      await clock.advance(1_000);
      most = Math.max(most, fieldsHeld());
    }
    expect(most).toBeLessThan(3 * 110);
  });

  it('holds nothing of a key whose last field was removed', async () => {
    await store.set('key', 'field', 'value');
    await store.delete('key', 'field');
    expect(fieldsHeld()).toBe(0);
  });

  it('does not lose a key that is removed and written again while it is being looked through', async () => {
    // Wherever it has come to: a few fields with each of these writes.
    for (let writes = 0; writes < 30; writes++) {
      const key = `key ${writes}`;
      for (let i = 0; i < 20; i++) await store.set(key, `field ${i}`, 'old', 1_000);
      await clock.advance(1_000);
      for (let i = 0; i < writes; i++) await store.set('another', 'field', 'value');
      await store.delete(key);
      await store.set(key, 'field', 'new');
      for (let i = 0; i < 30; i++) await store.set('another', 'field', 'value');
      expect(await store.get(key, 'field')).toBe('new');
    }
  });

  it('looks at a few fields with each write or reading, not at all 10 000 of a key', async () => {
    const steps = await stepsThroughMaps(async () => {
      for (let i = 0; i < 10_000; i++) await store.set('key', `field ${i}`, 'value', 1_000);
      for (let i = 0; i < 10_000; i++) await store.get('key', `field ${i}`);
    });
    expect(steps).toBeLessThan(50_000);
  });
});

/** Counts the entries of maps that are walked over. */
async function stepsThroughMaps(run: () => Promise<void>): Promise<number> {
  const iterator = Object.getPrototypeOf(new Map()[Symbol.iterator]()) as { next: () => unknown };
  const { next } = iterator;
  let steps = 0;
  iterator.next = function (this: unknown) {
    steps++;
    return next.call(this);
  };
  try {
    await run();
  } finally {
    iterator.next = next;
  }
  return steps;
}
