import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions, type ConnectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { WebSocketUpgrades } from '../../lib/connections/transports/web-socket.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { RecordingEndpoint, type RecordingHandler } from './recording-endpoint.js';

/** A server on a free port that serves every upgrade as a connection of one recording endpoint. */
export class WebSocketHost {
  readonly clock = new FakeClock();
  readonly endpoint = new RecordingEndpoint();
  private readonly store = new ConnectionStore(this.clock, 15_000, 100);
  private readonly sockets = new Set<Duplex>();

  private constructor(
    private readonly server: Server,
    options: ConnectionOptions,
  ) {
    const resolved = resolveOptions(connectionOptions, { from: 'the test', options });
    const upgrades = new WebSocketUpgrades(resolved, this.clock);
    server.on('upgrade', (request, socket, head) => {
      this.sockets.add(socket);
      upgrades.upgrade(request, socket, head, (transport) => {
        transport.serve(this.store.open(this.endpoint, transport, resolved, { request }));
      });
    });
  }

  static async open(options: ConnectionOptions = {}): Promise<WebSocketHost> {
    const server = createServer();
    const host = new WebSocketHost(server, options);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return host;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/chat`;
  }

  /** The server's side of the next connection. */
  next(): Promise<RecordingHandler> {
    return this.endpoint.next();
  }

  /** The socket below a connection, for what only the network does to it. */
  socketOf({ connection }: RecordingHandler): Duplex {
    return [...this.sockets].find((socket) => socket === connection.request?.socket) as Duplex;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
