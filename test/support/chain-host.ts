import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions, type ConnectionOptions, type ResolvedConnectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { randomName } from '../../lib/connections/random-name.js';
import type { Entrant } from '../../lib/connections/exchange.js';
import type { ChannelEntry, ChannelOffer, PreparedSession, RequestRoute, SessionRefusal } from '../../lib/channels/dialect.js';
import { chain } from '../../lib/channels/dialects/chain.js';
import type { ChainOptions } from '../../lib/channels/dialects/chain.options.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { FakeExchange, type Asked, type FakeExchangeStream } from './fake-exchange.js';
import { RecordingEndpoint } from './recording-endpoint.js';

class RecordingDocuments extends RecordingEndpoint {
  readonly speaksDocuments = true;
}

/** The requests of chain before an endpoint that notes everything, in memory. */
export class ChainHost {
  readonly clock = new FakeClock();
  readonly endpoint = new RecordingDocuments();
  readonly store = new ConnectionStore(this.clock, 15_000, 100);
  /** What the sessions were offered. */
  readonly offers: ChannelOffer[] = [];
  /** Set it to refuse sessions. */
  refusal: string | undefined;
  readonly routes: readonly RequestRoute[];
  private readonly options: ResolvedConnectionOptions;

  constructor(options: ChainOptions = {}, connection: ConnectionOptions = {}) {
    this.options = resolveOptions(connectionOptions, { from: 'the test', options: connection });
    const dialect = chain({ cookie: { secrets: ['a secret'], ...options.cookie }, ...options });
    this.routes = dialect.routes('/chain') as RequestRoute[];
  }

  /** Asks for a stream. */
  get(url: string, asked?: Asked): FakeExchange {
    return this.ask('GET', url, asked);
  }

  post(url: string, body: Asked['body'], headers: Asked['headers']): FakeExchange {
    return this.ask('POST', url, { body, headers });
  }

  /** A stream that is open, and the cookie that came with it. */
  async open(
    url = '/chain/sse?sid=tab',
    asked?: Asked,
  ): Promise<{ stream: FakeExchangeStream; exchange: FakeExchange; headers: { cookie: string } }> {
    const exchange = this.get(url, asked);
    const stream = await exchange.opened();
    return { stream, exchange, headers: { cookie: cookieOf(exchange) } };
  }

  ask(method: string, url: string, asked?: Asked, route: RequestRoute = this.routes[0]): FakeExchange {
    const exchange = new FakeExchange(method, url, asked);
    void Promise.resolve(route.handle(exchange, this.entry)).catch((error: unknown) => exchange.answer(500, String(error)));
    return exchange;
  }

  private get entry(): ChannelEntry {
    const { clock, options, store, endpoint } = this;
    return {
      clock,
      options,
      disconnectTimeout: 15_000,
      prepare: async (_, entrant, offer) => this.prepare(entrant, offer),
      begin: (session, transport) => store.open(endpoint, transport, options, session),
      abandon: () => undefined,
      find: (token) => store.find(token, endpoint),
      visitor: () => undefined,
    };
  }

  private prepare(entrant: Entrant, offer: ChannelOffer): PreparedSession | SessionRefusal {
    this.offers.push(offer);
    return this.refusal === undefined ? { id: randomName(), token: randomName(), ...entrant } : { refusal: this.refusal };
  }
}

/** What a browser sends back of the cookie that an answer sets. */
export function cookieOf(exchange: FakeExchange): string {
  return String(exchange.answerHeaders['Set-Cookie'] ?? '').split(';')[0];
}
