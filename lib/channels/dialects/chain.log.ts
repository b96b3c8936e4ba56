/** What a session has said last, so that it can be said again. */
export class ChainLog {
  /** The number of the last message. */
  last = 0;
  /** The number of the last one that was written to a stream. */
  written = 0;
  /** How long those are together that were not written. */
  waiting = 0;
  private kept: string[] = [];
  private size = 0;

  /**
   * @param capacity - how many are kept, of those that were written and of those that wait.
   * @param maximumSize - how long those that were written may be together.
   */
  constructor(
    private readonly capacity: number,
    private readonly maximumSize: number,
  ) {}

  /** Whether more wait than may. */
  get isFull(): boolean {
    return this.last - this.written > this.capacity;
  }

  /** Adds a message that waits to be written. */
  add(message: string): void {
    this.last++;
    this.waiting += message.length;
    this.size += message.length;
    this.kept.push(message);
    this.trim();
  }

  /** All that there is has been written. */
  wrote(): void {
    this.written = this.last;
    this.waiting = 0;
    this.trim();
  }

  /**
   * The messages after a number.
   *
   * @returns undefined where one of them is not kept any more, or where there never was such a number.
   */
  after(number: number): readonly string[] | undefined {
    const missed = this.last - number;
    // What a client says may be no number at all.
    if (!(missed >= 0 && missed <= this.kept.length)) return undefined;
    return this.kept.slice(this.kept.length - missed);
  }

  /** Only what was written is forgotten. */
  private trim(): void {
    while (this.kept.length > 0 && this.isTooMuch && this.last - this.kept.length < this.written)
      this.size -= this.kept.shift()?.length ?? 0;
  }

  private get isTooMuch(): boolean {
    return this.kept.length > this.capacity || this.size > this.maximumSize;
  }
}
