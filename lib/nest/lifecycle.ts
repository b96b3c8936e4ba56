import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import { closeReason } from '../common/close-reason.js';
import { ConnectionStore } from '../connections/connection.store.js';
import type { HubGround } from '../hubs/hub.core.js';
import type { ModuleOptions } from '../signalr.options.js';
import { Explorer } from './explorer.js';
import { HttpEntrance } from './http-entrance.js';
import { assembleHubs } from './hub.assembly.js';
import { HubRegistry } from './hub.registry.js';
import { SignalRLogger } from './signalr.logger.js';
import { HUB_GROUND, RESOLVED_OPTIONS } from './tokens.js';
import { UpgradeEntrance } from './upgrade-entrance.js';
import { UpgradeRouter, type UpgradingServer } from './upgrade-router.js';

/** How long the end of the application waits for connections to end, in milliseconds; as ASP.NET Core. */
const SHUTDOWN_PATIENCE = 5_000;

/** When what happens: hubs are found before routes are, upgrades taken when all gateways stand, connections ended before the HTTP server waits for them. */
@Injectable()
export class Lifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private isAssembled = false;
  private leaveRouter: (() => void) | undefined;

  constructor(
    private readonly explorer: Explorer,
    private readonly hubs: HubRegistry,
    private readonly connections: ConnectionStore,
    private readonly host: HttpAdapterHost,
    private readonly logger: SignalRLogger,
    private readonly modules: ModulesContainer,
    @Inject(HUB_GROUND) private readonly ground: HubGround,
    @Inject(RESOLVED_OPTIONS) private readonly options: ModuleOptions,
  ) {}

  /**
   * Called while Nest collects middleware: after the application's own `app.use` and `enableCors`, before any route. An application without
   * HTTP never gets here.
   */
  configureHttp(): void {
    this.assemble();
    const { handle } = new HttpEntrance(this.hubs.at, this.connections);
    this.host.httpAdapter.use(handle);
  }

  onModuleInit(): void {
    this.assemble();
  }

  onApplicationBootstrap(): void {
    const server: unknown = this.host.httpAdapter?.getHttpServer?.();
    if (isUpgrading(server)) this.leaveRouter = UpgradeRouter.for(server).add(new UpgradeEntrance(this.hubs.at, this.connections).claim);
    this.hubs.endpoints.forEach((endpoint) => this.logger.served(endpoint));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.leaveRouter?.();
    const { clock } = this.ground;
    const patience = new Promise<void>((resolve) => clock.after(SHUTDOWN_PATIENCE, resolve));
    await Promise.race([this.connections.closeAll(closeReason('shutdown')), patience]);
  }

  private assemble(): void {
    if (this.isAssembled) return;
    this.isAssembled = true;
    this.refuseSecondModule();
    this.logger.start();
    assembleHubs(this.explorer, this.hubs, this.ground, this.options.hubs);
  }

  /** Two servers would fight for the same hubs. */
  private refuseSecondModule(): void {
    const others = [...this.modules.values()].filter(({ providers }) => providers.has(Lifecycle));
    if (others.length > 1) throw bootErrors.importedTwice();
  }
}

/** An adapter without a server has an empty one, or none. */
function isUpgrading(server: unknown): server is UpgradingServer {
  return typeof (server as UpgradingServer | undefined)?.listenerCount === 'function';
}
