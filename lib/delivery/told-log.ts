import type { Log, LogBounds, LogPosition, LogView } from './log.js';
import { SharedReads } from './shared-reads.js';

/** What was written, by key; what could not be written is missing. */
export type Written = ReadonlyMap<string, LogPosition>;

/** A log whose entries are told to those who are there, in the order in which they stand in it. */
export class ToldLog {
  private readonly reads = new SharedReads<LogView>((key) => this.log.read(key));
  /** What is on its way, by key. */
  private readonly telling = new Map<string, Promise<void>>();

  constructor(private readonly log: Log) {}

  /**
   * Writes an entry under one key or several, and then has it told.
   *
   * @param tell - called in the order of the positions, whatever the order in which the log answers.
   * @returns what `tell` returned; rejects where something could not be written, though what could be is told.
   */
  append<T>(keys: readonly string[], value: string, bounds: LogBounds, tell: (written: Written) => T): Promise<T> {
    const appended = keys.map((key) => this.log.append(key, value, bounds));
    const told = this.takeTurn(keys, appended, tell);
    const settled: Promise<void> = Promise.allSettled([told]).then(() => this.settled(keys, settled));
    for (const key of keys) this.telling.set(key, settled);
    return told;
  }

  /** What is there of a key. All of it was told by then. */
  async read(key: string): Promise<LogView> {
    const view = await this.reads.of(key);
    await this.telling.get(key);
    return view;
  }

  private async takeTurn<T>(keys: readonly string[], appended: Promise<LogPosition>[], tell: (written: Written) => T): Promise<T> {
    const before = keys.flatMap((key) => this.telling.get(key) ?? []);
    const [results] = await Promise.all([Promise.allSettled(appended), Promise.all(before)]);
    const written = new Map(results.flatMap((result, index) => (result.status === 'fulfilled' ? [[keys[index], result.value]] : [])));
    const told = written.size > 0 ? tell(written) : undefined;
    await Promise.all(appended);
    return told as T;
  }

  private settled(keys: readonly string[], last: Promise<void>): void {
    for (const key of keys) if (this.telling.get(key) === last) this.telling.delete(key);
  }
}
