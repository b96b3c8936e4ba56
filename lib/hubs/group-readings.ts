import { closeReason, type CloseReason } from '../common/close-reason.js';
import { callErrors, connectionErrors } from '../common/errors.js';
import type { Payload } from '../common/payload.js';
import type { Connection } from '../connections/connection.js';
import type { LogPosition } from '../delivery/log.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import { GroupReading } from './group-reading.js';
import { HeldMessages } from './held-messages.js';
import { missedBefore, type HubHistory } from './hub.history.js';
import type { PlacedMessage } from './kept-message.js';

/** The answer to `resume`. */
export interface GroupRecovery {
  /** Whether the client has got all that it had missed; otherwise it has got nothing of that. */
  readonly recovered: boolean;
  /** Of the history as it is now. */
  readonly epoch: string;
  /** Of the last message of the group that was sent before the answer. */
  readonly offset: number;
}

/** Who reads: a connection. */
export interface Reader {
  readonly encoding: HubProtocol;
  readonly connection: Connection;
  deliver(payload: Payload): void;
  close(reason: CloseReason): void;
}

/** Of how many messages to several groups it is known that the connection has them. */
const MOST_SEEN = 1_000;

/** How far one connection is with what is sent to its groups, where the hub keeps a history of them. */
export class GroupReadings {
  private readonly byGroup = new Map<string, GroupReading>();
  /** The messages to several groups that it has got, the oldest first. */
  private readonly seen = new Set<string>();
  private readonly held = new HeldMessages();

  constructor(private readonly reader: Reader) {}

  /**
   * Takes what is sent to a group. It waits while the client is still told what was sent before: to one of its groups, or to another one together with
   * something that waits.
   */
  hear(message: PlacedMessage): void {
    this.see(message);
    let mustWait = false;
    for (const position of message.positions) {
      const { group } = position;
      this.of(group).note(position);
      mustWait ||= this.isResumed(group) || this.held.has(group);
    }
    if (mustWait) this.hold(message);
    else this.deliver(message);
  }

  /** The connection is not in a group any more: what waits is not for it, unless it was sent to another one of its groups as well. */
  leave(group: string): void {
    const reading = this.byGroup.get(group);
    if (reading === undefined) return;
    reading.isOver = true;
    this.byGroup.delete(group);
    if (!this.held.has(group)) return;
    for (const { kept } of this.held.withdraw((one) => this.byGroup.has(one))) this.seen.delete(kept.id ?? '');
  }

  /**
   * Tells the client what it has missed in a group, and then what is sent meanwhile.
   *
   * @param since - where it says that it was.
   * @returns undefined where it has left the group meanwhile.
   * @throws HubException while it is told so already.
   */
  async resume(group: string, since: LogPosition | undefined, history: HubHistory): Promise<GroupRecovery | undefined> {
    const reading = this.of(group);
    if (reading.isResumed) throw callErrors.resuming(group);
    const { recovered, position } = await this.holding(reading, () => this.tellMissed(group, since, history, reading));
    return reading.isOver ? undefined : { recovered, ...reading.after(position, this.held.first(group)) };
  }

  /** What is sent to the group while something is done is told after it, even where that fails. */
  private async holding<T>(reading: GroupReading, work: () => Promise<T>): Promise<T> {
    reading.isResumed = true;
    try {
      return await work();
    } finally {
      reading.isResumed = false;
      await this.tell(this.released());
    }
  }

  private async tellMissed(
    group: string,
    since: LogPosition | undefined,
    history: HubHistory,
    reading: GroupReading,
  ): Promise<{ recovered: boolean; position: LogPosition }> {
    const view = await history.read(group);
    const { position } = view;
    const entries = since && missedBefore(reading.first, since, view);
    const missed = entries?.map((entry) => history.place(group, position.epoch, entry));
    const recovered = missed !== undefined && this.canBeTold(missed);
    if (recovered) await this.tell(this.unseen(missed, reading));
    return { recovered, position };
  }

  /** No faster than the client takes it; and of what it was promised nothing is dropped. */
  private async tell(messages: Iterable<PlacedMessage>): Promise<void> {
    const { connection, encoding } = this.reader;
    for (const message of messages) {
      if (connection.closeReason !== undefined) return;
      connection.send(message.payloadFor(encoding));
      const room = connection.room();
      if (room !== undefined) await room;
    }
  }

  /** What the client has missed of a group, as long as it is in that. */
  private *unseen(messages: readonly PlacedMessage[], reading: GroupReading): Generator<PlacedMessage, void> {
    for (const message of messages) {
      if (reading.isOver) return;
      if (this.see(message)) yield message;
    }
  }

  /** What has waited, of the groups that the connection is still in. */
  private *released(): Generator<PlacedMessage, void> {
    for (const message of this.held.release((group) => this.isResumed(group))) {
      const positions = message.positions.filter(({ group }) => this.byGroup.has(group));
      yield positions.length === message.positions.length ? message : message.kept.at(positions);
    }
  }

  /** A message that was not written in the client's protocol cannot, nor one for which there may be no room though the client is not slow. */
  private canBeTold(messages: readonly PlacedMessage[]): boolean {
    const { encoding, connection } = this.reader;
    const { highWaterMark, maximum } = connection.options.outbox;
    return messages.every((message) => message.kept.isIn(encoding) && message.payloadFor(encoding).data.length <= maximum - highWaterMark);
  }

  /** Whether the client gets a message for the first time: one that was sent to several groups stands in the history of each. */
  private see({ kept: { id } }: PlacedMessage): boolean {
    if (id === undefined) return true;
    const isNew = !this.seen.has(id);
    this.seen.add(id);
    if (this.seen.size > MOST_SEEN) this.seen.delete(this.seen.values().next().value as string);
    return isNew;
  }

  private isResumed(group: string): boolean {
    return this.byGroup.get(group)?.isResumed === true;
  }

  private of(group: string): GroupReading {
    const known = this.byGroup.get(group);
    if (known !== undefined) return known;
    const reading = new GroupReading();
    this.byGroup.set(group, reading);
    return reading;
  }

  /** What waits here would wait in the outbox otherwise, which has the same bound. */
  private hold(message: PlacedMessage): void {
    const { maximum } = this.reader.connection.options.outbox;
    const { length } = message.payloadFor(this.reader.encoding).data;
    const isTooMuch = this.held.size > 0 && this.held.size + length > maximum;
    if (isTooMuch) this.reader.close(closeReason('failed', { error: connectionErrors.tooSlow(maximum), peerCanHear: false }));
    else this.held.add(message, length);
  }

  private deliver(message: PlacedMessage): void {
    this.reader.deliver(message.payloadFor(this.reader.encoding));
  }
}
