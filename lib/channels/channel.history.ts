import { unlessUnheard } from '../common/unheard-rejection.js';
import { missedSince, type Log, type LogBounds, type LogEntry, type LogPosition, type LogView } from '../delivery/log.js';
import { PreparedMessage } from '../delivery/prepared-message.js';
import type { ChannelMessage } from './channel.message.js';
import type { TopicHistory } from './channel.options.js';
import { HistoryArrival, type Recovery } from './history.arrival.js';
import { readEntry, writeEntry } from './history.entry.js';
import { SharedReads } from './shared-reads.js';

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
  /** Hands a message to those who are there; throws what cannot be written for. */
  deliver(message: ChannelMessage & { topic: string }, except: ReadonlySet<string> | undefined): Promise<void>;
  report(doing: string, error: unknown): void;
}

/** What was said in topics with a history, and how those get it who were away. */
export class ChannelHistory {
  private readonly reads = new SharedReads<LogView>((topic) => this.ground.log.read(keyOf(topic)));
  /** What is on its way in each topic. */
  private readonly sending = new Map<string, Promise<void>>();
  private readonly arrivals = new Map<string, Set<HistoryArrival>>();
  private readonly prepared = new WeakMap<LogEntry, PreparedMessage<ChannelMessage>>();

  constructor(private readonly ground: HistoryGround) {}

  /** Remembers what is said in a topic, and tells it to those who are there. Throws what cannot be written for. */
  send(message: ChannelMessage & { topic: string }, bounds: LogBounds, except: ReadonlySet<string> | undefined): Promise<void> {
    const { topic } = message;
    const appended = this.ground.log.append(keyOf(topic), writeEntry(message), bounds);
    const delivered = this.inOrder(topic, appended, ({ offset }) => [this.ground.deliver({ ...message, offset }, except)]);
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
    const view = await this.reads.of(arrival.topic);
    // What was read may still be on its way to those who are there: he is not to get it with them as well.
    await this.sending.get(arrival.topic);
    const missed = since && fitting(missedSince(since, view), maximum);
    const told = missed ?? (mode === 'latest' ? view.entries.slice(-1) : []);
    arrival.prepare(
      told.map((entry) => this.prepare(arrival.topic, entry)),
      view.position.offset,
    );
    return { recovered: missed !== undefined, ...view.position };
  }

  /** What follows in a topic from what is written happens in the order of the positions, whatever the order in which the log answers. */
  private inOrder<T>(topic: string, appended: Promise<LogPosition>, next: (position: LogPosition) => T): Promise<T> {
    const done = this.takeTurn(this.sending.get(topic), appended, next);
    const settled: Promise<void> = Promise.allSettled([done]).then(() => this.settled(topic, settled));
    this.sending.set(topic, settled);
    return done;
  }

  private async takeTurn<T>(
    before: Promise<void> | undefined,
    appended: Promise<LogPosition>,
    next: (position: LogPosition) => T,
  ): Promise<T> {
    await Promise.allSettled([appended, before]);
    return next(await appended);
  }

  private settled(topic: string, last: Promise<void>): void {
    if (this.sending.get(topic) === last) this.sending.delete(topic);
  }

  /** The same for all who read it together. */
  private prepare(topic: string, entry: LogEntry): PreparedMessage<ChannelMessage> {
    const prepared = this.prepared.get(entry) ?? new PreparedMessage(readEntry(topic, entry.offset, entry.value));
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
