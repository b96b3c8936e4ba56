import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { closeReason } from '../common/close-reason.js';
import type { EndpointEntry } from '../channels/channel.entry.js';
import { useErrors } from '../common/use-errors.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Newcomer } from '../connections/connection.limits.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { normalizePath } from '../connections/request-query.js';
import type { WebSocketLike } from '../connections/transports/given-web-socket.js';
import type { HubClass } from '../hubs/hub.source.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import { checkAcceptOptions, type AcceptOptions } from './accept.options.js';
import { ChannelRegistry } from './channel.registry.js';
import { Doors } from './doors.js';
import { serveGiven, transportOver } from './given-transport.js';
import { HubRegistry } from './hub.registry.js';
import { linkUser } from './request-user.js';
import { TcpDoors, type TcpAddress } from './tcp-doors.js';

/** Nobody would ever end a connection that begins now. */
const TOO_LATE = closeReason('shutdown', { peerCanHear: false, error: useErrors.closed() });

/** The server itself, for connections that find their way to it otherwise than by its paths. */
@Injectable()
export class SignalRServer {
  constructor(
    private readonly hubs: HubRegistry,
    private readonly channels: ChannelRegistry,
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
   * @param hub - the class of the hub, or the path at which it is served; or a path at which WebSockets of channels are served, such as
   * '/socket/websocket', with the client's query where there is no request: a query names the version that the client speaks.
   * @param stream - a Duplex, for a hub alone; or a WebSocket of the package `ws` or of a browser's kind, open or still connecting. Hand it over in
   * the turn in which you get it: what it has received before is lost.
   * @returns settles when the connection has ended and its hooks are done; it never rejects for what the peer does. When the application closes,
   * the stream is destroyed at once.
   * @throws SignalRError for a class or a path at which nothing is served, for what is neither a stream nor a WebSocket, or was handed over before,
   * for options that are none, and before the application has started; and what the option `expiresAt` throws for the user.
   */
  accept(hub: HubClass | string, stream: Duplex | WebSocketLike, options: AcceptOptions = {}): Promise<void> {
    checkAcceptOptions(options);
    const served = typeof hub === 'string' ? this.doors.channels.accept(hub, stream, options) : undefined;
    return served ?? this.acceptHub(this.endpointOf(hub), stream, options);
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

  /**
   * The ways into the endpoints of channels, for clients of tests.
   *
   * @internal
   * @throws SignalRError when the application closes.
   */
  channelEntries(): readonly EndpointEntry[] {
    if (this.connections.isClosed) throw useErrors.closed();
    return this.channels.entries;
  }

  private acceptHub(endpoint: HubEndpoint, stream: Duplex | WebSocketLike, options: AcceptOptions): Promise<void> {
    const { request, user = request?.user, signal, transferFormat } = options;
    const expiresAt = endpoint.expiryOf(user);
    const transport = transportOver(stream, endpoint.options, transferFormat, this.connections.clock);
    if (this.connections.isClosed) return Promise.resolve(transport.close(TOO_LATE));
    const { refused, ticket } = this.connections.limits.admit(newcomerTo(endpoint, user, request));
    if (refused !== undefined) return Promise.resolve(transport.close(closeReason('failed', { peerCanHear: false, error: refused.error })));
    const connection = this.connections.open(endpoint, transport, endpoint.options, { user, expiresAt, request, ticket });
    if (request !== undefined) linkUser(request, connection);
    return serveGiven(connection, transport, signal);
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

/** Who fails to be known fails at the handshake, too. */
function newcomerTo(endpoint: HubEndpoint, user: unknown, request: OpeningRequest | undefined): Newcomer {
  try {
    return { endpoint: endpoint.name, userIdentifier: endpoint.identify(user), request };
  } catch {
    return { endpoint: endpoint.name, userIdentifier: undefined, request };
  }
}
