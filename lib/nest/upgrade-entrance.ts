import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isThenable } from '../common/thenable.js';
import type { ConnectionStore, Reservation } from '../connections/connection.store.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import { WebSocketUpgrades } from '../connections/transports/web-socket.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { Admission, Admitted, AuthenticatedRequest, Doorman } from './connect-gate.js';
import { isAllowedOrigin, WRONG_ORIGIN } from './cross-origin.js';
import { answerUpgrade, plain, type HttpAnswer } from './http-answer.js';
import { linkUser } from './request-user.js';
import { ANOTHER_TRANSPORT, ANOTHER_USER, isOwner, notServed, UNKNOWN_ID } from './transport-entrance.js';
import type { ServedAt, ServedHub } from './served-hub.js';
import type { UpgradeHandler } from './upgrade-router.js';

/** An upgrade on its way in. */
interface Visitor {
  readonly request: AuthenticatedRequest;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** For guards, which may write headers: they go out with a refusal. Dear, and not there where nobody is asked. */
  readonly response: ServerResponse | undefined;
}

/** The paths of all hubs as upgrades see them: the door of the WebSockets transport. */
export class UpgradeEntrance {
  private readonly upgrades = new Map<HubEndpoint, WebSocketUpgrades>();

  constructor(
    private readonly hubs: ServedAt,
    private readonly connections: ConnectionStore,
    private readonly doorman: Doorman,
  ) {}

  /** Who takes an upgrade; undefined where its path is no hub's. */
  readonly claim = (request: IncomingMessage): UpgradeHandler | undefined => {
    const served = this.hubs(parsePath(request.url ?? '/'));
    if (served === undefined) return undefined;
    return (upgrade, socket, head) => {
      const response = served.gate.asksWho ? new ServerResponse(upgrade) : undefined;
      this.enter(served, { request: upgrade, socket, head, response });
    };
  };

  private enter(served: ServedHub, visitor: Visitor): void {
    const { request, socket, response } = visitor;
    // A peer may vanish while its guards are asked.
    socket.on('error', nothing);
    if (!isAllowedOrigin(served, request)) return answerUpgrade(socket, WRONG_ORIGIN);
    const admission = this.doorman.admit(served.gate, served.endpoint, request, response);
    if (isThenable(admission)) void admission.then((known) => this.decide(served, visitor, known));
    else this.decide(served, visitor, admission);
  }

  /** What fails here must cost one peer alone, which is not to wait for ever. */
  private decide(served: ServedHub, visitor: Visitor, admission: Admission): void {
    try {
      if (visitor.socket.writable) this.answer(served, visitor, admission);
    } catch (error) {
      served.endpoint.report('answering an upgrade', error);
      visitor.socket.destroy();
    }
  }

  private answer(served: ServedHub, visitor: Visitor, admission: Admission): void {
    const { socket, request, response } = visitor;
    if (admission.refusal !== undefined) return answerUpgrade(socket, admission.refusal, response?.getHeaders());
    const { userIdentifier } = admission;
    const place = this.placeFor(served, parseQuery(request.url ?? '/').get('id'), userIdentifier);
    if (place !== undefined && 'status' in place) answerUpgrade(socket, place);
    else this.open(served.endpoint, visitor, admission, place);
  }

  /** Without a token the client did not negotiate, and gets names of its own. With one it has to be the user who negotiated. */
  private placeFor(served: ServedHub, token: string | undefined, userIdentifier: string | undefined): Reservation | HttpAnswer | undefined {
    const { endpoint } = served;
    const isServed = endpoint.options.transports.includes('WebSockets');
    if (!token) return isServed ? undefined : notServed('WebSockets');
    const connection = this.connections.find(token, endpoint);
    const place = connection ?? this.connections.reserved(token, endpoint);
    if (place === undefined) return UNKNOWN_ID;
    if (!isOwner(served, place, userIdentifier)) return ANOTHER_USER;
    if (!isServed) return notServed('WebSockets');
    if (connection === undefined) return place as Reservation;
    return connection.transport.name === 'WebSockets' ? plain(409) : ANOTHER_TRANSPORT;
  }

  /** The place is kept until there is a WebSocket: a request that is none does not use it up. */
  private open(endpoint: HubEndpoint, { request, socket, head }: Visitor, { user, userIdentifier }: Admitted, place?: Reservation): void {
    socket.off('error', nothing);
    this.upgradesOf(endpoint).upgrade(request, socket, head, (transport) => {
      if (place !== undefined) this.connections.claim(place);
      const birth = { id: place?.id, token: place?.token, request, user, userIdentifier };
      const connection = this.connections.open(endpoint, transport, endpoint.options, birth);
      linkUser(request, connection);
      transport.serve(connection);
    });
  }

  private upgradesOf(endpoint: HubEndpoint): WebSocketUpgrades {
    const known = this.upgrades.get(endpoint) ?? new WebSocketUpgrades(endpoint.options, this.connections.clock);
    this.upgrades.set(endpoint, known);
    return known;
  }
}

function nothing(): void {}
