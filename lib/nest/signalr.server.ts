import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { closeReason } from '../common/close-reason.js';
import { useErrors } from '../common/use-errors.js';
import type { OpeningRequest } from '../connections/connection.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { normalizePath } from '../connections/request-query.js';
import type { WebSocketLike } from '../connections/transports/given-web-socket.js';
import type { HubClass } from '../hubs/hub.source.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { TransferFormat } from '../protocol/hub-protocol.js';
import { Doors } from './doors.js';
import { transportOver } from './given-transport.js';
import { HubRegistry } from './hub.registry.js';
import { linkUser } from './request-user.js';
import { TcpDoors, type TcpAddress } from './tcp-doors.js';

/** What is known of a connection that does not come over HTTP. */
export interface AcceptOptions {
  /** Who it is; what `caller.user` is. The application has made sure of that. */
  readonly user?: unknown;
  /** The request that led to it, where there was one; what `caller.request` is, and whose `user` it is where no other is given. */
  readonly request?: OpeningRequest & { user?: unknown };
  /**
   * What can be carried: 'text' alone, so that MessagePack is refused, or 'binary' alone, so that a WebSocket is sent JSON as bytes too.
   * @default both: text as text, and bytes as bytes
   */
  readonly transferFormat?: TransferFormat;
  /** Ends the connection when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Nobody would ever end a connection that begins now. */
const TOO_LATE = closeReason('shutdown', { peerCanHear: false, error: useErrors.closed() });

const ACCEPT_OPTIONS: readonly string[] = ['user', 'request', 'transferFormat', 'signal'];

/** Before a connection is opened that nobody would end. */
function check(options: AcceptOptions | null): void {
  if (typeof options !== 'object' || options === null) throw useErrors.noOptions(options);
  const unknown = Object.keys(options).find((name) => !ACCEPT_OPTIONS.includes(name));
  if (unknown !== undefined) throw useErrors.unknownOption(unknown, 'accept', ACCEPT_OPTIONS);
  const { request, signal } = options;
  if (request !== undefined && typeof request?.headers !== 'object') throw useErrors.noRequest(request);
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw useErrors.noSignal(signal);
}

/** The server itself, for connections that find their way to it otherwise than by its paths. */
@Injectable()
export class SignalRServer {
  constructor(
    private readonly hubs: HubRegistry,
    private readonly connections: ConnectionStore,
    private readonly doors: Doors,
    private readonly tcp: TcpDoors,
  ) {}

  /**
   * Serves the hubs on one more HTTP or HTTPS server, beside the application's own, until the application is closed. Requests at the hubs' paths
   * are answered before the server's own listeners see them; everything else is left to those.
   *
   * @throws SignalRError when the application closes: nobody would take the hubs off the server again.
   */
  attach(server: Server): void {
    if (this.connections.isClosed) throw useErrors.closed();
    this.doors.takeUpgrades(server);
    this.doors.takeRequests(server);
  }

  /**
   * Serves one connection over a stream of bytes (a TCP socket, a pipe, one end of a pair in a test) or over a WebSocket that the application has
   * opened or accepted itself. The handshake comes first, as over any transport, and the messages' own framing is all there is. No guard is asked
   * who it is: the application knows, and says so by `user`.
   *
   * @param hub - the class of the hub, or the path at which it is served.
   * @param stream - a Duplex; or a WebSocket of the package `ws` or of a browser's kind, open or still connecting. Hand it over in the turn in which
   * you get it: what it has received before is lost.
   * @returns settles when the connection has ended and its hooks are done; it never rejects for what the peer does. When the application closes,
   * the stream is destroyed at once.
   * @throws SignalRError for a class or a path that is no hub, for what is neither a stream nor a WebSocket, or was handed over before, for options
   * that are none, and before the application has started.
   */
  accept(hub: HubClass | string, stream: Duplex | WebSocketLike, options: AcceptOptions = {}): Promise<void> {
    const endpoint = this.endpointOf(hub);
    check(options);
    const { request, user = request?.user, signal, transferFormat } = options;
    const transport = transportOver(stream, endpoint, transferFormat, this.connections.clock);
    if (this.connections.isClosed) return Promise.resolve(transport.close(TOO_LATE));
    const connection = this.connections.open(endpoint, transport, endpoint.options, { user, request });
    if (request !== undefined) linkUser(request, connection);
    const abort = (): void => connection.close(closeReason('aborted'));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    transport.serve(connection);
    return connection.ended().then(() => signal?.removeEventListener('abort', abort));
  }

  /**
   * Where a hub is served over TCP, by the option `tcp`; undefined where it is not, and after the end. The port is the one that was found, where the
   * option says 0.
   *
   * @param hub - the class of the hub, or the path at which it is served.
   * @throws SignalRError for a class or a path that is no hub.
   */
  tcpAddress(hub: HubClass | string): TcpAddress | undefined {
    return this.tcp.addressOf(this.endpointOf(hub));
  }

  private endpointOf(hub: HubClass | string): HubEndpoint {
    if (typeof hub !== 'string') return this.hubs.find(hub);
    const endpoint = this.hubs.at(normalizePath(hub))?.endpoint;
    if (endpoint === undefined)
      throw useErrors.unknownPath(
        hub,
        this.hubs.endpoints.map(({ path }) => path),
      );
    return endpoint;
  }
}
