import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { closeReason } from '../common/close-reason.js';
import { useErrors } from '../common/errors.js';
import type { OpeningRequest } from '../connections/connection.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { normalizePath } from '../connections/request-query.js';
import { DuplexTransport } from '../connections/transports/duplex.js';
import type { HubClass } from '../hubs/hub.source.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import { Doors } from './doors.js';
import { HubRegistry } from './hub.registry.js';
import { linkUser } from './request-user.js';

/** What is known of a connection that does not come over HTTP. */
export interface AcceptOptions {
  /** Who it is; what `caller.user` is. The application has made sure of that. */
  readonly user?: unknown;
  /** The request that led to it, where there was one; what `caller.request` is, and whose `user` it is where no other is given. */
  readonly request?: OpeningRequest & { user?: unknown };
  /** Ends the connection when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Before anything is opened: a connection over something else would never end. */
function check(stream: Partial<Duplex> | undefined, signal: Partial<AbortSignal> | undefined): void {
  const isStream = typeof stream?.on === 'function' && typeof stream.write === 'function' && typeof stream.destroy === 'function';
  if (!isStream) throw useErrors.noStream(stream);
  if (signal !== undefined && typeof signal.addEventListener !== 'function') throw useErrors.noSignal(signal);
}

/** The server itself, for connections that find their way to it otherwise than by its paths. */
@Injectable()
export class SignalRServer {
  constructor(
    private readonly hubs: HubRegistry,
    private readonly connections: ConnectionStore,
    private readonly doors: Doors,
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
   * Serves one connection over a stream of bytes: a TCP socket, a pipe, one end of a pair in a test. The handshake comes first, as over any
   * transport, and the messages' own framing is all there is.
   *
   * @param hub - the class of the hub, or the path at which it is served.
   * @returns settles when the connection has ended and its hooks are done; it never rejects for what the peer does. When the application closes,
   * the stream is destroyed at once.
   * @throws SignalRError for a class or a path that is no hub, for what is no stream, and before the application has started.
   */
  accept(hub: HubClass | string, stream: Duplex, options: AcceptOptions = {}): Promise<void> {
    const endpoint = this.endpointOf(hub);
    const { request, user = request?.user, signal } = options;
    check(stream, signal);
    if (this.connections.isClosed) return Promise.resolve(void stream.destroy());
    const transport = new DuplexTransport(stream, endpoint.options.webSocket.closeTimeout, this.connections.clock);
    const connection = this.connections.open(endpoint, transport, endpoint.options, { user, request });
    if (request !== undefined) linkUser(request, connection);
    const abort = (): void => connection.close(closeReason('aborted'));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    transport.serve(connection);
    return connection.ended().then(() => signal?.removeEventListener('abort', abort));
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
