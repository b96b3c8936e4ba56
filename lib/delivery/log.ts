import { randomBytes } from 'node:crypto';
import type { Cancel, Clock } from '../common/clock.js';

/** A place in a history. Positions are compared only with those of the same epoch: another one means that the history itself was lost. */
export interface LogPosition {
  readonly epoch: string;
  /** Of the last entry before it; each entry has the next whole number. */
  readonly offset: number;
}

/** One thing that was said. */
export interface LogEntry {
  readonly offset: number;
  readonly value: string;
}

/** How much of a history is kept: what is over either bound is gone. */
export interface LogBounds {
  /** The most entries. */
  readonly size: number;
  /** How long each of them stays, in milliseconds. */
  readonly ttl: number;
}

/** What is known of a history. */
export interface LogView {
  /** Of the newest entry, whether or not it is still there. */
  readonly position: LogPosition;
  /** What is left, the oldest first; all of what is newer than the first of them. */
  readonly entries: readonly LogEntry[];
}

/**
 * What nodes remember together: histories by key, bounded by number and by time. Asynchronous, because elsewhere it is a database.
 * The offsets of a key never begin anew within an epoch, not even where all of its entries are gone.
 */
export interface Log {
  /** Writes the next entry. Entries written one after the other stand in that order, whether or not each is waited for. */
  append(key: string, value: string, bounds: LogBounds): Promise<LogPosition>;
  /** What is there of a key, or only what is newer than an offset. A key that nobody wrote to has a position, too. */
  read(key: string, after?: number): Promise<LogView>;
}

/**
 * What was said since a position.
 *
 * @returns exactly what was missed, perhaps nothing; undefined where that is no longer, or never was, known.
 */
export function missedSince({ epoch, offset }: LogPosition, { position, entries }: LogView): readonly LogEntry[] | undefined {
  if (epoch !== position.epoch) return undefined;
  const missed = entries.filter((entry) => entry.offset > offset);
  return missed.length === position.offset - offset ? missed : undefined;
}

interface History {
  /** The offset of the newest entry. */
  top: number;
  ttl: number;
  readonly values: string[];
  /** When each of the values was written. */
  readonly times: number[];
}

/** How many keys without entries are remembered by their last offset, so that who missed nothing is told so. */
const REMEMBERED = 10_000;

/** How many keys each tick looks at: no tick takes long, however many there are. */
const SWEPT_PER_TICK = 10_000;

/** What all histories together may hold, in characters. */
const CAPACITY = 64 * 1_048_576;

/** The log of a single node: plain maps. Its epoch is the life of the process. */
export class InProcessLog implements Log {
  private readonly epoch = randomBytes(9).toString('base64url');
  /** The keys that have entries; the one that was written to last stands last. */
  private readonly histories = new Map<string, History>();
  /** The last offsets of keys that have no entries left; the oldest first. */
  private readonly tops = new Map<string, number>();
  /** No offset of a key that is in neither map was higher. */
  private floor = 0;
  private held = 0;
  private sweep = this.walk();
  private stopTicking: Cancel | undefined;

  /** @param capacity - how many characters are kept; beyond them the histories that were quiet for longest are forgotten. */
  constructor(
    private readonly clock: Clock,
    private readonly capacity = CAPACITY,
  ) {}

  async append(key: string, value: string, { size, ttl }: LogBounds): Promise<LogPosition> {
    const history = this.touch(key);
    history.ttl = ttl;
    history.top++;
    history.values.push(value);
    history.times.push(this.clock.now());
    this.held += key.length + value.length;
    this.trim(key, history, size);
    this.makeRoom();
    return { epoch: this.epoch, offset: history.top };
  }

  async read(key: string, after = 0): Promise<LogView> {
    const history = this.histories.get(key);
    if (history === undefined) return { position: { epoch: this.epoch, offset: this.tops.get(key) ?? this.floor }, entries: [] };
    this.trim(key, history);
    const { top, values } = history;
    const first = top - values.length + 1;
    const from = Math.max(0, after - first + 1);
    return {
      position: { epoch: this.epoch, offset: top },
      entries: values.slice(from).map((value, index) => ({ offset: first + from + index, value })),
    };
  }

  /** The history of a key, as the one that was written to last. */
  private touch(key: string): History {
    const history = this.histories.get(key) ?? { top: this.tops.get(key) ?? this.floor, ttl: 0, values: [], times: [] };
    this.tops.delete(key);
    this.histories.delete(key);
    this.histories.set(key, history);
    this.stopTicking ??= this.clock.onTick(() => this.sweepSome());
    return history;
  }

  private trim(key: string, history: History, size = Infinity): void {
    const { values, times, ttl } = history;
    const now = this.clock.now();
    let gone = Math.max(0, values.length - size);
    while (gone < times.length && times[gone] + ttl <= now) gone++;
    if (gone === 0) return;
    times.splice(0, gone);
    for (const value of values.splice(0, gone)) this.held -= key.length + value.length;
    if (values.length === 0) this.retire(key, history.top);
  }

  private makeRoom(): void {
    for (const [key, history] of this.histories) {
      if (this.held <= this.capacity) return;
      this.trim(key, history, 0);
    }
  }

  /** Of a key without entries only its offset is left; of keys beyond those that are remembered, what none of theirs was above. */
  private retire(key: string, top: number): void {
    this.histories.delete(key);
    this.tops.set(key, top);
    if (this.histories.size === 0) this.rest();
    if (this.tops.size <= REMEMBERED) return;
    const [oldest, offset] = this.tops.entries().next().value as [string, number];
    this.tops.delete(oldest);
    this.floor = Math.max(this.floor, offset);
  }

  private rest(): void {
    this.stopTicking?.();
    this.stopTicking = undefined;
  }

  /** Nobody may write to a key or read it again: the shared tick sees to what has expired. */
  private sweepSome(): void {
    const most = Math.min(SWEPT_PER_TICK, this.histories.size);
    for (let i = 0; i < most; i++) if (this.sweep.next().done) this.sweep = this.walk();
  }

  private *walk(): Generator<void> {
    for (const [key, history] of this.histories) {
      this.trim(key, history);
      yield;
    }
  }
}
