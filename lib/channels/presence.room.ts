import { NEVER_DROPPED } from '../common/slowness.js';
import { PreparedMessage } from '../delivery/prepared-message.js';
import type { ChannelDescriptor } from './channel.descriptor.js';
import type { ChannelMessage } from './channel.message.js';
import { PresenceBoard, type PresenceChange, type PresenceDiff, type PresenceRecord } from './presence.board.js';

/** A socket whose client is told who is in its topic. */
export interface PresenceFollower {
  readonly id: string;
  take(prepared: PreparedMessage<ChannelMessage>): void;
}

/** Makes differences known: to those who follow, and to handlers. */
export interface PresenceTeller {
  /** About how many will get what is told in a topic. */
  audience(topic: string): number;
  tell(room: PresenceRoom, diff: PresenceDiff, except: ReadonlySet<string>): void;
}

/** How long what changes waits for more of it after something was told, in milliseconds. */
export const PAUSE = 100;

/** The same where telling is dear, because many have to be told. */
const LONGEST_PAUSE = 5_000;

/** The most devices that are told of at once. */
const LARGEST = 1_000;

/** What telling the differences of one topic may cost in a second, all recipients together, in bytes: the larger a topic, the longer the pauses. */
const RATE = 8 * 1_048_576;

/** A state of more bytes goes to a client alone, when the reply to its join is out: together they might be more than may wait for it. */
const LARGE = 262_144;

/** A message costs each recipient as much as so many bytes, however short it is. */
const MESSAGE = 1_000;

/** A topic with presence while sockets are in it. */
export class PresenceRoom {
  readonly board = new PresenceBoard();
  /** What each socket is tracked as. */
  readonly tracked = new Map<string, PresenceRecord>();
  /** The channels that its sockets came by. */
  readonly channels = new Set<ChannelDescriptor>();
  /** How many sockets are in it, or on their way. */
  sockets = 0;
  /** Settles when what other nodes know is known here. */
  ready: Promise<void> | undefined;
  /** When something may be told again. */
  private due = 0;
  /** Those who came and were not told yet: they are when the others are, or after a short while. Nobody is told the same twice. */
  private readonly waiting = new Map<string, PresenceFollower>();
  private state: PreparedMessage<ChannelMessage> | undefined;

  constructor(
    readonly topic: string,
    private readonly teller: PresenceTeller,
  ) {}

  /** Whether nobody waits to be told something. */
  get isQuiet(): boolean {
    return this.board.isTold && this.waiting.size === 0;
  }

  /** Tells somebody who comes in who is there. */
  welcome(follower: PresenceFollower): void {
    if (this.board.isTold && !this.isLarge) follower.take(this.prepareState());
    else this.waiting.set(follower.id, follower);
  }

  /** A socket is gone, whether or not it was told yet. */
  dismiss({ id }: PresenceFollower): PresenceRecord | undefined {
    this.waiting.delete(id);
    const record = this.tracked.get(id);
    this.tracked.delete(id);
    if (record !== undefined) this.board.remove(record);
    return record;
  }

  /** Tells what has changed, if it is time for it. */
  tell(now: number): void {
    if (now < this.due || this.board.isTold) return;
    const recipients = this.teller.audience(this.topic) - this.waiting.size;
    // Those who wait get the state in place of it: where they are more, the whole is cheaper than its parts.
    const change = this.board.tell(this.waiting.size > recipients ? Infinity : LARGEST);
    if (change !== undefined) this.tellChange(change, recipients, now);
    if (!this.isLarge) this.serve();
  }

  /** Nobody waits any longer to be told who is there: what is not told yet he is told with the others. */
  serve(): void {
    for (const follower of this.waiting.values()) follower.take(this.prepareState());
    this.waiting.clear();
  }

  /** Everybody is gone: what is left to tell is for handlers alone. */
  end(): void {
    for (let change = this.board.tell(LARGEST); change !== undefined; change = this.board.tell(LARGEST))
      this.teller.tell(this, change.diff, NOBODY);
  }

  private get isLarge(): boolean {
    return this.board.toldSize >= LARGE;
  }

  private tellChange({ diff, size }: PresenceChange, recipients: number, now: number): void {
    const cost = (1_000 * (MESSAGE + size) * recipients) / RATE;
    this.due = now + Math.min(LONGEST_PAUSE, Math.max(PAUSE, cost));
    this.state = undefined;
    this.teller.tell(this, diff, new Set(this.waiting.keys()));
  }

  /** Written once for all who come between two changes. */
  private prepareState(): PreparedMessage<ChannelMessage> {
    return (this.state ??= new PreparedMessage(this.stateMessage(), NEVER_DROPPED));
  }

  private stateMessage(): ChannelMessage {
    return { isShared: true, topic: this.topic, event: 'presence_state', args: [this.board.toldState()] };
  }
}

const NOBODY: ReadonlySet<string> = new Set();
