import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { OpeningRequest } from '../../lib/connections/connection.birth.js';
import type { Entrant, Exchange, ExchangeStream } from '../../lib/connections/exchange.js';
import { Changes } from './changes.js';

/** A stream that keeps what is written to it. */
export class FakeExchangeStream implements ExchangeStream {
  text = '';
  /** How often something was written. */
  writes = 0;
  /** Set it to let the client be slow. */
  bufferedAmount = 0;
  end = (): void => this.over('ended');
  destroy = (): void => this.over('destroyed');
  /** Told of everything that is written from now on. */
  heard: (text: string) => void = () => undefined;
  /** How it is over, if it is. */
  state: 'open' | 'ended' | 'destroyed' | 'lost' = 'open';
  private drained: (() => void)[] = [];

  constructor(
    private readonly changes: Changes,
    private readonly gone: (isOut: boolean) => void,
  ) {}

  /** The messages, without comments and numbers. */
  get messages(): unknown[] {
    const lines = this.text.split('\n').filter((line) => line.startsWith('data: '));
    return lines.map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
  }

  /** The number of the last message, as a browser has it. */
  get lastEventId(): string | undefined {
    return /.*^id: (\S+)$/ms.exec(this.text)?.[1];
  }

  onceDrained(callback: () => void): void {
    this.drained.push(callback);
  }

  write(text: string): void {
    if (this.state !== 'open') throw new Error('write after end');
    this.text += text;
    this.writes++;
    this.heard(text);
    this.changes.announce();
  }

  /** The client has taken all that was written. */
  drain(): void {
    this.bufferedAmount = 0;
    for (const callback of this.drained.splice(0)) callback();
  }

  /** The client is gone. */
  lose(): void {
    this.over('lost');
  }

  private over(state: 'ended' | 'destroyed' | 'lost'): void {
    if (this.state !== 'open') return;
    this.state = state;
    setImmediate(() => {
      this.gone(state === 'ended');
      this.changes.announce();
    });
  }
}

/** What a test says about a request. */
export interface Asked {
  readonly headers?: IncomingHttpHeaders;
  readonly body?: string | Uint8Array | Promise<string | undefined>;
  /** Who comes; null is somebody who may not. */
  readonly user?: string | null;
}

/** A request in memory, and the answer to it. */
export class FakeExchange implements Exchange {
  readonly request: OpeningRequest;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly parameter = undefined;
  status: number | undefined;
  answerBody: string | undefined;
  answerHeaders: OutgoingHttpHeaders = {};
  /** Whether the body was asked for. */
  isRead = false;
  events: FakeExchangeStream | undefined;
  /** Told of the stream before anything is written to it. */
  whenStreaming: (stream: FakeExchangeStream) => void = () => undefined;
  private isAbandoned = false;
  private readonly changes = new Changes();
  private whenOver: ((isOut: boolean) => void)[] = [];

  constructor(
    readonly method: string,
    url: string,
    private readonly asked: Asked = {},
  ) {
    this.headers = asked.headers ?? {};
    this.request = { url, headers: this.headers } as OpeningRequest;
    this.query = new URL(url, 'http://host.test').searchParams;
  }

  async admit(refuse: (status: number) => void = (status) => this.answer(status, 'Forbidden')): Promise<Entrant | undefined> {
    const { user } = this.asked;
    if (user !== null) return { user, userIdentifier: user };
    refuse(403);
    return undefined;
  }

  readmit(refuse?: (status: number) => void): Promise<Entrant | undefined> {
    return this.admit(refuse);
  }

  async body(maximum: number): Promise<Buffer | undefined> {
    this.isRead = true;
    const body = Buffer.from(((await this.asked.body) ?? '') as string);
    if (body.length <= maximum) return body;
    this.answer(413, 'Too large.');
    return undefined;
  }

  answer(status: number, body?: string | Buffer, headers: OutgoingHttpHeaders = {}): void {
    if (this.status !== undefined) throw new Error('answered twice');
    this.status = status;
    this.answerBody = body === undefined ? undefined : String(body);
    this.answerHeaders = headers;
    this.changes.announce();
  }

  stream(status: number, headers: OutgoingHttpHeaders): FakeExchangeStream {
    this.answer(status, undefined, headers);
    this.events = new FakeExchangeStream(this.changes, (isOut) => this.over(isOut));
    this.whenStreaming(this.events);
    return this.events;
  }

  /** All that was answered. */
  get text(): string {
    return this.answerBody ?? this.events?.text ?? '';
  }

  onceOver(callback: (isOut: boolean) => void): void {
    if (this.isAbandoned) setImmediate(callback, false);
    else this.whenOver.push(callback);
  }

  /** The client gives it up before it has its answer. */
  abandon(): void {
    this.isAbandoned = true;
    this.over(false);
  }

  /** Settles when it has its answer. */
  async answered(): Promise<this> {
    await this.changes.until(() => this.status !== undefined);
    return this;
  }

  /** The stream, once it has begun and `isSo`. */
  async opened(isSo: (stream: FakeExchangeStream) => boolean = () => true): Promise<FakeExchangeStream> {
    await this.changes.until(() => this.events !== undefined && isSo(this.events));
    return this.events as FakeExchangeStream;
  }

  private over(isOut: boolean): void {
    for (const callback of this.whenOver.splice(0)) callback(isOut);
  }
}
