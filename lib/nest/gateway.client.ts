import { callErrors } from '../common/errors.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { HubCallerContext } from '../hubs/hub.caller-context.js';
import type { HubClients } from '../hubs/hub.clients.js';
import { GatewayPeer, type GatewayEndpointOf, type GatewayTarget } from './gateway.peer.js';

/** A client of a plain gateway that is served over SignalR; what `@ConnectedSocket()` and `handleConnection(client)` get. */
export class GatewayClient extends GatewayPeer {
  /** By message; a client of several gateways on one path has the handlers of all of them. */
  readonly handlers = new Map<string, (data: unknown) => unknown>();

  constructor(
    /** The same client as hubs see it. */
    readonly caller: HubCallerContext,
    endpoint: GatewayEndpointOf,
    private readonly clients: HubClients,
  ) {
    super(endpoint);
  }

  get id(): string {
    return this.caller.connectionId;
  }

  /** The raw request that opened the connection. */
  get request(): OpeningRequest | undefined {
    return this.caller.request;
  }

  get broadcast(): GatewayTarget {
    return targetOf(this.clients, (clients) => clients.allExcept([this.id]));
  }

  to(room: string): GatewayTarget {
    return targetOf(this.clients, (clients) => clients.groupExcept(room, [this.id]));
  }

  join(room: string): Promise<void> {
    return this.caller.groups.add(room);
  }

  leave(room: string): Promise<void> {
    return this.caller.groups.remove(room);
  }

  disconnect(): void {
    this.caller.abort();
  }

  protected send(event: string, args: readonly unknown[]): boolean {
    return targetOf(this.clients, (clients) => clients.client(this.id)).emit(event, ...args);
  }

  protected errorFor(sentence: string | undefined, target: string): Error {
    return sentence === undefined ? callErrors.untold(target) : callErrors.told(sentence);
  }
}

/** All clients of a gateway; what `@WebSocketServer()` gets. */
export class GatewayServer implements GatewayTarget {
  constructor(private readonly clients: HubClients) {}

  emit(event: string, ...args: unknown[]): boolean {
    return targetOf(this.clients, (clients) => clients.all).emit(event, ...args);
  }

  /** The members of a room. */
  to(room: string): GatewayTarget {
    return targetOf(this.clients, (clients) => clients.group(room));
  }
}

function targetOf(
  clients: HubClients,
  select: (clients: HubClients) => { send(event: string, ...args: unknown[]): Promise<void> },
): GatewayTarget {
  return {
    emit(event, ...args) {
      void select(clients).send(event, ...args);
      return true;
    },
  };
}
