import { connectionName, EVERYONE, groupName, userName, type Address } from '../delivery/address.js';
import { ClientProxy, SingleClientProxy, type Audience } from './client-proxy.js';
import type { HubClass } from './hub.source.js';

/** Where the clients of a hub are found: a {@link HubSource}, or what stands in for it in tests. */
export interface ClientsSource {
  hub(): Audience;
  /** Throws where no hub is meant: one may be selected before it runs, but not one of several. */
  check(): void;
  of(hub: HubClass): ClientsSource;
}

/** A list of names; a single text is none, though it could be iterated. */
export type Names = readonly string[] | ReadonlySet<string>;

/**
 * Calls the clients of a hub, from anywhere in the application. Inject it with `@InjectHubClients(ChatHub)`, or bare where there is only one hub.
 *
 * @typeParam T - the client interface: which methods the clients have. Without it any name and arguments are accepted.
 * @example
 * await this.clients.group('lobby').send('messageReceived', 'Ada', 'Hello');
 */
export class HubClients<T = unknown> {
  /** @internal */
  constructor(protected readonly source: ClientsSource) {}

  /** Every client. */
  get all(): ClientProxy<T> {
    return this.named([EVERYONE]);
  }

  /** Every client save the connections with these ids. */
  allExcept(connectionIds: Names): ClientProxy<T> {
    return this.named([EVERYONE], connectionIds);
  }

  /** One connection. */
  client(connectionId: string): SingleClientProxy<T> {
    this.source.check();
    return new SingleClientProxy<T>(() => this.source.hub(), { names: [connectionName(connectionId)] });
  }

  /** Several connections. */
  clients(connectionIds: Names): ClientProxy<T> {
    return this.named(Array.from(connectionIds, connectionName));
  }

  /**
   * The members of a group. Its name must not be empty: `send` rejects then. Where the hub has a `history`, members get one more argument, a
   * `GroupPosition`, and get the message once it is remembered.
   */
  group(group: string): ClientProxy<T> {
    return this.named([groupName(group)]);
  }

  /** The members of several groups; who is in more than one of them gets the message once. */
  groups(groups: Names): ClientProxy<T> {
    return this.named(Array.from(groups, groupName));
  }

  /** The members of a group save the connections with these ids. */
  groupExcept(group: string, connectionIds: Names): ClientProxy<T> {
    return this.named([groupName(group)], connectionIds);
  }

  /** All connections of a user. */
  user(userIdentifier: string): ClientProxy<T> {
    return this.named([userName(userIdentifier)]);
  }

  /** All connections of several users. */
  users(userIdentifiers: Names): ClientProxy<T> {
    return this.named(Array.from(userIdentifiers, userName));
  }

  /**
   * The clients of another hub.
   *
   * @throws SignalRError when the class is no hub of this application.
   */
  of<C = unknown>(hub: HubClass): HubClients<C> {
    return new HubClients<C>(this.source.of(hub));
  }

  private named(names: string[], except?: Names): ClientProxy<T> {
    this.source.check();
    const address: Address = except === undefined ? { names } : { names, except: new Set(except) };
    return new ClientProxy<T>(() => this.source.hub(), address);
  }
}

/** The clients of a hub as one of them sees them; a parameter of hub methods, `@Clients() clients: HubCallerClients<ChatClient>`. */
export class HubCallerClients<T = unknown> extends HubClients<T> {
  /** @internal */
  constructor(
    source: ClientsSource,
    private readonly callerId: string,
  ) {
    super(source);
  }

  /** The client that calls. */
  get caller(): SingleClientProxy<T> {
    return this.client(this.callerId);
  }

  /** Every client but the one that calls. */
  get others(): ClientProxy<T> {
    return this.allExcept([this.callerId]);
  }

  /** The members of a group but the client that calls. */
  othersInGroup(group: string): ClientProxy<T> {
    return this.groupExcept(group, [this.callerId]);
  }
}
