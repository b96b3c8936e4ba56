import type { ChannelDialect, ChannelRoute, ChannelVisit, RequestRoute } from '../dialect.js';
import { clientRoutes } from './chain.client-route.js';
import { TabCookie } from './chain.cookie.js';
import { preflightHeaders } from './chain.cors.js';
import { ChainEntrance } from './chain.entrance.js';
import { randomSecret, resolveChainOptions, type ChainOptions, type ResolvedChainOptions } from './chain.options.js';

const NORMAL = 1000;

/**
 * The dialect of chain: chain.js, the original one as well as the one that is served at `/chain.js`, joins topics and pushes events over an event
 * stream at `{path}/sse` and POSTs to the same path.
 *
 * - A session outlives its streams: a client that comes back within `resumeWindow` finds its sockets in their topics, and hears what it has
 *   missed. One for which more than `resumeQueue` messages wait is ended.
 * - A browser is known by a signed cookie, which has a session for each of its tabs. Without `cookie.secrets` no session outlives the process.
 * - Its clients cannot answer what the server asks: `socket.request` and `channels.ask` reject at once.
 * - A token for the guards is taken from the parameter `token`.
 *
 * @throws SignalRError `ERR_SIGNALR_OPTIONS` for an option that cannot be, and in production (`NODE_ENV`) without `cookie.secrets`.
 * @see systems.md 004: nidorx/chain 1.0
 * @example
 * \@ChannelEndpoint('/chain', { dialect: chain({ cookie: { secrets: [process.env.CHAIN_SECRET] } }) })
 * export class PageSocket {}
 */
export function chain(options: ChainOptions = {}): ChannelDialect {
  return new ChainDialect(resolveChainOptions(options));
}

class ChainDialect implements ChannelDialect {
  readonly name = 'chain';
  readonly canAnswer = false;
  /** Its clients say nothing while they have nothing to say. */
  readonly idleTimeout = 0;
  readonly warning: string | undefined;
  private readonly secrets: readonly string[];

  constructor(private readonly options: ResolvedChainOptions) {
    const { secrets } = options.cookie;
    this.secrets = secrets ?? [randomSecret()];
    if (secrets === undefined) this.warning = NO_SECRETS;
  }

  routes(path: string): ChannelRoute[] {
    const { clientRoute } = this.options;
    return [this.streamRoute(`${path === '/' ? '' : path}/sse`), ...(clientRoute === false ? [] : clientRoutes(clientRoute))];
  }

  token({ query }: ChannelVisit): string | undefined {
    return query.get('token') ?? undefined;
  }

  /** There are no close frames. */
  closeCode(): number {
    return NORMAL;
  }

  private streamRoute(path: string): RequestRoute {
    const { cookie, cors } = this.options;
    const entrance = new ChainEntrance(this.options, new TabCookie(cookie, this.secrets, path));
    return { kind: 'request', path, preflight: preflightHeaders(cors), handle: (exchange, entry) => entrance.handle(exchange, entry) };
  }
}

const NO_SECRETS =
  'chain() was given no cookie.secrets: a random one signs its cookies, so no session outlives the process or is known to another one. Give it one before production.';
