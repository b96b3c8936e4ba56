/** What a lane does with one item; a promise holds its place until it settles, and must never reject. */
export type Work<T> = (item: T) => void | Promise<void>;

interface Waiting<T> {
  item: T;
  size: number;
}

/**
 * Works on items in the order they came, on at most `width` at a time. It begins closed: items wait until {@link open}.
 * One lane serves one connection, so it holds no closure per item.
 */
export class Lane<T> {
  private waiting: Waiting<T>[] = [];
  private head = 0;
  private running = 0;
  private isOpen = false;
  private whenIdle: (() => void)[] | undefined;
  /** The sizes of the items that have not been started, added up. */
  waitingSize = 0;

  /**
   * @param width - how many items are worked on at a time.
   * @param work - does one item. What it throws or rejects with is a mistake of this library: it has to handle errors itself.
   */
  constructor(
    private readonly width: number,
    private readonly work: Work<T>,
  ) {}

  /** Whether nothing runs and nothing waits. */
  get isIdle(): boolean {
    return this.running === 0 && this.head === this.waiting.length;
  }

  /** Starts what waits, and from now on each item as soon as there is room. */
  open(): void {
    this.isOpen = true;
    this.advance();
  }

  /** Adds an item at the end; `size` is what it counts for in {@link waitingSize}. */
  push(item: T, size: number): void {
    if (this.isOpen && this.running < this.width && this.head === this.waiting.length) {
      this.start(item);
      // Work that was done at once may have pushed more meanwhile.
      this.advance();
      return;
    }
    this.waiting.push({ item, size });
    this.waitingSize += size;
  }

  /** Forgets what has not been started. */
  clear(): void {
    this.waiting = [];
    this.head = 0;
    this.waitingSize = 0;
    this.tellIdle();
  }

  /** Settles when nothing runs and nothing waits. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => (this.whenIdle ??= []).push(resolve));
  }

  private start(item: T): void {
    this.running++;
    const done = this.work(item);
    if (done === undefined) this.running--;
    else void done.then(this.finish, this.finish);
  }

  private readonly finish = (): void => {
    this.running--;
    this.advance();
  };

  private advance(): void {
    while (this.isOpen && this.running < this.width && this.head < this.waiting.length) {
      const { item, size } = this.shift();
      this.waitingSize -= size;
      this.start(item);
    }
    this.tellIdle();
  }

  /**
   * A moving head instead of `Array.shift`, which copies all that is left. What was taken is let go once it is half of the array: a lane
   * in which something always waits would otherwise keep every item there ever was.
   */
  private shift(): Waiting<T> {
    const next = this.waiting[this.head++];
    if (this.head * 2 >= this.waiting.length) {
      this.waiting = this.waiting.slice(this.head);
      this.head = 0;
    }
    return next;
  }

  private tellIdle(): void {
    if (this.whenIdle === undefined || !this.isIdle) return;
    const listeners = this.whenIdle;
    this.whenIdle = undefined;
    for (const listener of listeners) listener();
  }
}
