import type { TestingModule } from '@nestjs/testing';
import type { Session } from '../../lib/channels/session.js';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { cookieOf } from './chain-host.js';
import type { DialectClient, Outcome } from './dialect.contract.js';
import { DialectPlace } from './dialect-place.js';
import type { FakeExchangeStream } from './fake-exchange.js';

const URL = '/other/sse?sid=tab';

/** A client of chain without a network, as the dialects' contract wants it. */
export class ChainClient implements DialectClient {
  private readonly frames = new Mailbox<unknown[]>();
  private readonly joinRefs = new Map<string, number>();
  private lastRef = 0;

  private constructor(
    private readonly place: DialectPlace,
    private readonly stream: FakeExchangeStream,
    private readonly cookie: string,
  ) {
    stream.heard = (text) => this.read(text);
  }

  static async open(app: TestingModule): Promise<ChainClient> {
    const place = new DialectPlace(app, URL);
    const exchange = place.ask('GET', URL);
    return new ChainClient(place, await exchange.opened(), cookieOf(exchange));
  }

  get session(): Session {
    return this.place.session as Session;
  }

  get served(): Promise<unknown> {
    return this.place.connection?.ended() ?? Promise.resolve();
  }

  join(topic: string, payload: unknown = {}): Promise<Outcome> {
    this.joinRefs.set(topic, this.lastRef + 1);
    return this.push(topic, '_join', payload);
  }

  leave(topic: string): Promise<Outcome> {
    return this.push(topic, '_leave');
  }

  async push(topic: string, event: string, payload: unknown = {}): Promise<Outcome> {
    const ref = ++this.lastRef;
    this.send(JSON.stringify([0, this.joinRefs.get(topic) ?? 0, ref, topic, event, payload]));
    const [, , , status, answer] = await this.frames.take(([kind, , of]) => kind === 1 && of === ref);
    return { status: status === 0 ? 'ok' : 'error', payload: answer };
  }

  async heard(event: string): Promise<{ topic: string; payload: unknown }> {
    const frame = await this.frames.take(([kind, , second, , fourth]) => (kind === 2 ? second : kind === 0 && fourth) === event);
    const [topic, payload] = frame[0] === 2 ? [frame[1], frame[3]] : [frame[3], frame[5]];
    return { topic: topic as string, payload };
  }

  async closed(): Promise<string> {
    return (await this.heard('_close')).topic;
  }

  send(document: string | Uint8Array): void {
    this.place.ask('POST', URL, { headers: { cookie: this.cookie }, body: document });
  }

  /** It is gone, and does not come back in time. */
  vanish(): void {
    this.stream.lose();
    setImmediate(() => this.place.connection?.transport.tick?.(Infinity));
  }

  private read(text: string): void {
    const lines = text.split('\n').filter((line) => line.startsWith('data: '));
    for (const line of lines) this.frames.put(JSON.parse(line.slice('data: '.length)) as unknown[]);
  }
}
