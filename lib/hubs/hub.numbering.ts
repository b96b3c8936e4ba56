import { reconnectErrors } from '../common/reconnect-errors.js';
import type { Connection } from '../connections/connection.js';
import type { Replay, ReplayBounds } from '../connections/replay.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import { MessageType, type HubMessage } from '../protocol/messages.js';

/**
 * The messages of a client that may come back after a break, by their numbers: each side counts what the other says, acknowledges it, and says again
 * what was not acknowledged. Pings, acks and their like are not counted.
 *
 * @see signalr.md §1.13: Stateful reconnect
 */
export class Numbering {
  private readonly replay: Replay;
  /** The number of the message that comes next. */
  private expected = 1;
  /** The highest that has come. */
  private latest = 0;
  private isAckDue = false;
  private isSequenceDue = false;
  private ticks = 0;

  constructor(
    private readonly connection: Connection,
    private readonly protocol: HubProtocol,
    bounds: ReplayBounds,
  ) {
    this.replay = connection.keepForReplay(bounds);
  }

  /**
   * Whether a message is to be dealt with: one that came before is not, and nothing is that comes between a reconnect and its Sequence.
   *
   * @throws SignalRError for an Ack or a Sequence that cannot be.
   */
  admits(message: HubMessage): boolean {
    if (message.type === MessageType.Sequence) return this.restart(message.sequenceId);
    if (this.isSequenceDue) return false;
    this.heard();
    if (message.type === MessageType.Ack) this.replay.acknowledge(message.sequenceId);
    return !isCounted(message) || this.isNew();
  }

  /** A second has passed. */
  tick(): void {
    if (this.ticks < 2 && ++this.ticks === 2) this.heard();
    if (!this.isAckDue || this.connection.isAway) return;
    this.isAckDue = false;
    this.connection.sendOnce(this.protocol.write({ type: MessageType.Ack, sequenceId: this.latest }));
  }

  /** The client is back, over a transport of which it has not said anything yet. */
  resumed(): void {
    this.isSequenceDue = true;
    this.connection.sendOnce(this.protocol.write({ type: MessageType.Sequence, sequenceId: this.replay.next }));
    this.replay.open();
  }

  /** The client will not come back. */
  stop(): void {
    this.replay.stop();
  }

  /**
   * Official clients begin to count a moment after they have read the answer to their handshake, and then say something. What came along with the answer
   * would be counted by one side alone, and said twice after a break. Some say nothing: they have had a second then.
   */
  private heard(): void {
    if (!this.connection.isAway) this.replay.open();
  }

  /** As the code of ASP.NET Core has it, and not its specification: the number is that of the message that follows. */
  private restart(sequenceId: number): false {
    if (!this.isSequenceDue) throw reconnectErrors.unexpectedSequence();
    // Not above the one that comes next: all up to the highest was acknowledged, maybe while the client was about to say some of it again.
    if (sequenceId > this.latest + 1) throw reconnectErrors.sequenceTooHigh();
    if (sequenceId < 1) throw reconnectErrors.sequenceTooLow(sequenceId);
    this.isSequenceDue = false;
    this.expected = sequenceId;
    return false;
  }

  /** One that came before is acknowledged once more: the first time was lost. */
  private isNew(): boolean {
    const number = this.expected++;
    this.isAckDue = true;
    if (number <= this.latest) return false;
    this.latest = number;
    return true;
  }
}

/** Those that are said again: calls, their answers, and what belongs to streams. */
function isCounted({ type }: HubMessage): boolean {
  return type <= MessageType.CancelInvocation;
}
