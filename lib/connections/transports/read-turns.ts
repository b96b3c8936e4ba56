/** How much of one peer is read before others have their turn, in bytes: what one read of Node's brings at the most. */
export const PORTION = 65_536;

/** What can be kept from reading, such as a socket. */
interface Source {
  pause(): void;
  resume(): void;
}

/**
 * Whoever sends a lot waits for the next turn of the event loop after each {@link PORTION}. Node by itself reads 32 times so much of one socket
 * before it looks at another: many thousands of small messages.
 */
export class ReadTurns {
  private taken = 0;
  private isHeld = false;
  private isWaiting = false;

  constructor(private readonly source: Source) {}

  /** So many bytes have come. */
  take(bytes: number): void {
    this.taken += bytes;
    if (this.taken < PORTION || this.isWaiting) return;
    this.taken = 0;
    this.isWaiting = true;
    this.source.pause();
    setImmediate(() => this.goOn());
  }

  /** Nothing is read until {@link resume}. */
  pause(): void {
    this.isHeld = true;
    this.source.pause();
  }

  resume(): void {
    this.isHeld = false;
    if (!this.isWaiting) this.source.resume();
  }

  private goOn(): void {
    this.isWaiting = false;
    if (!this.isHeld) this.source.resume();
  }
}
