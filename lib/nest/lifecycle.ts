import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import { closeReason } from '../common/close-reason.js';
import { ChannelCore } from '../channels/channel.core.js';
import { ConnectionStore } from '../connections/connection.store.js';
import type { HubGround } from '../hubs/hub.core.js';
import { ChannelAssembly } from './channel.assembly.js';
import { ChannelRegistry } from './channel.registry.js';
import { Doors } from './doors.js';
import { Gateways } from './gateways.js';
import { HubAssembly } from './hub.assembly.js';
import { HubRegistry } from './hub.registry.js';
import type { EventServer } from './server-events.js';
import { SignalRLogger } from './signalr.logger.js';
import { TcpDoors } from './tcp-doors.js';
import { HUB_GROUND } from './tokens.js';

/** How long the end of the application waits for connections to end, in milliseconds; as ASP.NET Core. */
const SHUTDOWN_PATIENCE = 5_000;

/** When what happens: hubs are found before routes are, upgrades taken when all gateways stand, connections ended before the HTTP server waits for them. */
@Injectable()
export class Lifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private assembled: Promise<void> | undefined;

  constructor(
    private readonly assembly: HubAssembly,
    private readonly channelAssembly: ChannelAssembly,
    private readonly channels: ChannelRegistry,
    private readonly channelCore: ChannelCore,
    private readonly hubs: HubRegistry,
    private readonly connections: ConnectionStore,
    private readonly doors: Doors,
    private readonly tcp: TcpDoors,
    private readonly gateways: Gateways,
    private readonly host: HttpAdapterHost,
    private readonly logger: SignalRLogger,
    private readonly modules: ModulesContainer,
    @Inject(HUB_GROUND) private readonly ground: HubGround,
  ) {}

  /**
   * Called while Nest collects middleware: after the application's own `app.use` and `enableCors`, before any route. An application without
   * HTTP never gets here.
   */
  async configureHttp(): Promise<void> {
    await this.assemble();
    const server: unknown = this.host.httpAdapter.getHttpServer?.();
    if (isServer(server)) this.doors.attend(server);
    this.host.httpAdapter.use(this.doors.http.handle);
  }

  async onModuleInit(): Promise<void> {
    await this.assemble();
  }

  async onApplicationBootstrap(): Promise<void> {
    const server: unknown = this.host.httpAdapter?.getHttpServer?.();
    if (isServer(server)) this.doors.takeUpgrades(server);
    await this.gateways.listen();
    await this.tcp.open(this.hubs.endpoints);
    this.hubs.endpoints.forEach((endpoint) => this.logger.served(endpoint, this.tcp.addressOf(endpoint)));
    this.channels.entries.forEach(({ endpoint }) => this.logger.servedChannels(endpoint));
    if (this.hubs.isEmpty && this.channels.entries.length === 0) this.logger.servedNothing();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.doors.close();
    this.tcp.close();
    let cancel: (() => void) | undefined;
    // Without an HTTP server nothing else may keep the process alive, and the application's own hooks come after this one.
    const patience = new Promise<void>((resolve) => (cancel = this.ground.clock.after(SHUTDOWN_PATIENCE, resolve, 'keeps-alive')));
    await Promise.race([this.connections.closeAll(closeReason('shutdown')).then(() => this.channelCore.end()), patience]);
    cancel?.();
    await this.gateways.close();
    this.doors.closeLoose();
  }

  private assemble(): Promise<void> {
    return (this.assembled ??= this.assembleOnce());
  }

  private async assembleOnce(): Promise<void> {
    this.refuseSecondModule();
    this.logger.start();
    await this.assembly.assemble();
    this.channelAssembly.assemble();
  }

  /** Two servers would fight for the same hubs. */
  private refuseSecondModule(): void {
    const others = [...this.modules.values()].filter(({ providers }) => providers.has(Lifecycle));
    if (others.length > 1) throw bootErrors.importedTwice();
  }
}

/** An adapter without a server has an empty one, or none. */
function isServer(server: unknown): server is EventServer {
  return typeof (server as EventServer | undefined)?.listenerCount === 'function';
}
