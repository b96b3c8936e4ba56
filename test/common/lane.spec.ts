import { describe, expect, it, jest } from '@jest/globals';
import { Lane } from '../../lib/common/lane.js';
import { nextTurn } from '../support/changes.js';
import { stillHeld } from '../support/memory.js';

/** A lane whose items are done when the test says so. */
class Workshop {
  readonly started: string[] = [];
  readonly lane: Lane<string>;
  private readonly finish = new Map<string, { done: () => void; failed: (error: Error) => void }>();

  constructor(width: number) {
    this.lane = new Lane(width, (item) => {
      this.started.push(item);
      return new Promise((done, failed) => this.finish.set(item, { done, failed }));
    });
  }

  /** A lane that is open and has these to do. */
  static busyWith(width: number, ...items: string[]): Workshop {
    const workshop = new Workshop(width);
    workshop.lane.open();
    for (const item of items) workshop.lane.push(item, 1);
    return workshop;
  }

  async done(item: string): Promise<void> {
    this.finish.get(item)?.done();
    await nextTurn();
  }

  async failed(item: string): Promise<void> {
    this.finish.get(item)?.failed(new Error('a mistake'));
    await nextTurn();
  }
}

/** An open lane that does everything at once. */
function openLane<T>(width: number, work: (item: T) => void): Lane<T> {
  const lane = new Lane<T>(width, work);
  lane.open();
  return lane;
}

describe('a lane that is closed', () => {
  it('starts nothing until it is opened, then all in the order in which it came', () => {
    const done: number[] = [];
    const lane = new Lane<number>(1, (item) => void done.push(item));
    for (const item of [1, 2, 3]) lane.push(item, 1);
    expect(done).toEqual([]);
    lane.open();
    expect(done).toEqual([1, 2, 3]);
  });

  it('is idle only while nothing waits in it', () => {
    const lane = new Lane<number>(1, () => undefined);
    expect(lane.isIdle).toBe(true);
    lane.push(1, 1);
    expect(lane.isIdle).toBe(false);
  });

  it('is opened twice without doing anything twice', () => {
    const workshop = new Workshop(1);
    workshop.lane.push('a', 1);
    workshop.lane.push('b', 1);
    workshop.lane.open();
    workshop.lane.open();
    expect(workshop.started).toEqual(['a']);
  });
});

describe('a lane of width 1', () => {
  it('starts the next item when the one before it is done', async () => {
    const workshop = Workshop.busyWith(1, 'a', 'b', 'c');
    expect(workshop.started).toEqual(['a']);
    await workshop.done('a');
    expect(workshop.started).toEqual(['a', 'b']);
    await workshop.done('b');
    expect(workshop.started).toEqual(['a', 'b', 'c']);
  });

  it('goes on after work that rejects', async () => {
    const workshop = Workshop.busyWith(1, 'a', 'b');
    await workshop.failed('a');
    expect(workshop.started).toEqual(['a', 'b']);
  });

  it('does work that is done at once before push returns', () => {
    const done: number[] = [];
    const lane = openLane<number>(1, (item) => void done.push(item));
    lane.push(1, 1);
    expect(done).toEqual([1]);
    expect(lane.isIdle).toBe(true);
  });

  it('lets nothing that comes later overtake what waits, though it could be done at once', async () => {
    const started: string[] = [];
    let done = (): void => undefined;
    const lane = new Lane<string>(1, (item) => {
      started.push(item);
      return item === 'slow' ? new Promise<void>((resolve) => (done = resolve)) : undefined;
    });
    lane.open();
    for (const item of ['slow', 'second', 'third']) lane.push(item, 1);
    done();
    lane.push('fourth', 1);
    expect(started).toEqual(['slow']);
    await nextTurn();
    expect(started).toEqual(['slow', 'second', 'third', 'fourth']);
  });

  it('does what work that is done at once pushes itself, after it, and in order', () => {
    const log: string[] = [];
    const lane: Lane<string> = openLane(1, (item) => {
      log.push(`${item} begins`);
      if (item === 'first') for (const next of ['second', 'third']) lane.push(next, 1);
      log.push(`${item} ends`);
    });
    lane.push('first', 1);
    expect(log).toEqual(['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends']);
    expect(lane.isIdle).toBe(true);
    expect(lane.waitingSize).toBe(0);
  });

  it('is not driven into the stack by work that pushes 100 000 times itself', () => {
    let left = 100_000;
    const lane: Lane<string> = openLane(1, (item) => {
      if (--left > 0) lane.push(item, 1);
    });
    lane.push('again', 1);
    expect(left).toBe(0);
    expect(lane.isIdle).toBe(true);
  });
});

describe('a lane of width 3', () => {
  it('works on three items at a time, and starts them in order', async () => {
    const workshop = Workshop.busyWith(3, 'a', 'b', 'c', 'd', 'e');
    expect(workshop.started).toEqual(['a', 'b', 'c']);
    await workshop.done('b');
    expect(workshop.started).toEqual(['a', 'b', 'c', 'd']);
    await workshop.done('d');
    expect(workshop.started).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('lets nothing that its own work pushes overtake what waits, though there is room', () => {
    const done: string[] = [];
    const lane: Lane<string> = new Lane(3, (item) => {
      done.push(item);
      if (item === 'a') lane.push('c', 1);
    });
    for (const item of ['a', 'b']) lane.push(item, 1);
    lane.open();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('takes one more at once while there is room', () => {
    const workshop = Workshop.busyWith(3, 'a');
    workshop.lane.push('b', 1);
    expect(workshop.started).toEqual(['a', 'b']);
    expect(workshop.lane.waitingSize).toBe(0);
  });
});

describe('what waits in a lane', () => {
  it('is counted by its size until it is started', async () => {
    const workshop = new Workshop(1);
    workshop.lane.push('a', 10);
    workshop.lane.push('b', 20);
    workshop.lane.push('c', 30);
    expect(workshop.lane.waitingSize).toBe(60);
    workshop.lane.open();
    expect(workshop.lane.waitingSize).toBe(50);
    await workshop.done('a');
    expect(workshop.lane.waitingSize).toBe(30);
    await workshop.done('b');
    expect(workshop.lane.waitingSize).toBe(0);
  });

  it('is already taken off when its work begins', () => {
    const seen: number[] = [];
    const lane: Lane<string> = new Lane(1, () => void seen.push(lane.waitingSize));
    lane.push('a', 5);
    lane.push('b', 7);
    lane.open();
    expect(seen).toEqual([7, 0]);
  });

  it('is forgotten when it is cleared, while what runs goes on', async () => {
    const workshop = Workshop.busyWith(1, 'a', 'b', 'c');
    workshop.lane.clear();
    expect(workshop.lane.waitingSize).toBe(0);
    expect(workshop.lane.isIdle).toBe(false);
    await workshop.done('a');
    expect(workshop.started).toEqual(['a']);
    expect(workshop.lane.isIdle).toBe(true);
  });

  it('may be cleared by its own work', () => {
    const done: string[] = [];
    const lane: Lane<string> = new Lane(1, (item) => {
      done.push(item);
      if (item === 'b') lane.clear();
    });
    for (const item of ['a', 'b', 'c', 'd']) lane.push(item, 1);
    lane.open();
    expect(done).toEqual(['a', 'b']);
    expect(lane.isIdle).toBe(true);
    lane.push('e', 1);
    expect(done).toEqual(['a', 'b', 'e']);
  });

  it('may be 100 000 items, which are started without moving them about', () => {
    const count = 100_000;
    const done: number[] = [];
    const lane = new Lane<number>(1, (item) => void done.push(item));
    for (let item = 0; item < count; item++) lane.push(item, 1);
    expect(elementsMovedBy(() => lane.open())).toBeLessThan(2 * count);
    expect(done).toHaveLength(count);
    expect(done.every((item, index) => item === index)).toBe(true);
  });

  it('does not keep what was started long ago, even if something always waits', async () => {
    const seen: WeakRef<object>[] = [];
    const ends: (() => void)[] = [];
    const lane = new Lane<object>(1, () => new Promise<void>((resolve) => ends.push(resolve)));
    lane.open();
    const push = (): void => {
      const item = {};
      seen.push(new WeakRef(item));
      lane.push(item, 1);
    };
    push();
    push();
    for (let round = 0; round < 200; round++) {
      push();
      ends.shift()?.();
      await Promise.resolve();
      expect(lane.waitingSize).toBeGreaterThan(0);
    }
    expect(await stillHeld(seen)).toBeLessThan(10);
  });
});

describe('waiting for a lane to be idle', () => {
  it('ends at once where there is nothing to do', async () => {
    await expect(new Workshop(1).lane.idle()).resolves.toBeUndefined();
  });

  it('ends for everybody when the last item is done, not before', async () => {
    const workshop = Workshop.busyWith(2, 'a', 'b', 'c');
    const told = [jest.fn(), jest.fn()];
    for (const listener of told) void workshop.lane.idle().then(listener);
    for (const item of ['a', 'b']) await workshop.done(item);
    expect(told[0]).not.toHaveBeenCalled();
    await workshop.done('c');
    for (const listener of told) expect(listener).toHaveBeenCalledTimes(1);
  });

  it('ends when what waited is cleared', async () => {
    const lane = new Lane<string>(1, () => undefined);
    lane.push('a', 1);
    const idle = lane.idle();
    lane.clear();
    await idle;
    expect(lane.isIdle).toBe(true);
  });

  it('ends for work that is done at once and asks for it itself', async () => {
    let idle: Promise<void> | undefined;
    const lane: Lane<string> = openLane(1, () => {
      idle = lane.idle();
    });
    lane.push('a', 1);
    await expect(idle).resolves.toBeUndefined();
  });

  it('ends again for the next who waits', async () => {
    const workshop = Workshop.busyWith(1, 'a');
    const first = workshop.lane.idle();
    await workshop.done('a');
    await first;
    workshop.lane.push('b', 1);
    const second = workshop.lane.idle();
    await workshop.done('b');
    await expect(second).resolves.toBeUndefined();
  });
});

/** Counts the elements that copying methods of arrays move: what a queue must not do with each of its items. */
function elementsMovedBy(run: () => void): number {
  let moved = 0;
  const spies = (['shift', 'splice', 'slice', 'unshift', 'concat'] as const).map((name) => {
    const original = Array.prototype[name] as (...args: unknown[]) => unknown;
    return jest.spyOn(Array.prototype, name as 'shift').mockImplementation(function (this: unknown[], ...args: unknown[]) {
      const result = original.apply(this, args);
      moved += name === 'slice' ? (result as unknown[]).length : this.length;
      return result;
    });
  });
  try {
    run();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return moved;
}
