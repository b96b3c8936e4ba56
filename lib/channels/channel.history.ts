import { NEVER_DROPPED } from '../common/slowness.js';
import { unlessUnheard } from '../common/unheard-rejection.js';
import { missedSince, type Log, type LogBounds, type LogEntry, type LogPosition } from '../delivery/log.js';
import { PreparedMessage } from '../delivery/prepared-message.js';
import { ToldLog, type Written } from '../delivery/told-log.js';
import type { ChannelMessage } from './channel.message.js';
import type { TopicHistory } from './channel.options.js';
import { HistoryArrival, type Recovery } from './history.arrival.js';
import { readEntry, writeEntry } from './history.entry.js';

/** Somebody who comes in. */
export interface Visit {
  readonly topic: string;
  /** Where he was when he went, as he says. */
  readonly since: LogPosition | undefined;
  /** How many bytes may wait for him. */
  readonly maximum: number;
}

/** Lets somebody in, and tells him what he missed. */
export type Entering = (recovery: Recovery, missed: readonly PreparedMessage<ChannelMessage>[]) => void;

/** What histories want of the channels around them. */
export interface HistoryGround {
  readonly log: Log;
  /** Throws what cannot be written for those who are there. */
  prepare(message: ChannelMessage & { topic: string }, except: ReadonlySet<string> | undefined): void;
  /** Hands a message to those who are there; throws what cannot be written for. */
  deliver(message: ChannelMessage & { topic: string }, except: ReadonlySet<string> | undefined): Promise<void>;
  report(doing: string, error: unknown): void;
}

/** Stands for an offset that is not known yet: none is longer. */
const FARTHEST = Number.MAX_SAFE_INTEGER;

/** What was said in topics with a history, and how those get it who were away. */
export class ChannelHistory {
  private readonly log: ToldLog;
  private readonly arrivals = new Map<string, Set<HistoryArrival>>();
  private readonly prepared = new WeakMap<LogEntry, PreparedMessage<ChannelMessage>>();

  constructor(private readonly ground: HistoryGround) {
    this.log = new ToldLog(ground.log);
  }

  /** Remembers what is said in a topic, and tells it to those who are there. Throws what cannot be written for. */
  send(message: ChannelMessage & { topic: string }, bounds: LogBounds, except: ReadonlySet<string> | undefined): Promise<void> {
    const { topic } = message;
    const key = keyOf(topic);
    // What nobody can be told is not to be missed either.
    this.ground.prepare({ ...message, offset: FARTHEST }, except);
    const offsetIn = (written: Written): number => (written.get(key) as LogPosition).offset;
    const delivered = this.log.append([key], writeEntry(message), bounds, (written) => [
      this.ground.deliver({ ...message, offset: offsetIn(written) }, except),
    ]);
    return unlessUnheard(
      () => delivered.then(([published]) => published),
      (error) => this.ground.report(`remembering what was said in '${topic}'`, error),
    );
  }

  /**
   * Finds out what somebody has missed who comes in.
   *
   * @param enter - lets him in, at once; what is said from then on he gets with everybody else.
   */
  async admit(visit: Visit, { mode }: TopicHistory, enter: Entering): Promise<void> {
    const arrival = this.expect(visit.topic);
    try {
      const recovery = await this.recover(arrival, mode, visit);
      enter(recovery, arrival.messages());
    } finally {
      this.forget(arrival);
    }
  }

  /** What is said in a topic now, for those who are about to come in. */
  overhear(prepared: PreparedMessage<ChannelMessage>): void {
    for (const arrival of this.arrivals.get(prepared.message.topic as string) ?? []) arrival.hear(prepared);
  }

  private expect(topic: string): HistoryArrival {
    const arrival = new HistoryArrival(topic);
    this.arrivals.set(topic, (this.arrivals.get(topic) ?? new Set()).add(arrival));
    return arrival;
  }

  private forget(arrival: HistoryArrival): void {
    const arrivals = this.arrivals.get(arrival.topic);
    arrivals?.delete(arrival);
    if (arrivals?.size === 0) this.arrivals.delete(arrival.topic);
  }

  private async recover(arrival: HistoryArrival, mode: TopicHistory['mode'], { since, maximum }: Visit): Promise<Recovery> {
    // All of it was told to those who are there: he is not to get it with them as well.
    const view = await this.log.read(keyOf(arrival.topic));
    const missed = since && fitting(missedSince(since, view), maximum);
    const told = missed ?? (mode === 'latest' ? view.entries.slice(-1) : []);
    arrival.prepare(
      told.map((entry) => this.prepare(arrival.topic, entry)),
      view.position.offset,
    );
    return { recovered: missed !== undefined, ...view.position };
  }

  /** The same for all who read it together. */
  private prepare(topic: string, entry: LogEntry): PreparedMessage<ChannelMessage> {
    const prepared = this.prepared.get(entry) ?? new PreparedMessage(readEntry(topic, entry.offset, entry.value), NEVER_DROPPED);
    this.prepared.set(entry, prepared);
    return prepared;
  }
}

/** What can be told at once: more of it than may wait for a client is nothing that it can be told. */
function fitting(missed: readonly LogEntry[] | undefined, maximum: number): readonly LogEntry[] | undefined {
  const size = missed?.reduce((sum, { value }) => sum + value.length, 0) ?? 0;
  return size <= maximum / 2 ? missed : undefined;
}

function keyOf(topic: string): string {
  return `channel:${topic}`;
}
