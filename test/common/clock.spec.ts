import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock, type Cancel } from '../../lib/common/clock.js';
import { runInNode } from '../support/node-process.js';

const DAY = 24 * 60 * 60 * 1_000;

describe('the machine’s clock', () => {
  let clock: SystemClock;

  beforeEach(() => {
    jest.useFakeTimers({ now: new Date('2026-03-01T12:00:00Z') });
    clock = new SystemClock();
  });

  afterEach(() => void jest.useRealTimers());

  it('shows the time of day', () => {
    expect(clock.date()).toEqual(new Date('2026-03-01T12:00:00Z'));
  });

  it('L05: does not go back when the time of day does', () => {
    const before = clock.now();
    jest.setSystemTime(new Date('2020-01-01T00:00:00Z'));
    jest.advanceTimersByTime(10);
    expect(clock.now() - before).toBe(10);
  });

  describe('told to run something later', () => {
    it('runs it once, when its time has come', () => {
      const task = jest.fn();
      clock.after(500, task);
      jest.advanceTimersByTime(499);
      expect(task).not.toHaveBeenCalled();
      jest.advanceTimersByTime(10_000);
      expect(task).toHaveBeenCalledTimes(1);
    });

    it('does not run what was cancelled', () => {
      const task = jest.fn();
      const cancel = clock.after(500, task);
      cancel();
      cancel();
      jest.advanceTimersByTime(1_000);
      expect(task).not.toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    });

    it('lets a task cancel itself while it runs', () => {
      let runs = 0;
      const cancel: Cancel = clock.after(1, () => {
        runs++;
        cancel();
      });
      jest.advanceTimersByTime(10);
      expect(runs).toBe(1);
    });

    it.each([30, 365])('waits %d days, though timers of Node end after 25', (days) => {
      const task = jest.fn();
      clock.after(days * DAY, task);
      jest.advanceTimersByTime(days * DAY - 1);
      expect(task).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(task).toHaveBeenCalledTimes(1);
    });

    it('waits for ever when told so, and can still be cancelled', () => {
      const task = jest.fn();
      const cancel = clock.after(Infinity, task);
      jest.advanceTimersByTime(100 * DAY);
      expect(task).not.toHaveBeenCalled();
      cancel();
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('ticking', () => {
    it('tells everybody the time, once a second', () => {
      const heard: [string, number][] = [];
      const begun = clock.now();
      clock.onTick((now) => heard.push(['first', now - begun]));
      clock.onTick((now) => heard.push(['second', now - begun]));
      jest.advanceTimersByTime(2_500);
      expect(heard).toEqual([
        ['first', 1_000],
        ['second', 1_000],
        ['first', 2_000],
        ['second', 2_000],
      ]);
    });

    it('starts no timer before somebody listens, one for 1 000 listeners, and stops it with the last of them', () => {
      expect(jest.getTimerCount()).toBe(0);
      const cancels = Array.from({ length: 1_000 }, () => clock.onTick(() => undefined));
      expect(jest.getTimerCount()).toBe(1);
      const last = cancels.pop();
      cancels.forEach((cancel) => cancel());
      expect(jest.getTimerCount()).toBe(1);
      last?.();
      expect(jest.getTimerCount()).toBe(0);
    });

    it('starts again for who comes after the last has gone', () => {
      clock.onTick(() => undefined)();
      const task = jest.fn();
      clock.onTick(task);
      jest.advanceTimersByTime(1_000);
      expect(task).toHaveBeenCalledTimes(1);
    });

    it('goes on for the others when one goes twice', () => {
      const other = jest.fn();
      const cancel = clock.onTick(() => undefined);
      clock.onTick(other);
      cancel();
      cancel();
      jest.advanceTimersByTime(1_000);
      expect(other).toHaveBeenCalledTimes(1);
    });

    it('knows two subscriptions of one function apart', () => {
      const task = jest.fn();
      const cancel = clock.onTick(task);
      clock.onTick(task);
      cancel();
      cancel();
      jest.advanceTimersByTime(1_000);
      expect(task).toHaveBeenCalledTimes(1);
    });

    it('lets a listener go during the tick', () => {
      let heard = 0;
      const cancel = clock.onTick(() => {
        heard++;
        cancel();
      });
      jest.advanceTimersByTime(3_000);
      expect(heard).toBe(1);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('does not tell who was sent away earlier in the same tick', () => {
      const late = jest.fn();
      clock.onTick(() => cancelLate());
      const cancelLate = clock.onTick(late);
      jest.advanceTimersByTime(1_000);
      expect(late).not.toHaveBeenCalled();
    });

    it('tells who comes during a tick from the next one on, even one who comes again each time', () => {
      let heard = 0;
      let cancel: Cancel = () => undefined;
      const listen = (): void => {
        cancel();
        heard++;
        cancel = clock.onTick(listen);
      };
      cancel = clock.onTick(listen);
      jest.advanceTimersByTime(1_000);
      expect(heard).toBe(1);
      jest.advanceTimersByTime(1_000);
      expect(heard).toBe(2);
    });
  });
});

describe('a process', () => {
  it('stays for a task that keeps it alive', async () => {
    const run = await runInNode('common/clock.ts', `new lib.SystemClock().after(1, () => console.log('task'), 'keeps-alive');`);
    expect(run).toEqual({ exitCode: 0, output: 'task\n', errors: '' });
  });

  it('ends although somebody listens to ticks and waits for tasks', async () => {
    const run = await runInNode(
      'common/clock.ts',
      `const clock = new lib.SystemClock();
       clock.onTick(() => console.log('tick'));
       clock.after(60_000, () => console.log('task'));
       clock.after(Infinity, () => console.log('never'));
       console.log('end');`,
    );
    expect(run).toEqual({ exitCode: 0, output: 'end\n', errors: '' });
  });
});
