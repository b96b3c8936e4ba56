import { PLACE, Queue } from '../common/queue.js';
import { reconnectErrors } from '../common/reconnect-errors.js';
import { AckWatch } from './ack-watch.js';
import { Kept, lengthOf } from './kept.js';
import type { Outbox, Outgoing } from './outbox.js';

/** How much is kept for a peer that may come back. */
export interface ReplayBounds {
  readonly bufferSize: number;
  readonly maximumMessages: number;
}

/**
 * Stands before the outbox of a peer that may come back after a break: keeps what is said until the peer has acknowledged it, and says it again. Messages
 * are numbered from 1. When so many are kept that there is no room for more, those that follow wait for an acknowledgement, and have no number yet.
 *
 * Shared payloads are kept as they are: a broadcast costs each peer that is away no more than a reference.
 *
 * @see signalr.md §1.13: Stateful reconnect
 */
export class Replay {
  private readonly kept = new Kept();
  private readonly waiting = new Queue<Outgoing>();
  private waitingSize = 0;
  /** Of what is kept, what was never written: it was said while the peer could not hear. */
  private unheardSize = 0;
  private acknowledged = 0;
  private canHear = false;
  /** Cleared when the peer will not come back: then all this is nothing but its outbox. */
  isOn = true;
  said = 0;
  readonly watch = new AckWatch();
  private whenRoom: (() => void)[] | undefined;

  /**
   * @param mostWaiting - how many bytes may wait, beyond what is kept.
   * @param pressed - told each time that something has to wait for an acknowledgement.
   */
  constructor(
    private readonly outbox: Outbox,
    private readonly bounds: ReplayBounds,
    private readonly mostWaiting: number,
    private readonly pressed: () => void = () => undefined,
  ) {
    outbox.whenWritten = (data) => this.kept.written(data);
  }

  /** The number of the first message that {@link open} says. */
  get next(): number {
    return this.acknowledged + 1;
  }

  /** Says a message, or keeps it until it can be heard. False, with nothing kept of it, when too much waits already. */
  push(item: Outgoing): boolean {
    const length = lengthOf(item);
    if (this.isFull) return this.wait(item, length);
    if (this.canHear && !this.outbox.push(item)) return false;
    this.said += length;
    this.keep(item, length);
    return true;
  }

  /** Bytes that were said and that the operating system has not taken yet. */
  get backlog(): number {
    return this.waitingSize + this.unheardSize + this.outbox.backlog;
  }

  get isCongested(): boolean {
    return this.isFull || this.outbox.isCongested;
  }

  /** Settles when there is room again. */
  room(): Promise<void> {
    if (!this.isFull) return this.outbox.room();
    const room = new Promise<void>((resolve) => void (this.whenRoom ??= []).push(resolve));
    this.pressed();
    return room;
  }

  /** The connection has ended: nothing is kept any more, and who waits for room goes on. */
  release(): void {
    this.isOn = false;
    this.outbox.whenWritten = undefined;
    this.kept.clear();
    this.waiting.clear();
    this.letGoOn();
    this.outbox.release();
  }

  /** The peer cannot hear any more, for the time being. */
  hold(): void {
    this.canHear = false;
    this.kept.settle();
  }

  /** The peer can hear: it is told again all that it has not acknowledged, and then what follows. */
  open(): void {
    if (this.canHear) return;
    this.canHear = true;
    this.unheardSize = 0;
    for (const item of this.kept.all()) this.outbox.repeat(item);
  }

  /**
   * The peer has received all up to this number.
   *
   * @throws SignalRError for messages that it cannot have received.
   */
  acknowledge(number: number): void {
    const newest = this.acknowledged + this.kept.count;
    if (number < 0 || number > newest) throw reconnectErrors.wrongAck(number, newest);
    if (number > this.acknowledged) this.forget(number);
    this.moveUp();
  }

  /** Nothing is kept any more: the peer gets at once what waits, and will not come back. */
  stop(): void {
    this.isOn = false;
    this.outbox.whenWritten = undefined;
    this.open();
    this.kept.clear();
    this.moveUp();
  }

  /** Whether so much has waited for so long that it is the end. Asked once a second. */
  isStuck(now: number): boolean {
    return this.watch.isOver(this.isPressed, now);
  }

  /** Whether something waits for an acknowledgement. Streams that wait for room cost nothing: of a peer that is away they may. */
  get isPressed(): boolean {
    return this.waiting.length > 0 || (this.canHear && this.whenRoom !== undefined);
  }

  /** As in ASP.NET Core, the last message to be kept may be larger than what is left of the room. */
  private get isFull(): boolean {
    const { bufferSize, maximumMessages } = this.bounds;
    return this.isOn && (this.waiting.length > 0 || this.kept.size > bufferSize || this.kept.count >= maximumMessages);
  }

  private keep(item: Outgoing, length: number): void {
    if (this.isOn) this.kept.push(item);
    if (this.canHear) return;
    this.unheardSize += length;
    this.kept.settle();
  }

  private forget(number: number): void {
    this.kept.drop(number - this.acknowledged);
    this.acknowledged = number;
  }

  private wait(item: Outgoing, length: number): boolean {
    const size = this.waitingSize + this.waiting.length * PLACE;
    if (size > 0 && size + length > this.mostWaiting) return false;
    this.waiting.push(item);
    this.waitingSize += length;
    this.said += length;
    this.pressed();
    return true;
  }

  /** Those that wait get the places that are free. */
  private moveUp(): void {
    const { bufferSize, maximumMessages } = this.bounds;
    const { length } = this.waiting;
    while (this.waiting.length > 0 && (!this.isOn || (this.kept.size <= bufferSize && this.kept.count < maximumMessages)))
      this.advance(this.waiting.shift());
    if (this.waiting.length < length) this.watch.restart();
    if (!this.isFull) this.letGoOn();
  }

  private advance(item: Outgoing): void {
    const length = lengthOf(item);
    this.waitingSize -= length;
    if (this.canHear) this.outbox.repeat(item);
    this.keep(item, length);
  }

  private letGoOn(): void {
    const resolvers = this.whenRoom ?? [];
    this.whenRoom = undefined;
    if (resolvers.length > 0) this.watch.restart();
    for (const resolve of resolvers) resolve();
  }
}
