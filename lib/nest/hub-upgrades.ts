import { Connection } from '../connections/connection.js';
import type { Entry, Newcomer } from '../connections/connection.limits.js';
import type { ConnectionStore, Reservation } from '../connections/connection.store.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import type { Ticket } from '../connections/ticket.js';
import { WebSocketUpgrades, type WebSocketTransport } from '../connections/transports/web-socket.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { Admitted } from './connect-gate.js';
import { plain, type HttpAnswer } from './http-answer.js';
import { renewByNewerToken } from './renewal.js';
import { linkUser } from './request-user.js';
import type { ServedAt, ServedHub } from './served.js';
import {
  ANOTHER_TRANSPORT,
  ANOTHER_USER,
  isOwner,
  newcomerOf,
  notServed,
  refusedBy,
  UNKNOWN_ID,
  type Owner,
} from './transport-entrance.js';
import { handOver, type UpgradeFinder, type Visitor } from './upgrade-entrance.js';

/** Somebody who has passed the gate, with the request that led there, and with a ticket where that is for a connection that was not negotiated. */
type Visiting = Admitted & Pick<Visitor, 'request'> & { readonly ticket?: Ticket };

/** What is kept for who may have a WebSocket. */
interface LetIn {
  /** Where it has negotiated, or was connected before. */
  readonly place: Owner | undefined;
  /** Of a new connection that nobody has negotiated. */
  readonly ticket: Ticket | undefined;
}

/** The paths of all hubs as upgrades see them: the door of the WebSockets transport. */
export class HubUpgrades {
  private readonly upgrades = new Map<HubEndpoint, WebSocketUpgrades>();

  constructor(
    private readonly hubs: ServedAt,
    private readonly connections: ConnectionStore,
  ) {}

  readonly find: UpgradeFinder = ({ url = '/' }) => {
    const served = this.hubs(parsePath(url));
    return served && { served, open: (visitor, admitted) => this.answer(served, visitor, admitted) };
  };

  private answer(served: ServedHub, visitor: Visitor, admitted: Admitted): HttpAnswer | undefined {
    const token = parseQuery(visitor.request.url ?? '/').get('id');
    const place = this.placeFor(served, token, admitted);
    if (place !== undefined && 'status' in place) return place;
    const { refused, ticket } = this.ticketFor(newcomerOf({ served, request: visitor.request, admitted }), place);
    if (refused !== undefined) return refusedBy(refused);
    this.open(served.endpoint, visitor, admitted, { place, ticket });
    return undefined;
  }

  /** Who comes back has one, and so has who has negotiated. */
  private ticketFor(newcomer: Newcomer, place: Owner | undefined): Entry {
    const { limits } = this.connections;
    if (place === undefined) return limits.admit(newcomer);
    const refused = place instanceof Connection ? undefined : limits.turnAway(newcomer);
    return refused === undefined ? { ticket: undefined } : { refused };
  }

  /** Without a token the client did not negotiate, and gets names of its own. With one it has to be the user who negotiated. */
  private placeFor(served: ServedHub, token: string | undefined, admitted: Admitted): Owner | HttpAnswer | undefined {
    const { endpoint } = served;
    const isServed = endpoint.options.transports.includes('WebSockets');
    if (!token) return isServed ? undefined : notServed('WebSockets');
    const owner = this.connections.ownerOf(token, endpoint);
    if (owner === undefined) return UNKNOWN_ID;
    if (!isOwner(served, owner, admitted)) return ANOTHER_USER;
    if (!isServed) return notServed('WebSockets');
    // An attempt that its guards have held up must not take the place of a later one, which the client is on by now.
    if (!(owner instanceof Connection) || (owner.isResumable && admitted.arrival > owner.arrival)) return owner;
    return owner.transport.name === 'WebSockets' ? plain(409) : ANOTHER_TRANSPORT;
  }

  /** The place is kept until there is a WebSocket: a request that is none does not use it up. */
  private open(endpoint: HubEndpoint, visitor: Visitor, admitted: Admitted, { place, ticket }: LetIn): void {
    const { request, socket, head } = visitor;
    let isOpen = false;
    handOver(visitor);
    this.upgradesOf(endpoint).upgrade(request, socket, head, (transport) => {
      isOpen = true;
      if (place instanceof Connection) resume(place, transport, { request, ...admitted });
      else this.begin(endpoint, transport, { request, ...admitted, ticket }, place);
    });
    // The peer has gone, or what it sent was no upgrade.
    if (!isOpen) ticket?.release();
  }

  private begin(endpoint: HubEndpoint, transport: WebSocketTransport, newcomer: Visiting, place?: Reservation): void {
    if (place !== undefined) this.connections.claim(place);
    const ticket = place === undefined ? newcomer.ticket : place.ticket;
    const birth = { ...newcomer, id: place?.id, token: place?.token, mayResume: place?.mayResume, ticket };
    const connection = this.connections.open(endpoint, transport, endpoint.options, birth);
    linkUser(newcomer.request, connection);
    transport.serve(connection);
  }

  private upgradesOf(endpoint: HubEndpoint): WebSocketUpgrades {
    const known = this.upgrades.get(endpoint) ?? new WebSocketUpgrades(endpoint.options, this.connections.clock);
    this.upgrades.set(endpoint, known);
    return known;
  }
}

function resume(connection: Connection, transport: WebSocketTransport, newcomer: Visiting): void {
  transport.serve(connection);
  connection.comeBack(transport, newcomer.arrival);
  // Last of all: its hook may end the connection, and with that the transport that it has by then.
  renewByNewerToken(connection, newcomer.request, newcomer);
}
