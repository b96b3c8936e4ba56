import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Connection } from '../connections/connection.js';
import type { Identity } from '../connections/identity.js';
import type { CallerGroups } from './hub.groups.js';

/** What a context shows. */
interface Caller {
  readonly id: string;
  readonly userIdentifier: string | undefined;
  readonly connection: Connection;
  readonly encoding: { readonly name: string };
  readonly groups: CallerGroups;
  abort(): void;
}

/**
 * Who calls a hub: one connection, from `onConnected` to `onDisconnected`. The same object for all of its calls; with the option
 * `authenticationRefresh` each call has its own, whose {@link user} stays while the call runs.
 *
 * @typeParam User - what the application's authentication makes of a request.
 */
export class HubCallerContext<User = unknown> {
  readonly #caller: Caller;
  readonly #identity: Identity | undefined;
  #request: OpeningRequest | undefined;

  /**
   * @internal
   * @param identity - who it stays, whoever the connection comes to be.
   */
  constructor(caller: Caller, identity?: Identity) {
    this.#caller = caller;
    this.#identity = identity;
  }

  /** The public id of the connection; the one that `clients.client(id)` takes. */
  get connectionId(): string {
    return this.#caller.id;
  }

  /** Who the user is: what `userIdProvider` made of {@link user} when the connection began. */
  get userIdentifier(): string | undefined {
    return this.#caller.userIdentifier;
  }

  /** What the application's authentication says about the user. Writing it changes what later calls see, and not {@link userIdentifier}. */
  get user(): User {
    return this.#current.user as User;
  }

  set user(user: User) {
    this.#current.user = user;
  }

  get #current(): Identity {
    return this.#identity ?? this.#caller.connection.identity;
  }

  /** The application's own data about this connection. */
  get items(): Map<unknown, unknown> {
    return this.#caller.connection.items;
  }

  /** The raw request that opened the connection; undefined for a stream that `SignalRServer.accept` was given without one. */
  get request(): OpeningRequest | undefined {
    const { request } = this.#caller.connection;
    if (this.#identity === undefined || request === undefined) return request;
    return (this.#request ??= requestOf(request, this.#identity));
  }

  /** The headers of {@link request}. */
  get headers(): OpeningRequest['headers'] {
    return this.#caller.connection.request?.headers ?? {};
  }

  /** The query of {@link request}. */
  get query(): URLSearchParams {
    const { url } = this;
    const start = url.indexOf('?');
    return new URLSearchParams(start < 0 ? '' : url.slice(start));
  }

  /** The path and query of {@link request}; empty without one. It may hold an access token: do not log it. */
  get url(): string {
    // Express shortens `url` below a mounted router and keeps what the client asked for beside it.
    const request: (OpeningRequest & { originalUrl?: string }) | undefined = this.#caller.connection.request;
    return request?.originalUrl ?? request?.url ?? '';
  }

  /** The bearer token that the client sent: in the `Authorization` header or, as browsers have to, in the query as `access_token`. */
  get accessToken(): string | undefined {
    const [scheme, token] = (this.headers.authorization ?? '').split(' ', 2);
    return scheme.toLowerCase() === 'bearer' && token ? token : (this.query.get('access_token') ?? undefined);
  }

  /** What carries the connection: 'WebSockets', 'ServerSentEvents' or 'LongPolling'; undefined for a raw stream. */
  get transport(): string | undefined {
    return this.#caller.connection.transport.name;
  }

  /** The hub protocol that the client speaks, such as 'json'. */
  get protocol(): string {
    return this.#caller.encoding.name;
  }

  /** Aborted when the connection ends. */
  get signal(): AbortSignal {
    return this.#caller.connection.signal;
  }

  /** The groups of this connection. */
  get groups(): CallerGroups {
    return this.#caller.groups;
  }

  /** Ends the connection; the client is told that it is over and does not reconnect by itself. */
  abort(): void {
    this.#caller.abort();
  }
}

/** What guards of a call find out of its user is not about who has refreshed meanwhile. */
function requestOf(request: OpeningRequest, identity: Identity): OpeningRequest {
  const user: PropertyDescriptor = {
    configurable: true,
    enumerable: true,
    get: () => identity.user,
    set: (written: unknown) => {
      identity.user = written;
    },
  };
  return Object.create(request, { user }) as OpeningRequest;
}
