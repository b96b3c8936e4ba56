/** What an item counts for that waits, beside its own bytes: empty ones take room as well. */
export const PLACE = 64;

/** What waits, in the order in which it came. */
export class Queue<T> {
  private items: T[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  /** The one with so many before it, of which there has to be one. */
  at(index: number): T {
    return this.items[this.head + index];
  }

  /** The last one, where there is one. */
  get last(): T | undefined {
    return this.length > 0 ? this.items[this.items.length - 1] : undefined;
  }

  /**
   * Takes the first, of which there has to be one. A moving head instead of `Array.shift`, which copies all that is left. What was taken is let go
   * once it is half of the array: a queue in which something always waits would otherwise keep every item there ever was.
   */
  shift(): T {
    const first = this.items[this.head++];
    if (this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return first;
  }

  /** Forgets all but the first so many. */
  keep(count: number): void {
    this.items = this.items.slice(this.head, this.head + count);
    this.head = 0;
  }

  clear(): void {
    this.keep(0);
  }
}
