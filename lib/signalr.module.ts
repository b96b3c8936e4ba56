import { ConfigurableModuleBuilder, Global, Module, type DynamicModule, type NestModule } from '@nestjs/common';
import { Channels } from './channels/channels.js';
import { Presence } from './channels/presence.js';
import { noteCopy } from './common/copies.js';
import { Callers } from './nest/callers.js';
import { EndingModule } from './nest/ending.js';
import { HubInjectionModule } from './nest/hub-injection.js';
import { Lifecycle } from './nest/lifecycle.js';
import { serverProviders } from './nest/providers.js';
import { SignalREvents } from './nest/signalr.events.js';
import { SignalRHealth } from './nest/signalr.health.js';
import { SignalRServer } from './nest/signalr.server.js';
import { MODULE_OPTIONS, RESOLVED_OPTIONS } from './nest/tokens.js';
import { resolveModuleOptions, type SignalRModuleAsyncOptions, type SignalRModuleOptions } from './signalr.options.js';

noteCopy();

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<SignalRModuleOptions>({ optionsInjectionToken: MODULE_OPTIONS })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSignalROptions')
  .build();

/**
 * Serves the `@Hub` classes of an application to SignalR clients, and its `@Channel` classes to clients of channels. Import it once, in the root
 * module; what it provides is then there in every module: `HubClients`, `HubGroups`, `HubConnections`, `Channels`, `Presence`, `SignalRServer`,
 * `SignalREvents` and `SignalRHealth`.
 *
 * @example
 * \@Module({ imports: [SignalRModule.forRoot()], providers: [ChatHub] })
 * export class AppModule {}
 */
@Global()
@Module({
  imports: [HubInjectionModule, EndingModule],
  providers: [
    { provide: MODULE_OPTIONS, useValue: {} },
    { provide: RESOLVED_OPTIONS, useFactory: resolveModuleOptions, inject: [MODULE_OPTIONS] },
    ...serverProviders,
  ],
  exports: [Callers, Channels, Presence, SignalREvents, SignalRHealth, SignalRServer, HubInjectionModule],
})
export class SignalRModule extends ConfigurableModuleClass implements NestModule {
  constructor(private readonly lifecycle: Lifecycle) {
    super();
  }

  /**
   * The module with options that are known when the class is decorated.
   *
   * @throws at boot, a SignalRError for an option that does not exist and a value that is not allowed.
   */
  static override forRoot(options: SignalRModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** The module with options that depend on other providers: by `useFactory` and `inject`, `useClass` or `useExisting`. */
  static override forRootAsync(options: SignalRModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
  }

  /** Called by Nest while it collects middleware. */
  configure(): Promise<void> {
    return this.lifecycle.configureHttp();
  }
}
