import type { TestingModule } from '@nestjs/testing';
import type { ChannelEntry, RequestRoute } from '../../lib/channels/dialect.js';
import type { Session } from '../../lib/channels/session.js';
import type { Connection } from '../../lib/connections/connection.js';
import { ChannelRegistry } from '../../lib/nest/channel.registry.js';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { cookieOf } from './chain-host.js';
import type { DialectClient, Outcome } from './dialect.contract.js';
import { FakeExchange, type FakeExchangeStream } from './fake-exchange.js';

const URL = '/other/sse?sid=tab';

/** A route, and who is let in there. */
interface Place {
  readonly route: RequestRoute;
  readonly entry: ChannelEntry;
  session?: Session;
  connection?: Connection;
}

/** A client of chain without a network, as the dialects' contract wants it. */
export class ChainClient implements DialectClient {
  private readonly frames = new Mailbox<unknown[]>();
  private readonly joinRefs = new Map<string, number>();
  private lastRef = 0;

  private constructor(
    private readonly place: Place,
    private readonly stream: FakeExchangeStream,
    private readonly cookie: string,
  ) {
    stream.heard = (text) => this.read(text);
  }

  static async open(app: TestingModule): Promise<ChainClient> {
    const place = placeIn(app);
    const exchange = new FakeExchange('GET', URL);
    await place.route.handle(exchange, place.entry);
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
    const { route, entry } = this.place;
    void route.handle(new FakeExchange('POST', URL, { headers: { cookie: this.cookie }, body: document }), entry);
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

function placeIn(app: TestingModule): Place {
  const found = app.get(ChannelRegistry, { strict: false }).find(URL);
  if (found === undefined) throw new Error(`There is no endpoint at ${URL}.`);
  const { entry } = found.served;
  const place: Place = {
    route: found.route as RequestRoute,
    entry: {
      clock: entry.clock,
      options: entry.options,
      disconnectTimeout: entry.disconnectTimeout,
      prepare: async (...visit) => (place.session = (await entry.prepare(...visit)) as Session),
      begin: (session, transport) => (place.connection = entry.begin(session as Session, transport)),
      abandon: (session) => entry.abandon(session as Session),
      find: (token) => entry.find(token),
      visitor: (...visit) => entry.visitor(...visit),
    },
  };
  return place;
}
