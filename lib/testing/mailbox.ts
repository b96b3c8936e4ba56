/** Takes everything that arrives and keeps it until somebody asks: a test cannot lose a message by being late, or wait for one that came. */
export class Mailbox<T> {
  private readonly kept: T[] = [];
  private readonly waiting = new Set<{ wants: (item: T) => boolean; resolve: (item: T) => void; reject: (error: Error) => void }>();
  private closed: Error | undefined;

  /** Something arrived. */
  put(item: T): void {
    for (const waiter of this.waiting) {
      if (!waiter.wants(item)) continue;
      this.waiting.delete(waiter);
      waiter.resolve(item);
      return;
    }
    this.kept.push(item);
  }

  /** The first that is wanted, of what has arrived and of what is going to. Rejects when nothing can arrive any more. */
  take(wants: (item: T) => boolean): Promise<T> {
    const index = this.kept.findIndex(wants);
    if (index >= 0) return Promise.resolve(this.kept.splice(index, 1)[0]);
    if (this.closed !== undefined) return Promise.reject(this.closed);
    return new Promise((resolve, reject) => this.waiting.add({ wants, resolve, reject }));
  }

  /** Nothing will arrive any more; who waits is told why. */
  close(reason: Error): void {
    this.closed ??= reason;
    for (const { reject } of this.waiting) reject(this.closed);
    this.waiting.clear();
  }

  /** Something may arrive again. */
  open(): void {
    this.closed = undefined;
  }
}
