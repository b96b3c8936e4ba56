import { describe, expect, it } from '@jest/globals';
import { Queue } from '../../lib/common/queue.js';
import { stillHeld } from '../support/memory.js';

function queueOf<T>(...items: T[]): Queue<T> {
  const queue = new Queue<T>();
  for (const item of items) queue.push(item);
  return queue;
}

const allOf = <T>(queue: Queue<T>): T[] => Array.from({ length: queue.length }, () => queue.shift());

describe('a queue', () => {
  it('gives what it was given, in order, while more comes', () => {
    const queue = queueOf(1, 2, 3);
    expect([queue.shift(), queue.shift()]).toEqual([1, 2]);
    queue.push(4);
    expect([queue.length, queue.at(0), queue.at(1)]).toEqual([2, 3, 4]);
    expect(allOf(queue)).toEqual([3, 4]);
    expect(queue.length).toBe(0);
  });

  it('forgets all but the first so many of those that are left', () => {
    const queue = queueOf(1, 2, 3, 4, 5);
    queue.shift();
    queue.keep(2);
    queue.push(6);
    expect(allOf(queue)).toEqual([2, 3, 6]);
    queue.push(7);
    queue.clear();
    expect(queue.length).toBe(0);
  });

  it('knows the last one, as long as there is one', () => {
    const queue = queueOf(1, 2, 3);
    expect(queue.last).toBe(3);
    expect([...allOf(queue), queue.last]).toEqual([1, 2, 3, undefined]);
  });

  it('lets go of what was taken, though something always waits', async () => {
    const queue = queueOf<object>({});
    const things: WeakRef<object>[] = [];
    for (let turn = 0; turn < 100; turn++) {
      const thing = {};
      things.push(new WeakRef(thing));
      queue.push(thing);
      queue.shift();
    }
    expect(await stillHeld(things)).toBeLessThan(5);
  });
});
