import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import { ChannelCore } from '../channels/channel.core.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { Drain } from '../connections/drain.js';
import { ChannelAssembly } from './channel.assembly.js';
import { ChannelRegistry } from './channel.registry.js';
import { Doors } from './doors.js';
import { Ending, EndingModule } from './ending.js';
import { Gateways } from './gateways.js';
import { HubAssembly } from './hub.assembly.js';
import { HubRegistry } from './hub.registry.js';
import { endFirst } from './nest-internals.js';
import type { EventServer } from './server-events.js';
import { SignalRHealth } from './signalr.health.js';
import { SignalRLogger } from './signalr.logger.js';
import { TcpDoors } from './tcp-doors.js';

/** When what happens: hubs are found before routes are, upgrades taken when all gateways stand, connections ended before anything is taken down that their calls need. */
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
    private readonly health: SignalRHealth,
    private readonly drain: Drain,
    ending: Ending,
  ) {
    endFirst(EndingModule, modules);
    ending.whenItComes = () => this.end();
  }

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
    if (this.channels.entries.length === 0) this.warnOfNoEndpoint();
    this.health.rise();
  }

  /** The HTTP server closes next: nobody comes any more who would have to be turned away. */
  async beforeApplicationShutdown(): Promise<void> {
    this.doors.close();
    await this.gateways.close();
    this.doors.closeLoose();
    this.logger.finish();
  }

  /** Nobody new is let in any more, and whoever is there is sent away. */
  private async end(): Promise<void> {
    this.health.fall();
    this.doors.refuse();
    this.tcp.close();
    this.connections.shut();
    await this.drain.run(() => this.channelCore.end(), this.logger);
  }

  private warnOfNoEndpoint(): void {
    const { channels } = this.channelCore;
    if (channels.length > 0) this.logger.unreachable(channels);
    else if (this.hubs.isEmpty && this.gateways.isEmpty) this.logger.servedNothing();
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
