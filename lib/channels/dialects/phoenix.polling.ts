import type { Cancel } from '../../common/clock.js';
import type { CloseReason } from '../../common/close-reason.js';
import { connectionErrors } from '../../common/errors.js';
import type { Payload } from '../../common/payload.js';
import type { Connection } from '../../connections/connection.js';
import type { Exchange, ExchangeStream } from '../../connections/exchange.js';
import { SendWatch } from '../../connections/send-watch.js';
import type { Transport } from '../../connections/transport.js';
import type { ChannelEntry } from '../dialect.js';
import { answerPoll, GONE, POLL_HEADERS } from './phoenix.poll-answer.js';
import { writePollToken } from './phoenix.poll-token.js';
import { PhoenixPosts } from './phoenix.posts.js';

/** How long a poll waits for something to say, in milliseconds; as in Phoenix. phoenix.js gives up after 20 seconds. */
const WINDOW = 10_000;

/** An answer with messages on its way. */
interface Delivery {
  readonly poll: Exchange;
  readonly stream: ExchangeStream;
  /** How many messages it holds: the first of those that wait. */
  readonly count: number;
  readonly watch: SendWatch;
}

/**
 * Answers to polls down, and posts up. What is said waits for the next poll, and is kept until the answer to that is out: one that was given up
 * loses nothing. Of two polls the newer one counts.
 */
export class PhoenixPolling implements Transport {
  readonly name = 'LongPolling';
  readonly isTextOnly = true;
  readonly hasInherentKeepAlive = true;
  private readonly posts: PhoenixPosts;
  private connection: Connection | undefined;
  private unsent: string[] = [];
  private unsentLength = 0;
  /** The poll that waits for something to say. */
  private poll: Exchange | undefined;
  private delivery: Delivery | undefined;
  /** A poll that has come before it was known what became of the last one. */
  private next: Exchange | undefined;
  /** Since when the poll waits, or nobody polls. */
  private since: number;
  private isCorked = false;
  private whenSent: (() => void)[] = [];
  private cancelEnd: Cancel | undefined;
  private isClosing = false;
  private hasEnded = false;

  constructor(private readonly place: Pick<ChannelEntry, 'clock' | 'options' | 'disconnectTimeout'>) {
    const { maximumReceiveMessageSize: maximum } = place.options;
    this.posts = new PhoenixPosts({ maximum, receive: (message, isBinary) => this.connection?.receive(message, isBinary) });
    this.since = place.clock.now();
  }

  get bufferedAmount(): number {
    return this.unsentLength;
  }

  get isAwaited(): boolean {
    return this.connection !== undefined && !this.hasEnded;
  }

  get isStanding(): boolean {
    return this.isAwaited;
  }

  onceDrained(callback: () => void): void {
    this.whenSent.push(callback);
  }

  /** Answers the request that began the session; what is posted from now on is for this connection. */
  serve(connection: Connection, exchange: Exchange): void {
    this.connection = connection;
    answerPoll(exchange, { status: 410, token: writePollToken(connection), messages: [] });
  }

  /** Answers a poll as soon as there is something to say. */
  take(poll: Exchange): void {
    if (this.hasEnded) return answerPoll(poll, GONE);
    poll.onceOver((isOut) => this.over(poll, isOut));
    const older = this.poll ?? this.next;
    this.poll = this.next = undefined;
    if (older !== undefined) this.sayNothing(older);
    if (this.delivery === undefined) this.attend(poll);
    else this.next = poll;
  }

  /** Reads posted messages when it is their turn, and answers. */
  post(exchange: Exchange): Promise<void> {
    return this.posts.take(exchange);
  }

  setFormat(): void {}

  write(data: string | Uint8Array): void {
    if (this.isClosing) return;
    const text = typeof data === 'string' ? data : Buffer.from(data).toString();
    this.unsent.push(text);
    this.unsentLength += text.length;
    if (!this.isCorked) this.uncork();
  }

  writeShared(payload: Payload): void {
    this.write(payload.data);
  }

  /** All that is said in a turn is one answer. */
  cork(): void {
    this.isCorked = true;
  }

  uncork(): void {
    this.isCorked = false;
    if (this.poll !== undefined) this.attend(this.poll);
  }

  pause(): void {
    this.posts.pause();
  }

  resume(): void {
    this.posts.resume();
  }

  tick(now: number): void {
    const { delivery, poll, since } = this;
    if (delivery !== undefined) this.lookAfter(delivery, now);
    else if (poll === undefined && now - since >= this.place.disconnectTimeout) this.end();
    else if (poll !== undefined && now - since >= WINDOW) this.release(poll, now);
  }

  /** What is left is for the next poll, the last but one; a client that does not come for it has to do without. */
  close(reason: CloseReason): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.posts.close();
    if (!reason.peerCanHear && reason.error !== undefined) return this.end();
    this.cancelEnd = this.place.clock.after(this.place.disconnectTimeout, () => this.end());
    if (this.poll !== undefined) this.attend(this.poll);
    this.tellIfQuiet();
  }

  cut(): void {
    this.end();
  }

  private attend(poll: Exchange): void {
    if (this.unsent.length > 0) this.deliver(poll);
    else if (this.isClosing) this.sayGone(poll);
    else this.wait(poll);
  }

  private wait(poll: Exchange): void {
    this.poll = poll;
    this.since = this.place.clock.now();
  }

  private deliver(poll: Exchange): void {
    this.poll = undefined;
    const body = JSON.stringify({ status: 200, token: this.token, messages: this.unsent });
    const stream = poll.stream(200, { ...POLL_HEADERS, 'Content-Length': Buffer.byteLength(body) });
    const watch = new SendWatch(this.place.options.transportSendTimeout);
    this.delivery = { poll, stream, count: this.unsent.length, watch };
    stream.write(body);
    stream.end();
  }

  /** What a client does not take would be kept for ever. */
  private lookAfter({ stream, watch }: Delivery, now: number): void {
    const { transportSendTimeout } = this.place.options;
    if (watch.isStalled(stream.bufferedAmount, now, stream.taken)) this.end(connectionErrors.sendTimeout(transportSendTimeout));
  }

  private release(poll: Exchange, now: number): void {
    this.poll = undefined;
    this.since = now;
    this.sayNothing(poll);
  }

  private sayNothing(poll: Exchange): void {
    answerPoll(poll, { status: 204, token: this.token, messages: [] });
  }

  private sayGone(poll: Exchange): void {
    this.poll = poll;
    this.end();
  }

  /** A poll has its answer, or was given up. */
  private over(poll: Exchange, isOut: boolean): void {
    if (this.next === poll) this.next = undefined;
    if (this.delivery?.poll === poll) return this.delivered(this.delivery, isOut);
    if (this.poll !== poll) return;
    this.poll = undefined;
    this.since = this.place.clock.now();
  }

  private delivered({ count }: Delivery, isOut: boolean): void {
    this.delivery = undefined;
    this.since = this.place.clock.now();
    if (isOut) for (const { length } of this.unsent.splice(0, count)) this.unsentLength -= length;
    const { next } = this;
    this.next = undefined;
    if (next !== undefined) this.attend(next);
    if (this.unsent.length === 0) for (const callback of this.whenSent.splice(0)) callback();
    this.tellIfQuiet();
  }

  /** Nothing is on its way any more. Whether the client comes once more for what is left nobody knows. */
  private tellIfQuiet(): void {
    if (this.isClosing && this.delivery === undefined) this.connection?.transportEnded();
  }

  private end(error?: Error): void {
    if (this.hasEnded) return;
    this.hasEnded = this.isClosing = true;
    this.cancelEnd?.();
    this.posts.close();
    this.unsent = [];
    this.unsentLength = 0;
    this.whenSent = [];
    this.delivery?.stream.destroy();
    for (const poll of [this.poll, this.next]) if (poll !== undefined) answerPoll(poll, GONE);
    this.poll = this.next = this.delivery = undefined;
    this.connection?.transportClosed(error);
    this.tellIfQuiet();
  }

  private get token(): string | undefined {
    return this.connection && writePollToken(this.connection);
  }
}
