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
  /** Runs `task` once, `milliseconds` from now. The process does not stay alive for it. */
  after(milliseconds: number, task: () => void): Cancel;
  /** Runs `task` once a second: the one tick that all connections share. */
  onTick(task: (now: number) => void): Cancel;
}

/** How often {@link Clock.onTick} runs, in milliseconds. */
export const TICK = 1_000;

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

  after(milliseconds: number, task: () => void): Cancel {
    const timer = setTimeout(task, milliseconds).unref();
    return () => clearTimeout(timer);
  }

  onTick(task: (now: number) => void): Cancel {
    this.listeners.add(task);
    this.ticker ??= setInterval(() => this.tick(), TICK).unref();
    return () => this.forget(task);
  }

  private tick(): void {
    const now = this.now();
    for (const listener of this.listeners) listener(now);
  }

  private forget(task: (now: number) => void): void {
    this.listeners.delete(task);
    if (this.listeners.size > 0) return;
    clearInterval(this.ticker);
    this.ticker = undefined;
  }
}
