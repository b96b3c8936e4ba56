import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionBirth } from '../connections/connection.js';
import type { ConnectionStore } from '../connections/connection.store.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import { WebSocketUpgrades } from '../connections/transports/web-socket.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import { answerUpgrade, plain } from './http-answer.js';
import type { UpgradeHandler } from './upgrade-router.js';

/** The paths of all hubs as upgrades see them: the door of the WebSockets transport. */
export class UpgradeEntrance {
  private readonly upgrades = new Map<HubEndpoint, WebSocketUpgrades>();

  /** @param endpointAt - finds a hub by its path in small letters. */
  constructor(
    private readonly endpointAt: (path: string) => HubEndpoint | undefined,
    private readonly connections: ConnectionStore,
  ) {}

  /** Who takes an upgrade; undefined where its path is no hub's. */
  readonly claim = (request: IncomingMessage): UpgradeHandler | undefined => {
    const endpoint = this.endpointAt(parsePath(request.url ?? '/'));
    if (endpoint === undefined) return undefined;
    return (upgrade, socket, head) => this.enter(endpoint, upgrade, socket, head);
  };

  private enter(endpoint: HubEndpoint, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const token = parseQuery(request.url ?? '/').get('id');
    const names = this.namesFor(endpoint, token);
    if (names !== undefined) return this.open(endpoint, names, request, socket, head);
    const isLive = this.connections.isLive(token as string, endpoint);
    answerUpgrade(socket, isLive ? plain(409) : plain(404, 'No Connection with that ID'));
  }

  /** Without a token the client did not negotiate, and gets names of its own. */
  private namesFor(endpoint: HubEndpoint, token: string | undefined): Partial<ConnectionBirth> | undefined {
    return token === undefined ? {} : this.connections.claim(token, endpoint);
  }

  private open(
    endpoint: HubEndpoint,
    { id, token }: Partial<ConnectionBirth>,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    this.upgradesOf(endpoint).upgrade(request, socket, head, (transport) => {
      transport.serve(this.connections.open(endpoint, transport, endpoint.options, { id, token, request, user: userOf(request) }));
    });
  }

  private upgradesOf(endpoint: HubEndpoint): WebSocketUpgrades {
    const known = this.upgrades.get(endpoint) ?? new WebSocketUpgrades(endpoint.options.webSocket, this.connections.clock);
    this.upgrades.set(endpoint, known);
    return known;
  }
}

/** Authentication that runs before this library leaves the user where Express and Fastify have it. */
function userOf(request: IncomingMessage & { user?: unknown }): unknown {
  return request.user;
}
