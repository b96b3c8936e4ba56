import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { resolveOptions } from '../common/options.js';
import { OriginPolicy } from '../connections/allowed-origins.js';
import { normalizePath } from '../connections/request-query.js';
import type { HubGround } from '../hubs/hub.core.js';
import { HubEndpoint } from '../hubs/hub.endpoint.js';
import { hubOptions } from '../hubs/hub.options.js';
import type { ModuleOptions } from '../signalr.options.js';
import { ConnectGate } from './connect-gate.js';
import { Doors } from './doors.js';
import { shieldHooks } from './gateway.client.js';
import { GatewayEndpoint } from './gateway.endpoint.js';
import { HubRegistry } from './hub.registry.js';
import { GATEWAY } from './nest-internals.js';
import { HUB_GROUND, RESOLVED_OPTIONS } from './tokens.js';

/** The plain gateways that `SignalRAdapter` serves: one endpoint for each path, and a server of its own for each port of its own. */
@Injectable()
export class Gateways {
  private readonly servers = new Map<number, Server>();
  private areHooksShielded = false;

  constructor(
    private readonly hubs: HubRegistry,
    private readonly doors: Doors,
    private readonly modules: ModulesContainer,
    @Inject(HUB_GROUND) private readonly ground: HubGround,
    @Inject(RESOLVED_OPTIONS) private readonly options: ModuleOptions,
  ) {}

  /**
   * Makes the endpoint of a path. It is served from the first gateway on that waits for clients there.
   *
   * @param port - 0 for the application's own.
   */
  make(path: string, port: number): GatewayEndpoint {
    if (port !== 0 && !this.servers.has(port)) this.servers.set(port, createServer(notFound));
    if (!this.areHooksShielded) this.shieldGateways();
    return new GatewayEndpoint(path, this.ground);
  }

  /** @throws SignalRError when a hub or another gateway is served at the path. */
  serve(gateway: GatewayEndpoint): void {
    const served = this.hubs.at(normalizePath(gateway.descriptor.path));
    if (served?.endpoint.core === gateway.core) return;
    const options = resolveOptions(hubOptions, { from: 'the options of SignalRModule', options: this.options.hubs });
    const endpoint = new HubEndpoint(gateway.descriptor, gateway.core, options, gateway.source);
    this.hubs.addGateway({ endpoint, gate: this.gateOf(gateway), origins: new OriginPolicy(options.allowedOrigins) });
  }

  /** All of them, and before Nest binds their hooks: it says of none for which gateway it asks for a server. */
  private shieldGateways(): void {
    this.areHooksShielded = true;
    for (const { providers } of this.modules.values()) {
      for (const provider of providers.values()) {
        const { metatype, instance } = provider;
        if (!instance || typeof metatype !== 'function' || !Reflect.hasMetadata(GATEWAY, metatype)) continue;
        shieldHooks(provider.isDependencyTreeStatic() ? instance : metatype.prototype);
      }
    }
  }

  /** Guards of gateways are Nest's affair, and stand before messages alone. */
  private gateOf({ core, handler }: GatewayEndpoint): ConnectGate {
    const report = (doing: string, error: unknown): void => core.report(doing, error);
    return new ConnectGate({ hub: GatewayEndpoint, handler, guards: [], authenticate: this.options.server.authenticate, report });
  }

  /** Opens the ports of gateways that have their own. */
  async listen(): Promise<void> {
    for (const [port, server] of this.servers) {
      this.doors.takeRequests(server);
      this.doors.takeUpgrades(server);
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
    }
  }

  /** Closes them again. All SignalR connections have ended by then; who has connected and said nothing would keep a server open for ever. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.servers.values(), closeServer));
  }
}

function closeServer(server: Server): Promise<unknown> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  return closed;
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404).end();
}
