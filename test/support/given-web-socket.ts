import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import {
  GivenWebSocketTransport,
  type GivenWebSocketOptions,
  type WebSocketLike,
} from '../../lib/connections/transports/given-web-socket.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { RecordingEndpoint, type RecordingHandler } from './recording-endpoint.js';

/** Both ends of a WebSocket that nobody serves yet. */
export class WebSocketEnds {
  private constructor(
    readonly server: WebSocketServer,
    readonly client: WebSocket,
    readonly accepted: WebSocket,
  ) {}

  static async open(): Promise<WebSocketEnds> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [[accepted]] = await Promise.all([once(server, 'connection') as Promise<[WebSocket]>, once(client, 'open')]);
    return new WebSocketEnds(server, client, accepted);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.client.terminate();
    this.accepted.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const clock = new FakeClock();

/** Serves a WebSocket object as a connection. */
export function serveGiven(socket: WebSocketLike, options: Partial<GivenWebSocketOptions> = {}): RecordingHandler {
  const endpoint = new RecordingEndpoint();
  const transport = new GivenWebSocketTransport(socket, { closeTimeout: 5_000, mostUnread: 1_048_576, ...options }, clock);
  transport.serve(new ConnectionStore(clock, 15_000, 100).open(endpoint, transport, resolveOptions(connectionOptions), {}));
  return endpoint.handlers[0];
}
