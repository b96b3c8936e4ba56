/**
 * Reads that many want at once are done once. What is read was there when it was asked for: whoever comes while something is being read waits for
 * the next reading, and with him all who come till then.
 */
export class SharedReads<T> {
  private readonly running = new Map<string, Promise<T>>();
  private readonly next = new Map<string, Promise<T>>();

  constructor(private readonly read: (key: string) => Promise<T>) {}

  /** Reads what is under a key. */
  of(key: string): Promise<T> {
    const running = this.running.get(key);
    return running === undefined ? this.begin(key) : (this.next.get(key) ?? this.queue(key, running));
  }

  private begin(key: string): Promise<T> {
    const reading = this.read(key).finally(() => this.running.delete(key));
    this.running.set(key, reading);
    return reading;
  }

  private queue(key: string, running: Promise<T>): Promise<T> {
    const begin = (): Promise<T> => {
      this.next.delete(key);
      return this.begin(key);
    };
    const next = running.then(begin, begin);
    this.next.set(key, next);
    return next;
  }
}
