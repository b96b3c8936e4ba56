import { useErrors } from '../common/use-errors.js';
import { TICK, type Cancel, type Clock } from '../common/clock.js';

interface Timer {
  readonly due: number;
  readonly task: () => void;
}

/**
 * A clock that stands still until a test moves it. Give it to the module as the option `clock`; keep-alives, time-outs and expiries then happen
 * when the test says so.
 *
 * @example
 * const clock = new FakeClock();
 * SignalRModule.forRoot({ clock });
 * await clock.advance(15_000); // everybody who was silent is sent a ping
 */
export class FakeClock implements Clock {
  private time = 0;
  private readonly timers = new Set<Timer>();
  private readonly listeners = new Set<(now: number) => void>();

  /** @param start - what the wall clock shows at first. */
  constructor(private readonly start = new Date('2026-01-01T00:00:00Z')) {}

  now(): number {
    return this.time;
  }

  date(): Date {
    return new Date(this.start.getTime() + this.time);
  }

  after(milliseconds: number, task: () => void): Cancel {
    const timer = { due: this.time + milliseconds, task };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  onTick(task: (now: number) => void): Cancel {
    const listener = (now: number): void => task(now);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Lets time pass: all that is due happens, in order, before this returns. The promise settles a turn of the event loop later, when what
   * followed from it has happened too.
   *
   * @throws SignalRError for what is no span of time.
   */
  advance(milliseconds: number): Promise<void> {
    if (Number.isNaN(milliseconds)) throw useErrors.wrongSpan(milliseconds);
    const end = this.time + milliseconds;
    for (let next = this.nextMoment(end); next !== undefined; next = this.nextMoment(end)) this.moveTo(next);
    // A task may itself have moved the clock, and further than this.
    this.time = Math.max(this.time, end);
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** The time of the next tick or timer, if it is not later than `end`. */
  private nextMoment(end: number): number | undefined {
    const tick = this.listeners.size > 0 ? this.time - (this.time % TICK) + TICK : Infinity;
    const next = Math.min(tick, ...Array.from(this.timers, ({ due }) => Math.max(due, this.time)));
    return next <= end ? next : undefined;
  }

  private moveTo(moment: number): void {
    const ticking = moment > this.time && moment % TICK === 0 ? [...this.listeners] : [];
    this.time = moment;
    for (const timer of this.timers) if (timer.due <= moment && this.timers.delete(timer)) timer.task();
    for (const listener of ticking) if (this.listeners.has(listener)) listener(moment);
  }
}
