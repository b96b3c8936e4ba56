import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isThenable } from '../common/thenable.js';
import type { ConnectionBirth } from '../connections/connection.js';
import type { ConnectionStore } from '../connections/connection.store.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import { WebSocketUpgrades } from '../connections/transports/web-socket.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { AuthenticatedRequest, Verdict } from './connect-gate.js';
import { answerUpgrade, plain, type HttpAnswer } from './http-answer.js';
import type { ServedAt, ServedHub } from './served-hub.js';
import type { UpgradeHandler } from './upgrade-router.js';

/** An upgrade on its way in. */
interface Visitor {
  readonly request: AuthenticatedRequest;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** The paths of all hubs as upgrades see them: the door of the WebSockets transport. */
export class UpgradeEntrance {
  private readonly upgrades = new Map<HubEndpoint, WebSocketUpgrades>();
  private isClosed = false;

  constructor(
    private readonly hubs: ServedAt,
    private readonly connections: ConnectionStore,
  ) {}

  /** Who takes an upgrade; undefined where its path is no hub's. */
  readonly claim = (request: IncomingMessage): UpgradeHandler | undefined => {
    const served = this.hubs(parsePath(request.url ?? '/'));
    if (served === undefined) return undefined;
    return (upgrade, socket, head) => this.enter(served, { request: upgrade, socket, head });
  };

  /** Lets nobody in any more, not even those whose guards are still thinking. */
  close(): void {
    this.isClosed = true;
  }

  private enter(served: ServedHub, visitor: Visitor): void {
    const { request, socket } = visitor;
    // A peer may vanish while its guards are asked.
    socket.on('error', nothing);
    const verdict = served.gate.check(request, new ServerResponse(request));
    if (!isThenable(verdict)) return this.decide(served, visitor, verdict);
    const cancel = this.limit(served.endpoint, socket);
    void this.awaitVerdict(verdict, served, visitor, cancel);
  }

  private async awaitVerdict(verdict: PromiseLike<Verdict>, served: ServedHub, visitor: Visitor, cancel: () => void): Promise<void> {
    const known = await verdict;
    cancel();
    this.decide(served, visitor, known);
  }

  /** A guard that never answers holds no socket for ever. */
  private limit({ options }: HubEndpoint, socket: Duplex): () => void {
    return this.connections.clock.after(options.handshakeTimeout, () => {
      if (socket.writable) answerUpgrade(socket, plain(503, 'The connection was not authorized in time.'));
    });
  }

  private decide(served: ServedHub, visitor: Visitor, verdict: Verdict): void {
    const { socket, request } = visitor;
    if (!socket.writable) return;
    const answer = this.isClosed ? plain(503, 'The server is shutting down.') : verdict.refusal;
    if (answer !== undefined) return answerUpgrade(socket, answer);
    const user = (verdict as { user: unknown }).user;
    const names = this.namesFor(served, parseQuery(request.url ?? '/').get('id'), user);
    if ('status' in names) answerUpgrade(socket, names);
    else this.open(served.endpoint, visitor, { ...names, request, user });
  }

  /** Without a token the client did not negotiate, and gets names of its own. With one it has to be the user who negotiated. */
  private namesFor({ endpoint, gate }: ServedHub, token: string | undefined, user: unknown): Partial<ConnectionBirth> | HttpAnswer {
    if (token === undefined) return {};
    const reservation = this.connections.reserved(token, endpoint);
    if (reservation === undefined) return this.connections.isLive(token, endpoint) ? plain(409) : plain(404, 'No Connection with that ID');
    const isSame = !gate.asksWho || reservation.userIdentifier === endpoint.core.ground.userIdProvider(user);
    if (!isSame) return plain(403, 'The connection was negotiated by another user.');
    this.connections.claim(reservation);
    return { id: reservation.id, token: reservation.token };
  }

  private open(endpoint: HubEndpoint, { request, socket, head }: Visitor, birth: Partial<ConnectionBirth>): void {
    socket.off('error', nothing);
    this.upgradesOf(endpoint).upgrade(request, socket, head, (transport) => {
      const connection = this.connections.open(endpoint, transport, endpoint.options, birth);
      linkUser(request, connection);
      transport.serve(connection);
    });
  }

  private upgradesOf(endpoint: HubEndpoint): WebSocketUpgrades {
    const known = this.upgrades.get(endpoint) ?? new WebSocketUpgrades(endpoint.options.webSocket, this.connections.clock);
    this.upgrades.set(endpoint, known);
    return known;
  }
}

/** Guards that run before calls write the user to the request, as they do for controllers; `caller.user` is the same. */
function linkUser(request: AuthenticatedRequest, connection: { user: unknown }): void {
  Object.defineProperty(request, 'user', {
    configurable: true,
    enumerable: true,
    get: () => connection.user,
    set: (user: unknown) => {
      connection.user = user;
    },
  });
}

function nothing(): void {}
