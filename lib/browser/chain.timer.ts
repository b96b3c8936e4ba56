/** Takes back what gave it; calling it twice does nothing. */
export type Cancel = () => void;

/** Does something later, once. */
export function after(milliseconds: number, task: () => void): Cancel {
  const timer = setTimeout(task, milliseconds);
  return () => clearTimeout(timer);
}

/** Does something again and again, each time after a longer wait. */
export class Retry {
  private tries = 0;
  private cancel: Cancel = () => {};

  /**
   * @param delays - the waits in milliseconds; the last one stays.
   * @param isSpread - whether each is cut by chance, by up to a half: not all pages are to come back at once.
   */
  constructor(
    private readonly delays: readonly number[],
    private readonly task: () => void,
    private readonly isSpread = false,
  ) {}

  /** Does it after the next wait; a wait that has begun is given up for it. */
  again(): void {
    this.cancel();
    const delay = this.delays[Math.min(this.tries++, this.delays.length - 1)];
    this.cancel = after(this.isSpread ? delay * (1 - Math.random() / 2) : delay, this.task);
  }

  /** Does it now, in place of the wait that has begun, and begins anew with the first one. */
  now(): void {
    this.reset();
    this.task();
  }

  /** Gives up a wait. */
  stop(): void {
    this.cancel();
  }

  /** Begins anew with the first wait. */
  reset(): void {
    this.stop();
    this.tries = 0;
  }
}
