import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions, type ConnectionOptions, type ResolvedConnectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { randomName } from '../../lib/connections/random-name.js';
import type { Entrant } from '../../lib/connections/exchange.js';
import type {
  ChannelEntry,
  ChannelOffer,
  ChannelRoute,
  PreparedSession,
  RequestRoute,
  SessionRefusal,
} from '../../lib/channels/dialect.js';
import type { OpeningRequest } from '../../lib/connections/connection.birth.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { FakeExchange, type Asked } from './fake-exchange.js';
import { RecordingEndpoint } from './recording-endpoint.js';

/** How long a session may be without a request there, in milliseconds. */
const DISCONNECT_TIMEOUT = 15_000;

class RecordingDocuments extends RecordingEndpoint {
  readonly speaksDocuments = true;
}

/** The requests of a dialect before an endpoint that notes everything, in memory. */
export class DialectHost {
  readonly clock = new FakeClock();
  readonly endpoint = new RecordingDocuments();
  readonly store = new ConnectionStore(this.clock, DISCONNECT_TIMEOUT, 100);
  /** What the sessions were offered. */
  readonly offers: ChannelOffer[] = [];
  /** Set it to refuse sessions. */
  refusal: string | undefined;
  /** Those of its routes that are requests. */
  readonly routes: readonly RequestRoute[];
  private readonly options: ResolvedConnectionOptions;

  constructor(routes: readonly ChannelRoute[], connection: ConnectionOptions = {}) {
    this.options = resolveOptions(connectionOptions, { from: 'the test', options: connection });
    this.routes = routes.filter((route) => route.kind === 'request');
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
      disconnectTimeout: DISCONNECT_TIMEOUT,
      prepare: async (request, entrant, offer) => this.prepare(request, entrant, offer),
      begin: (session, transport) => store.open(endpoint, transport, options, session),
      abandon: () => undefined,
      find: (token) => store.find(token, endpoint),
      visitor: () => undefined,
    };
  }

  private prepare(request: OpeningRequest, entrant: Entrant, offer: ChannelOffer): PreparedSession | SessionRefusal {
    this.offers.push(offer);
    const session = { id: randomName(), token: randomName(), request, ...entrant };
    return this.refusal === undefined ? session : { status: 403, refusal: this.refusal };
  }
}
