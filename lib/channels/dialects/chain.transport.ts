import { channelErrors } from '../../common/channel-errors.js';
import type { Cancel, Clock } from '../../common/clock.js';
import type { CloseReason } from '../../common/close-reason.js';
import type { Payload } from '../../common/payload.js';
import type { Connection } from '../../connections/connection.js';
import type { ResolvedConnectionOptions } from '../../connections/connection.options.js';
import type { AnswerHeaders, Exchange, ExchangeStream } from '../../connections/exchange.js';
import { SendWatch } from '../../connections/send-watch.js';
import type { Transport } from '../../connections/transport.js';
import { KEEP_ALIVE_HEADER, SESSION_HEADER } from './chain.cors.js';
import { ChainLog } from './chain.log.js';
import { ChainPosts } from './chain.posts.js';

/** As the clients of chain know them; a stream must be kept by no cache and held back by no proxy. */
const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'private, no-cache, no-store, must-revalidate, max-age=0',
  Pragma: 'no-cache',
  Expire: '0',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
  'Content-Encoding': 'identity',
};

/** How long browsers wait before they ask for the next stream, in milliseconds; by themselves they take three seconds and more. */
const RETRY = 1_000;

/** How a session is carried. Times in milliseconds. */
export interface ChainTransportSettings {
  readonly resumeWindow: number;
  readonly resumeQueue: number;
  readonly options: ResolvedConnectionOptions;
  readonly clock: Clock;
  /** @throws SignalRError for what is no frame. */
  readonly check: (body: Buffer) => void;
}

/**
 * Streams down, one at a time, and posts up. The session outlives its streams: what is said while there is none waits for the next one, for a while.
 * Comments go unseen by clients, and so do the numbers after the messages, by which browsers say what they have read last.
 */
export class ChainTransport implements Transport {
  readonly name = 'ServerSentEvents';
  readonly isTextOnly = true;
  readonly hasInherentKeepAlive = true;
  /** When the client was last given its cookie. */
  knownSince: number;
  private readonly posts: ChainPosts;
  private readonly log: ChainLog;
  private connection: Connection | undefined;
  private stream: ExchangeStream | undefined;
  private watch: SendWatch;
  /** Since when there is no stream, or nothing was written to it. */
  private since: number;
  private corked: string | undefined;
  private whenDrained: (() => void)[] = [];
  /** Streams that are ended, and what cuts them. */
  private readonly finishing = new Map<ExchangeStream, Cancel>();
  private isClosing = false;

  constructor(private readonly settings: ChainTransportSettings) {
    const { options, resumeQueue, clock, check } = settings;
    this.log = new ChainLog(resumeQueue, options.outbox.maximum);
    const maximum = options.maximumReceiveMessageSize || Infinity;
    this.posts = new ChainPosts({ maximum, check, receive: (body) => this.connection?.receive(body, false) });
    this.watch = new SendWatch(options.transportSendTimeout);
    this.since = this.knownSince = clock.now();
  }

  get bufferedAmount(): number {
    return this.log.waiting + (this.stream?.bufferedAmount ?? 0);
  }

  get isStanding(): boolean {
    return this.stream !== undefined || this.finishing.size > 0;
  }

  onceDrained(callback: () => void): void {
    this.whenDrained.push(callback);
    this.stream?.onceDrained(() => this.drained());
  }

  /** Begins the first stream; what is posted from now on is for this connection. */
  serve(connection: Connection, exchange: Exchange, headers: AnswerHeaders): void {
    this.connection = connection;
    this.begin(exchange, { ...headers, [SESSION_HEADER]: 'new' }, 0);
  }

  /**
   * Goes on over another stream, if nothing is missing then. One that is still there makes way for it.
   *
   * @param position - the number of the last message that the client has read, where it says so.
   * @returns false where something is missing.
   */
  take(exchange: Exchange, headers: AnswerHeaders, position: string | undefined): boolean {
    const number = this.numberOf(position);
    if (this.isClosing || this.log.after(number) === undefined) return false;
    this.replaceStream();
    this.begin(exchange, { ...headers, [SESSION_HEADER]: 'resumed' }, number);
    return true;
  }

  /** Reads a posted frame when it is its turn, and answers. */
  post(exchange: Exchange, headers: AnswerHeaders): Promise<void> {
    return this.posts.take(exchange, headers);
  }

  /** The session cannot go on as it was. */
  abandon(): void {
    this.end(channelErrors.notResumable());
  }

  setFormat(): void {}

  write(data: string | Uint8Array): void {
    this.say(eventOf(data));
  }

  writeShared(payload: Payload): void {
    this.say((payload.event ??= eventOf(payload.data)));
  }

  cork(): void {
    this.corked = '';
  }

  uncork(): void {
    const { corked = '' } = this;
    this.corked = undefined;
    if (corked !== '') this.stream?.write(corked);
  }

  pause(): void {
    this.posts.pause();
  }

  resume(): void {
    this.posts.resume();
  }

  tick(now: number): void {
    const { stream, settings } = this;
    if (this.isClosing) return;
    if (stream !== undefined) this.lookAfter(stream, now);
    else if (now - this.since >= settings.resumeWindow) this.end();
  }

  close(reason: CloseReason): void {
    if (this.isClosing) return;
    this.uncork();
    this.isClosing = true;
    this.posts.close();
    const { stream } = this;
    if (stream === undefined) return;
    if (!reason.peerCanHear && reason.error !== undefined) return stream.destroy();
    this.finish(stream);
  }

  cut(): void {
    for (const stream of [this.stream, ...this.finishing.keys()]) stream?.destroy();
  }

  private begin(exchange: Exchange, headers: AnswerHeaders, number: number): void {
    const { options, clock } = this.settings;
    const stream = exchange.stream(200, { ...STREAM_HEADERS, [KEEP_ALIVE_HEADER]: options.keepAliveInterval, ...headers });
    this.stream = stream;
    this.since = clock.now();
    this.watch = new SendWatch(options.transportSendTimeout);
    exchange.onceOver(() => this.left(stream));
    const missed = (this.log.after(number) ?? []).map((event, index) => event + this.mark(number + index + 1));
    stream.write(`retry: ${RETRY}\n${this.mark(number)}${missed.join('')}`);
    this.log.wrote();
    // Those for whom it is still too much ask again.
    this.drained();
  }

  private drained(): void {
    for (const callback of this.whenDrained.splice(0)) callback();
  }

  private replaceStream(): void {
    const { stream } = this;
    this.stream = undefined;
    stream?.write(': replaced\n\n');
    if (stream !== undefined) this.finish(stream);
  }

  /** Ends a stream, and cuts a client that does not take the rest. */
  private finish(stream: ExchangeStream): void {
    const { clock, options } = this.settings;
    stream.end();
    this.finishing.set(
      stream,
      clock.after(options.transportSendTimeout, () => stream.destroy()),
    );
  }

  private say(event: string): void {
    if (this.isClosing) return;
    this.log.add(event);
    if (this.stream === undefined) return this.log.isFull ? this.end(channelErrors.queueFull(this.settings.resumeQueue)) : undefined;
    const text = event + this.mark(this.log.last);
    if (this.corked === undefined) this.stream.write(text);
    else this.corked += text;
    this.log.wrote();
  }

  /** What a client does not take waits for its next stream, and so does what is said until it is known that this one is over. */
  private lookAfter(stream: ExchangeStream, now: number): void {
    const lastSent = Math.max(this.since, this.connection?.lastSent ?? 0);
    if (this.watch.isStalled(stream.bufferedAmount, now, stream.taken)) {
      stream.destroy();
      this.left(stream);
    } else if (now - lastSent >= this.settings.options.keepAliveInterval) this.beat(stream, now);
  }

  /** Proxies, and the operating system of a client that is gone, want to see something from time to time. */
  private beat(stream: ExchangeStream, now: number): void {
    this.since = now;
    stream.write(':\n\n');
  }

  private left(stream: ExchangeStream): void {
    this.finishing.get(stream)?.();
    this.finishing.delete(stream);
    if (stream === this.stream) this.lost();
    if (this.isClosing && !this.isStanding) this.connection?.transportEnded();
  }

  private lost(): void {
    this.stream = undefined;
    this.since = this.settings.clock.now();
    if (this.isClosing) this.connection?.transportClosed();
  }

  private end(error?: Error): void {
    this.connection?.transportClosed(error);
  }

  /** Numbers are of one session: those of another are none of its own. */
  private mark(number: number): string {
    return `id: ${this.tag}.${number}\n\n`;
  }

  private numberOf(position: string | undefined): number {
    if (position === undefined) return this.log.written;
    const [tag, number] = position.split('.');
    return tag === this.tag ? Number(number) : 0;
  }

  private get tag(): string {
    return this.connection?.id.slice(0, 8) ?? '';
  }
}

/** JSON has no line breaks of its own. */
function eventOf(data: string | Uint8Array): string {
  return `data: ${typeof data === 'string' ? data : Buffer.from(data).toString()}\n\n`;
}
