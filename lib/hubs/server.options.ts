import type { OpeningRequest } from '../connections/connection.birth.js';
import { drainOptions, type DrainOptions } from '../connections/drain.options.js';
import { SystemClock, type Clock } from '../common/clock.js';
import { count, flag, milliseconds, Rule, type Resolved } from '../common/options.js';
import { claimedExpiry } from './expiry.js';

/** Options of the server as a whole: a hub cannot have its own. */
export interface ServerOptions {
  /**
   * How long a connection that was negotiated waits for its client to come, how long one waits that may come back after a break
   * (`statefulReconnect`), and how long `onDisconnected` waits for calls that are still running; in milliseconds.
   * @default 15_000 // 15 seconds
   */
  disconnectTimeout?: number;
  /** Bounds on what clients and callers may ask for. */
  limits?: {
    /**
     * The most connections of this server, of hubs and channels together; beyond them a client is answered with status 503. Infinity is no limit.
     * @default Infinity
     */
    connections?: number;
    /**
     * The most connections of one user, as `userIdProvider` says who that is; beyond them a client is answered with status 429. Clients of whom
     * nobody knows who they are are not counted. Infinity is no limit.
     * @default Infinity
     */
    connectionsPerUser?: number;
    /**
     * The most connections from one address, of IPv6 from one network of 64 bits; beyond them a client is answered with status 429. What a proxy
     * says of an address counts where the application trusts it: `trust proxy` of Express, `trustProxy` of Fastify. Infinity is no limit.
     * @default Infinity
     */
    connectionsPerAddress?: number;
    /**
     * How many clients may connect in a second, all together; a client beyond them is answered with status 429. Who negotiates is counted then, and
     * not again when it connects. Infinity is no limit.
     * @default Infinity
     */
    connectionsPerSecond?: number;
    /**
     * How many calls one connection may make in a second, those of methods that do not exist among them. More are answered with an error; whoever
     * makes more than twice as many is closed, and so is whoever floods with pings, or with cancellations and answers that are for nobody. Infinity
     * is no limit.
     * @default Infinity
     */
    invocationsPerSecond?: number;
    /**
     * The most negotiations whose client has not come yet; beyond them a negotiation is answered with status 503.
     * @default 10_000
     */
    pendingNegotiations?: number;
    /**
     * The most groups that one connection may be in. Infinity is no limit.
     * @default 1_000
     */
    groupsPerConnection?: number;
    /**
     * The most streams that run on one connection at a time, those of the client and those to it together. One to it counts from its call on,
     * and until its source has stopped. Infinity is no limit.
     * @default 100
     */
    streamsPerConnection?: number;
    /**
     * The most calls that may wait for the answer of one client. Infinity is no limit.
     * @default 100
     */
    pendingClientResults?: number;
    /**
     * The longest name of a group, a user, a topic or an event, in characters.
     * @default 256
     */
    nameLength?: number;
    /**
     * The most topics of channels that one connection may be in. Infinity is no limit.
     * @default 100
     */
    channelsPerConnection?: number;
    /**
     * The most joins, leaves and events that one connection of channels may send in a second. More are answered with an error; whoever sends more than
     * twice as many is closed. So is who sends more than twice as many heartbeats, cancellations of nothing and answers to nothing; these are never
     * refused, and no event is for them. Infinity is no limit.
     * @default Infinity
     */
    eventsPerSecond?: number;
    /**
     * The most connections that are kept for clients which were cut off and may come back, by `statefulReconnect`. One more ends as if it could not.
     * Infinity is no limit.
     * @default 10_000
     */
    resumable?: number;
    /**
     * The same for one user. Clients of whom nobody knows who they are count for `resumable` alone.
     * @default 100
     */
    resumablePerUser?: number;
  };
  /** How the connections end when the application does. */
  drain?: DrainOptions;
  /**
   * Who a user is: the name by which `clients.user(…)` finds all connections of the same one. Gets what the application's authentication made
   * of the request; undefined is somebody unknown.
   * @default the first of the user's `sub`, `id` and `nameid` that is a text or a number
   */
  userIdProvider?: (user: unknown) => string | undefined;
  /**
   * Says who sends a request that is to become a connection, in place of guards or before them: what it returns is the user, or
   * `{ user, expiresAt }` with the time at which that ends, as {@link ServerOptions.expiresAt} has it. Nobody
   * (undefined, null or false), or a throw, is answered with 401; an HttpException with its own status and body.
   * @default nobody is asked: users come from guards, as with controllers
   */
  authenticate?: (request: OpeningRequest) => unknown;
  /**
   * Until when a user is authenticated: a Date, or a number of seconds or milliseconds since 1970; undefined is for ever. Where `authenticate` returns
   * `{ user, expiresAt }`, that counts. `closeOnAuthenticationExpiration` closes connections then, and clients are told by `authenticationRefresh`.
   * @default the user's `exp`, which a JWT has
   */
  expiresAt?: (user: unknown) => Date | number | undefined;
  /**
   * Whether global guards, pipes, interceptors and filters (`APP_GUARD`, `useGlobalGuards` …) also stand around hub methods.
   * @default true
   */
  globalEnhancers?: boolean;
  /**
   * Whether hubs are served below the application's global prefix.
   * @default false
   */
  useGlobalPrefix?: boolean;
  /**
   * What time it is. Tests give a `FakeClock` of `nestjs-signalr/testing`.
   * @default the machine's clock
   */
  clock?: Clock;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isClock = (value: unknown): boolean => ['now', 'date', 'after', 'onTick'].every((name) => isFunction((value as never)?.[name]));

export const serverOptions = {
  disconnectTimeout: milliseconds(15_000),
  limits: {
    connections: count(Infinity, 1, true),
    connectionsPerUser: count(Infinity, 1, true),
    connectionsPerAddress: count(Infinity, 1, true),
    connectionsPerSecond: count(Infinity, 1, true),
    invocationsPerSecond: count(Infinity, 1, true),
    pendingNegotiations: count(10_000, 1),
    groupsPerConnection: count(1_000, 1, true),
    streamsPerConnection: count(100, 1, true),
    pendingClientResults: count(100, 1, true),
    nameLength: count(256, 1),
    channelsPerConnection: count(100, 1, true),
    eventsPerSecond: count(Infinity, 1, true),
    resumable: count(10_000, 1, true),
    resumablePerUser: count(100, 1, true),
  },
  drain: drainOptions,
  userIdProvider: new Rule<(user: unknown) => string | undefined>(userIdOf, 'a function', isFunction),
  authenticate: new Rule<((request: OpeningRequest) => unknown) | undefined>(undefined, 'a function', isFunction),
  expiresAt: new Rule<(user: unknown) => Date | number | undefined>(claimedExpiry, 'a function', isFunction),
  globalEnhancers: flag(true),
  useGlobalPrefix: flag(false),
  clock: new Rule<Clock>(new SystemClock(), 'a clock, such as a FakeClock', isClock),
};

/** {@link ServerOptions} with every default filled in. */
export type ResolvedServerOptions = Resolved<typeof serverOptions>;

/** The claims of a token, or an entity's key: the names that authentication libraries use. */
function userIdOf(user: unknown): string | undefined {
  if (typeof user !== 'object' || user === null) return undefined;
  const { sub, id, nameid } = user as Record<string, unknown>;
  return [sub, id, nameid]
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .map(String)
    .find(Boolean);
}
