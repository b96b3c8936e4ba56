import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolveOptions } from '../../lib/common/options.js';
import type { Connection } from '../../lib/connections/connection.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { LongPollingTransport } from '../../lib/connections/transports/long-polling.js';
import { ServerSentEventsTransport } from '../../lib/connections/transports/server-sent-events.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { RecordingEndpoint, type RecordingHandler } from './recording-endpoint.js';

/** Shorter than the time after which a connection gives up a peer that takes nothing: these suites close transports alone. */
export const TIMES = { pollTimeout: 90_000, sendTimeout: 5_000, disconnectTimeout: 15_000 };

/** A server on a free port that serves one connection of a recording endpoint over a transport that is made of requests. */
export class RequestHost {
  readonly clock = new FakeClock();
  readonly endpoint = new RecordingEndpoint();
  readonly store = new ConnectionStore(this.clock, TIMES.disconnectTimeout, 100);
  private readonly server: Server;
  private connection: Connection | undefined;

  private constructor(
    private readonly kind: 'events' | 'polls',
    private readonly wrap: (response: ServerResponse) => void,
  ) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** @param wrap - what a middleware does to the response that the connection begins with. */
  static async open(kind: 'events' | 'polls', wrap: (response: ServerResponse) => void = () => undefined): Promise<RequestHost> {
    const host = new RequestHost(kind, wrap);
    await new Promise<void>((resolve) => host.server.listen(0, '127.0.0.1', resolve));
    return host;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** The server's side of the connection. */
  next(): Promise<RecordingHandler> {
    return this.endpoint.next();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const transport = this.connection?.transport as LongPollingTransport | ServerSentEventsTransport | undefined;
    if (transport === undefined) this.begin(response);
    else if (request.method === 'POST') response.writeHead((await transport.post(request)) === 'read' ? 200 : 404).end();
    else if (transport instanceof ServerSentEventsTransport) response.writeHead(409).end();
    else if (request.method === 'DELETE') this.terminate(transport, response);
    else if (!transport.isAwaited) response.writeHead(404).end();
    else if (!transport.take(response)) response.writeHead(409).end();
  }

  private terminate(transport: LongPollingTransport, response: ServerResponse): void {
    transport.terminate();
    response.writeHead(202).end();
  }

  private begin(response: ServerResponse): void {
    const { clock, kind, store, endpoint } = this;
    const transport =
      kind === 'polls' ? new LongPollingTransport(TIMES, clock) : new ServerSentEventsTransport(response, TIMES.sendTimeout, clock);
    this.connection = store.open(endpoint, transport, resolveOptions(connectionOptions), {});
    transport.serve(this.connection, response);
    this.wrap(response);
  }
}
