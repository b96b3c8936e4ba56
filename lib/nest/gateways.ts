import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import { resolveOptions } from '../common/options.js';
import { ChannelCore } from '../channels/channel.core.js';
import { ChannelEndpoint } from '../channels/channel.endpoint.js';
import { EndpointEntry } from '../channels/channel.entry.js';
import { resolveEndpointOptions } from '../channels/channel.options.js';
import type { ChannelDialect } from '../channels/dialect.js';
import { OriginPolicy } from '../connections/allowed-origins.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { normalizePath } from '../connections/request-query.js';
import type { HubGround } from '../hubs/hub.core.js';
import { HubEndpoint } from '../hubs/hub.endpoint.js';
import { hubOptions } from '../hubs/hub.options.js';
import type { ModuleOptions } from '../signalr.options.js';
import { ChannelGatewayEndpoint } from './channel-gateway.endpoint.js';
import { ChannelRegistry } from './channel.registry.js';
import { visitOf } from './channel-visit.js';
import { ConnectGate } from './connect-gate.js';
import { Doors } from './doors.js';
import { GatewayEndpoint, type ServedGateways } from './gateway.endpoint.js';
import { gatewayGuards } from './gateway-guards.js';
import { shieldHooks } from './gateway.hooks.js';
import { HubRegistry } from './hub.registry.js';
import { GATEWAY } from './nest-internals.js';
import { HUB_GROUND, RESOLVED_OPTIONS } from './tokens.js';

/** The plain gateways that `SignalRAdapter` serves: one endpoint for each path, and a server of its own for each port of its own. */
@Injectable()
export class Gateways {
  private readonly servers = new Map<number, Server>();
  /** By path, those in which no hub is spoken. */
  private readonly dialects = new Map<string, ChannelDialect>();
  private readonly served = new Set<ServedGateways>();
  private areHooksShielded = false;

  constructor(
    private readonly hubs: HubRegistry,
    private readonly channels: ChannelRegistry,
    private readonly channelCore: ChannelCore,
    private readonly connections: ConnectionStore,
    private readonly doors: Doors,
    private readonly modules: ModulesContainer,
    @Inject(HUB_GROUND) private readonly ground: HubGround,
    @Inject(RESOLVED_OPTIONS) private readonly options: ModuleOptions,
  ) {}

  /** Whether none is served. */
  get isEmpty(): boolean {
    return this.served.size === 0;
  }

  /** Gateways at this path are served over a dialect of channels. */
  speak(path: string, dialect: ChannelDialect): void {
    this.dialects.set(normalizePath(path), dialect);
  }

  /** Whether gateways at a path are served over a dialect of channels. */
  speaks(path: string): boolean {
    return this.dialects.has(normalizePath(path));
  }

  /**
   * Makes the endpoint of a path. It is served from the first gateway on that waits for clients there.
   *
   * @param port - 0 for the application's own.
   */
  make(path: string, port: number): ServedGateways {
    if (port !== 0 && !this.servers.has(port)) this.servers.set(port, createServer(notFound));
    if (!this.areHooksShielded) this.shieldGateways();
    const dialect = this.dialects.get(normalizePath(path));
    if (dialect === undefined) return new GatewayEndpoint(path, this.ground);
    const guards = gatewayGuards(this.modules, path, port);
    return new ChannelGatewayEndpoint(path, dialect, this.channelCore.ground, this.ground.limits, guards);
  }

  /** @throws SignalRError when a hub or another gateway is served at the path. */
  serve(gateway: ServedGateways): void {
    if (this.served.has(gateway)) return;
    if (gateway instanceof ChannelGatewayEndpoint) this.serveChannels(gateway);
    else this.serveHub(gateway as GatewayEndpoint);
    this.served.add(gateway);
  }

  private serveHub(gateway: GatewayEndpoint): void {
    const options = resolveOptions(hubOptions, { from: 'the options of SignalRModule', options: this.options.hubs });
    const endpoint = new HubEndpoint(gateway.descriptor, gateway.core, options, gateway.source);
    this.hubs.addGateway({ endpoint, gate: this.gateOf(gateway), origins: new OriginPolicy(options.allowedOrigins) });
  }

  private serveChannels(gateway: ChannelGatewayEndpoint): void {
    const { dialect, name } = gateway.descriptor;
    const options = resolveEndpointOptions(this.options.channels.shared, {}, name, dialect);
    const endpoint = new ChannelEndpoint(gateway.descriptor, gateway.core, options);
    const token = (request: IncomingMessage): string | undefined => dialect.token(visitOf(request, undefined));
    const entry = new EndpointEntry(endpoint, this.connections);
    this.channels.addGateway({ endpoint, entry, gate: this.gateOf(gateway, token), origins: new OriginPolicy(options.allowedOrigins) });
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

  /** Guards of gateways stand before messages and joins, and before no connection. */
  private gateOf(gateway: ServedGateways, token?: (request: IncomingMessage) => string | undefined): ConnectGate {
    const report = (doing: string, error: unknown): void => gateway.report(doing, error);
    const { authenticate } = this.options.server;
    return new ConnectGate({ hub: GatewayEndpoint, handler: noHandler, guards: [], authenticate, token, report });
  }

  /** @throws SignalRError for a dialect that nobody speaks: its path is none of a gateway. */
  private checkDialects(): void {
    const paths = Array.from(this.served, ({ path }) => path);
    const unknown = [...this.dialects.keys()].find((path) => !paths.some((known) => normalizePath(known) === path));
    if (unknown !== undefined) throw bootErrors.dialectForNobody(unknown, paths);
  }

  /**
   * Opens the ports of gateways that have their own.
   *
   * @throws SignalRError for what was said of a gateway that is not there.
   */
  async listen(): Promise<void> {
    this.checkDialects();
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

function noHandler(): void {}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404).end();
}
