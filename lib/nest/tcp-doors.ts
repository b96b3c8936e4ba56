import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { bootErrors } from '../common/boot-errors.js';
import { asError } from '../common/errors.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { addressIn } from '../connections/network.js';
import { DuplexTransport } from '../connections/transports/duplex.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';

/** Where a hub is served over TCP. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** The ports on which hubs are served without HTTP. */
@Injectable()
export class TcpDoors {
  private readonly listeners = new Map<HubEndpoint, Server>();

  constructor(private readonly connections: ConnectionStore) {}

  /**
   * Opens the ports of all hubs that are to have one.
   *
   * @throws SignalRError for a port that cannot be listened on; then none is open.
   */
  async open(endpoints: readonly HubEndpoint[]): Promise<void> {
    for (const endpoint of endpoints) if (endpoint.options.tcp.port !== undefined) await this.listen(endpoint);
  }

  /** Where a hub is served, while it is. */
  addressOf(endpoint: HubEndpoint): TcpAddress | undefined {
    const bound = this.listeners.get(endpoint)?.address() as AddressInfo | null | undefined;
    return bound ? { host: bound.address, port: bound.port } : undefined;
  }

  /** Nobody gets in any more. The connections that are there are left to those who end them. */
  close(): void {
    for (const listener of this.listeners.values()) listener.close();
    this.listeners.clear();
  }

  private async listen(endpoint: HubEndpoint): Promise<void> {
    const { descriptor, options } = endpoint;
    // Half open, for a client that has ended its own side still gets what it was sent before, and a goodbye. Calls that still run get no answer.
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.serve(endpoint, socket));
    try {
      await once(listener.listen(options.tcp), 'listening');
    } catch (error) {
      this.close();
      throw bootErrors.portNotOpened(descriptor.name, options.tcp, asError(error));
    }
    listener.on('error', (error) => endpoint.report('listening for TCP connections', error));
    this.listeners.set(endpoint, listener);
  }

  private serve(endpoint: HubEndpoint, socket: Socket): void {
    if (this.connections.isClosed) return void socket.destroy();
    const newcomer = { endpoint: endpoint.name, userIdentifier: undefined, address: addressIn(socket.remoteAddress) };
    const { refused, ticket } = this.connections.limits.admit(newcomer);
    if (refused !== undefined) return void socket.destroy();
    const transport = new DuplexTransport(socket, endpoint.options.webSocket.closeTimeout, this.connections.clock);
    transport.serve(this.connections.open(endpoint, transport, endpoint.options, { ticket }));
  }
}
