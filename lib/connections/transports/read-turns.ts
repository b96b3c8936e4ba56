/** How much of one peer is read before others have their turn, in bytes: some two hundred small messages, which are about a millisecond of work. */
export const PORTION = 16_384;

/** What can be kept from reading, such as a socket. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** What is read, and takes back what is to come again later. A stream of somebody else's making may be unable to. */
interface Returns {
  readonly destroyed: boolean;
  unshift?(chunk: Buffer): void;
}

/**
 * Whoever sends a lot waits for the next turn of the event loop after each {@link PORTION}. Node by itself reads 64 KiB at a time, and that 32 times
 * of one socket before it looks at another: many thousands of small messages.
 */
export class ReadTurns {
  private taken = 0;
  private isHeld = false;
  private isWaiting = false;

  /** @param stream - from which the source takes what it gives. */
  constructor(
    private readonly source: Source,
    private readonly stream: Returns,
  ) {}

  /** Whether nothing is read until somebody says so. */
  get isPaused(): boolean {
    return this.isHeld;
  }

  /** Whether the peer has sent all that is read of it in this turn, and maybe more. */
  get isFull(): boolean {
    return this.isWaiting;
  }

  /**
   * @param mayCut - whether the stream gives what it has taken back as it was: one that decodes text does not.
   * @returns what of the chunk is to be read in this turn; the rest goes back to the stream, and comes again in the next.
   */
  take(chunk: Buffer, mayCut = true): Buffer {
    this.taken += chunk.length;
    if (this.taken < PORTION || this.isWaiting) return chunk;
    this.taken = 0;
    this.isWaiting = true;
    this.source.pause();
    setImmediate(() => this.goOn());
    if (chunk.length <= PORTION || !mayCut || this.stream.unshift === undefined) return chunk;
    this.stream.unshift(chunk.subarray(PORTION));
    return chunk.subarray(0, PORTION);
  }

  /** Nothing is read until {@link resume}. */
  pause(): void {
    this.isHeld = true;
    this.source.pause();
  }

  resume(): void {
    this.isHeld = false;
    if (!this.isWaiting) this.readOn();
  }

  private goOn(): void {
    this.isWaiting = false;
    if (!this.isHeld) this.readOn();
  }

  /** A stream that has broken off and is resumed throws away what it still has; it is for those who look when it closes. */
  private readOn(): void {
    if (!this.stream.destroyed) this.source.resume();
  }
}
