/** Undoes what gave it: cancels a timer, ends a subscription. Calling it twice does nothing. */
export type Cancel = () => void;

/**
 * Everything that the library knows about time. Tests inject a `FakeClock` by the option `clock`.
 * Nothing else reads a clock or starts a timer.
 */
export interface Clock {
  /** Milliseconds on a scale that only ever moves forward, whatever happens to the wall clock. */
  now(): number;
  /** The wall clock, for people to read. */
  date(): Date;
  /** Runs `task` once, `milliseconds` from now. The process stays alive for it only where that is said. */
  after(milliseconds: number, task: () => void, life?: 'keeps-alive'): Cancel;
  /** Runs `task` once a second: the one tick that all connections share. */
  onTick(task: (now: number) => void): Cancel;
}

/** How often {@link Clock.onTick} runs, in milliseconds. */
export const TICK = 1_000;

/** What Node's timers take at the most, about 25 days; anything longer they take for one millisecond. */
const LONGEST_TIMER = 0x7fff_ffff;

/** The machine's clock. Its ticker runs only while somebody listens and keeps no process alive. */
export class SystemClock implements Clock {
  private readonly listeners = new Set<(now: number) => void>();
  private ticker: NodeJS.Timeout | undefined;

  now(): number {
    return performance.now();
  }

  date(): Date {
    return new Date();
  }

  after(milliseconds: number, task: () => void, life?: 'keeps-alive'): Cancel {
    let timer: NodeJS.Timeout;
    const wait = (rest: number): void => {
      const next = rest > LONGEST_TIMER ? () => wait(rest - LONGEST_TIMER) : task;
      timer = setTimeout(next, Math.min(rest, LONGEST_TIMER));
      if (life === undefined) timer.unref();
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  }

  onTick(task: (now: number) => void): Cancel {
    const listener = (now: number): void => task(now);
    this.listeners.add(listener);
    this.ticker ??= setInterval(() => this.tick(), TICK).unref();
    return () => this.forget(listener);
  }

  private tick(): void {
    const now = this.now();
    // A copy: who begins to listen during a tick hears the next one.
    for (const listener of Array.from(this.listeners)) if (this.listeners.has(listener)) listener(now);
  }

  private forget(listener: (now: number) => void): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    clearInterval(this.ticker);
    this.ticker = undefined;
  }
}
