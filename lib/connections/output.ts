import type { Payload } from '../common/payload.js';
import type { WhenSlow } from '../common/slowness.js';
import type { OutboxMarks } from './connection.options.js';
import { DocumentOutbox } from './document-outbox.js';
import { HeldBack, type Loss } from './held-back.js';
import { Outbox, type Outgoing } from './outbox.js';
import { Replay, type ReplayBounds } from './replay.js';
import type { Transport } from './transport.js';

const NOTHING: readonly Loss[] = [];

/** All that is on its way to one peer: what is held back because it is slow, what is kept because it may come back, and what its transport gets. */
export class Output {
  private readonly outbox: Outbox;
  private held: HeldBack | undefined;
  protected hasEnded = false;
  private isLettingGo = false;
  /** Keeps what is said until the peer has acknowledged it, where the peer may come back. */
  replay: Replay | undefined;

  constructor(
    transport: Transport,
    private readonly options: OutboxMarks,
    speaksDocuments: boolean,
    /** Told when the peer is so slow that there is no room for what it has to be told. */
    private readonly overflowed: () => void,
  ) {
    if (speaksDocuments) transport.setFormat('documents');
    this.outbox = speaksDocuments ? new DocumentOutbox(transport, options) : new Outbox(transport, options);
  }

  /** Says what is never dropped. */
  send(item: Outgoing): void {
    if (!this.hasEnded) this.say(item);
  }

  /** Says what may be dropped, where it or the options say so. */
  offer(payload: Payload): void {
    if (this.hasEnded) return;
    const whenSlow = payload.slowness?.whenSlow ?? this.options.whenSlow;
    if (whenSlow === 'close') return this.say(payload);
    // What only waits for the end of the turn is no sign of a slow peer.
    if (this.isCongested && this.held?.isEmpty !== false) this.outbox.flush();
    if (this.isCongested || !this.out.push(payload)) this.hold(payload, whenSlow);
  }

  /** Says what is of the moment, and is not said again after a break. */
  sendOnce(item: Outgoing): void {
    if (!this.hasEnded && !this.outbox.push(item)) this.overflowed();
  }

  flush(): void {
    this.outbox.flush();
  }

  /** All that was ever handed on to a transport, or waits for the end of the turn: bytes, of text characters. */
  get written(): number {
    return this.outbox.said;
  }

  /** All that was ever said: bytes, of text characters. */
  get said(): number {
    const { held } = this;
    return this.out.said + (held === undefined ? 0 : held.size + held.lost);
  }

  /** How much of that the peer has taken, or will never get. */
  get taken(): number {
    const { said, backlog } = this.out;
    return said - backlog + (this.held?.lost ?? 0);
  }

  /** Bytes that were said and that the operating system has not taken yet. */
  get backlog(): number {
    return this.out.backlog;
  }

  /** Whether so much waits that whoever can wait should. */
  get isCongested(): boolean {
    return this.held?.isEmpty === false || this.out.isCongested;
  }

  /** Settles when there is room again. */
  whenRoom(): Promise<void> {
    return this.out.room();
  }

  /** What was dropped since somebody asked for the last time. */
  takeLosses(): readonly Loss[] {
    return this.held?.takeLosses() ?? NOTHING;
  }

  /**
   * From now on messages are kept until the peer has acknowledged them.
   *
   * @param pressed - told each time that something has to wait for an acknowledgement.
   */
  keepForReplay(bounds: ReplayBounds, pressed: () => void): Replay {
    return (this.replay = new Replay(this.outbox, bounds, this.options.maximum, pressed));
  }

  moveTo(transport: Transport): void {
    this.outbox.moveTo(transport);
  }

  /** Writes all that waits, and the last words. */
  sayFarewell(words: Outgoing | undefined): void {
    this.replay?.stop();
    while (this.held?.isEmpty === false) this.outbox.repeat(this.held.shift());
    if (words !== undefined) this.outbox.repeat(words);
    this.outbox.flush();
  }

  /** From now on nothing is taken but the last words. */
  end(): void {
    this.hasEnded = true;
  }

  /** The connection has ended: nothing is kept any more, and who waits for room goes on. */
  release(): void {
    this.held?.clear();
    this.out.release();
  }

  private say(item: Outgoing): void {
    const { held } = this;
    const hasRoom = held === undefined || held.isEmpty ? this.out.push(item) : held.push(item, this.room);
    if (!hasRoom) this.overflowed();
  }

  private get out(): Replay | Outbox {
    return this.replay ?? this.outbox;
  }

  /** How much may be held back. */
  private get room(): number {
    return this.options.maximum - this.out.backlog;
  }

  private hold(payload: Payload, whenSlow: WhenSlow): void {
    this.held ??= new HeldBack();
    this.held.offer(payload, whenSlow, this.room);
    if (!this.isLettingGo) void this.letGo(this.held);
  }

  /** What is held back has no number yet, and the transport has not seen it: it can still be dropped. */
  private async letGo(held: HeldBack): Promise<void> {
    this.isLettingGo = true;
    while (!held.isEmpty) {
      await this.out.room();
      while (this.passOn(held)) this.outbox.flush();
    }
    this.isLettingGo = false;
  }

  /** As much as there is room for; false where there is none. */
  private passOn(held: HeldBack): boolean {
    let hasPassed = false;
    for (; !held.isEmpty && !this.out.isCongested && this.out.push(held.first); hasPassed = true) held.shift();
    return hasPassed;
  }
}
