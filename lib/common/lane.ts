import { Queue } from './queue.js';

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
  private readonly waiting = new Queue<Waiting<T>>();
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
    return this.running === 0 && this.waiting.length === 0;
  }

  /** Starts what waits, and from now on each item as soon as there is room. */
  open(): void {
    this.isOpen = true;
    this.advance();
  }

  /** Adds an item at the end; `size` is what it counts for in {@link waitingSize}. */
  push(item: T, size: number): void {
    if (this.isOpen && this.running < this.width && this.waiting.length === 0) {
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
    this.waiting.clear();
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
    while (this.isOpen && this.running < this.width && this.waiting.length > 0) {
      const { item, size } = this.waiting.shift();
      this.waitingSize -= size;
      this.start(item);
    }
    this.tellIdle();
  }

  private tellIdle(): void {
    if (this.whenIdle === undefined || !this.isIdle) return;
    const listeners = this.whenIdle;
    this.whenIdle = undefined;
    for (const listener of listeners) listener();
  }
}
