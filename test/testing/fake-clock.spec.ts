import { describe, expect, it, jest } from '@jest/globals';
import type { Cancel } from '../../lib/common/clock.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';

describe('a fake clock', () => {
  it('stands still until it is moved', async () => {
    const clock = new FakeClock(new Date('2026-03-01T12:00:00Z'));
    expect([clock.now(), clock.date()]).toEqual([0, new Date('2026-03-01T12:00:00Z')]);
    await new Promise((resolve) => setImmediate(resolve));
    expect([clock.now(), clock.date()]).toEqual([0, new Date('2026-03-01T12:00:00Z')]);
    await clock.advance(90_000);
    expect([clock.now(), clock.date()]).toEqual([90_000, new Date('2026-03-01T12:01:30Z')]);
  });

  it('shows a date of its own to whoever wants to change it', () => {
    const clock = new FakeClock();
    clock.date().setFullYear(1999);
    expect(clock.date().getFullYear()).toBe(2026);
  });

  it('is not moved by what is no number', () => {
    expect(() => new FakeClock().advance(Number.NaN)).toThrow('A clock is moved by a number of milliseconds. It was given NaN.');
  });

  it('never goes back', async () => {
    const clock = new FakeClock();
    await clock.advance(1_000);
    await clock.advance(-500);
    expect(clock.now()).toBe(1_000);
  });

  describe('told to run something later', () => {
    it('runs what is due in the order of the time, whatever the order of asking', async () => {
      const clock = new FakeClock();
      const log: [string, number][] = [];
      for (const due of [300, 100, 200, 400]) clock.after(due, () => log.push([`after ${due}`, clock.now()]));
      await clock.advance(300);
      expect(log).toEqual([
        ['after 100', 100],
        ['after 200', 200],
        ['after 300', 300],
      ]);
      await clock.advance(1_000);
      expect(log).toHaveLength(4);
    });

    it('runs what is due at the same time in the order of asking', async () => {
      const clock = new FakeClock();
      const log: string[] = [];
      for (const name of ['a', 'b', 'c']) clock.after(100, () => log.push(name));
      await clock.advance(100);
      expect(log).toEqual(['a', 'b', 'c']);
    });

    it('has run all of it when advance returns, before its promise settles', () => {
      const clock = new FakeClock();
      const task = jest.fn();
      clock.after(100, task);
      void clock.advance(100);
      expect(task).toHaveBeenCalledTimes(1);
    });

    it('settles when what follows from it has happened too', async () => {
      const clock = new FakeClock();
      let isDone = false;
      const later = async (): Promise<void> => {
        for (let i = 0; i < 10; i++) await Promise.resolve();
        isDone = true;
      };
      clock.after(100, () => void later());
      await clock.advance(100);
      expect(isDone).toBe(true);
    });

    it('runs timers that timers set, if they are due by then', async () => {
      const clock = new FakeClock();
      const log: number[] = [];
      const again = (): void => {
        log.push(clock.now());
        clock.after(100, again);
      };
      clock.after(100, again);
      await clock.advance(350);
      expect(log).toEqual([100, 200, 300]);
      await clock.advance(50);
      expect(log).toEqual([100, 200, 300, 400]);
    });

    it('runs what is to run at once with the next move, however small', async () => {
      const clock = new FakeClock();
      const task = jest.fn();
      clock.after(0, task);
      clock.after(-5, task);
      expect(task).not.toHaveBeenCalled();
      await clock.advance(0);
      expect(task).toHaveBeenCalledTimes(2);
      expect(clock.now()).toBe(0);
    });

    it('does not run what was cancelled, even by a task of the same moment', async () => {
      const clock = new FakeClock();
      const task = jest.fn();
      const cancels: Cancel[] = [];
      clock.after(100, () => cancels.forEach((cancel) => cancel()));
      for (const due of [100, 200]) cancels.push(clock.after(due, task));
      await clock.advance(1_000);
      cancels.forEach((cancel) => cancel());
      expect(task).not.toHaveBeenCalled();
    });

    it('never runs what has for ever to wait', async () => {
      const clock = new FakeClock();
      const task = jest.fn();
      clock.after(Infinity, task);
      await clock.advance(1_000_000_000);
      expect(task).not.toHaveBeenCalled();
    });

    it('does not go back when a task moves it on itself', async () => {
      const clock = new FakeClock();
      const log: number[] = [];
      clock.after(100, () => void clock.advance(10_000));
      clock.after(5_000, () => log.push(clock.now()));
      await clock.advance(1_000);
      expect(log).toEqual([5_000]);
      expect(clock.now()).toBe(10_100);
    });
  });

  describe('ticking', () => {
    it('ticks at each full second', async () => {
      const clock = new FakeClock();
      const ticks: number[] = [];
      clock.onTick((now) => ticks.push(now));
      await clock.advance(999);
      expect(ticks).toEqual([]);
      await clock.advance(1);
      expect(ticks).toEqual([1_000]);
      await clock.advance(2_500);
      expect(ticks).toEqual([1_000, 2_000, 3_000]);
      await clock.advance(500);
      expect(ticks).toEqual([1_000, 2_000, 3_000, 4_000]);
    });

    it('moves over a thousand years at once where nobody listens', async () => {
      const clock = new FakeClock();
      clock.onTick(() => undefined)();
      await clock.advance(1_000 * 365 * 86_400_000);
      expect(clock.now()).toBe(1_000 * 365 * 86_400_000);
    });

    it('runs timers before the tick of the same moment', async () => {
      const clock = new FakeClock();
      const log: string[] = [];
      clock.onTick(() => log.push('tick'));
      clock.after(1_000, () => log.push('timer'));
      await clock.advance(1_000);
      expect(log).toEqual(['timer', 'tick']);
    });

    it('tells no tick twice, however the time is moved around it', async () => {
      const clock = new FakeClock();
      const ticks: number[] = [];
      clock.onTick((now) => ticks.push(now));
      for (const step of [1_000, 0, 0, 500, 500, 0]) await clock.advance(step);
      expect(ticks).toEqual([1_000, 2_000]);
    });

    it('tells who begins to listen from the next full second on', async () => {
      const clock = new FakeClock();
      const ticks: number[] = [];
      await clock.advance(1_500);
      clock.onTick((now) => ticks.push(now));
      clock.after(500, () => clock.onTick((now) => ticks.push(-now)));
      await clock.advance(1_500);
      expect(ticks).toEqual([2_000, 3_000, -3_000]);
    });

    it('lets a listener go, also during the tick, and only that one', async () => {
      const clock = new FakeClock();
      const log: string[] = [];
      const task = (): unknown => log.push('twice');
      const cancelFirst = clock.onTick(() => {
        log.push('once');
        cancelFirst();
        cancelTask();
        cancelTask();
      });
      const cancelTask = clock.onTick(task);
      clock.onTick(task);
      await clock.advance(2_000);
      expect(log).toEqual(['once', 'twice', 'twice']);
    });

    it('is not caught by a listener that begins again with each tick', async () => {
      const clock = new FakeClock();
      const ticks: number[] = [];
      let cancel: Cancel = () => undefined;
      const listen = (now: number): void => {
        cancel();
        ticks.push(now);
        cancel = clock.onTick(listen);
      };
      cancel = clock.onTick(listen);
      await clock.advance(3_000);
      expect(ticks).toEqual([1_000, 2_000, 3_000]);
    });
  });
});
