/** How many wait for their turn. Each holds a request of its own. */
const MOST_WAITING = 100;

/** The posts of one session: they are dealt with one after the other in the order in which they came, and not at all while it is held back. */
export class PostTurns {
  /** Set when nothing more is to be read. */
  isClosed = false;
  private waiting = 0;
  private turn: Promise<void> = Promise.resolve();
  private whenResumed: Promise<void> | undefined;
  private goOn: () => void = () => {};

  /**
   * Deals with a post when it is its turn.
   *
   * @returns what rejects as the work does; undefined where too many wait already.
   */
  take(work: () => Promise<void>): Promise<void> | undefined {
    if (this.waiting >= MOST_WAITING) return undefined;
    this.waiting++;
    const done = this.turn.then(work).finally(() => this.waiting--);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Waits until it is held back no longer; tells whether there is still somebody to read for. */
  async mayRead(): Promise<boolean> {
    while (this.whenResumed !== undefined) await this.whenResumed;
    return !this.isClosed;
  }

  pause(): void {
    this.whenResumed ??= new Promise((resolve) => (this.goOn = resolve));
  }

  resume(): void {
    this.whenResumed = undefined;
    this.goOn();
  }

  close(): void {
    this.isClosed = true;
    this.resume();
  }
}
