import { Inject, Injectable, type CanActivate, type Type } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModuleRef, ModulesContainer } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import { optionErrors } from '../common/errors.js';
import { resolveOptions } from '../common/options.js';
import { OriginPolicy } from '../connections/allowed-origins.js';
import { HubCore, type HubGround } from '../hubs/hub.core.js';
import type { HistorySettings } from '../hubs/hub.history.js';
import { HubEndpoint } from '../hubs/hub.endpoint.js';
import { hubOptions, type ConnectGuard, type ResolvedHubOptions } from '../hubs/hub.options.js';
import { serverOptions } from '../hubs/server.options.js';
import type { ModuleOptions } from '../signalr.options.js';
import { ConnectGate, type GateKeepers } from './connect-gate.js';
import { Explorer, type FoundHub } from './explorer.js';
import { prefixed } from './global-prefix.js';
import { HubCompiler } from './hub.compiler.js';
import { wishes } from './hub-injection.js';
import { isHub, nameOf } from './hub-metadata.js';
import { HubRegistry } from './hub.registry.js';
import { EnhancerFinder } from './nest-internals.js';
import type { ServedHub } from './served.js';
import { checkPort, checkTcp } from './tcp-options.js';
import { HUB_GROUND, RESOLVED_OPTIONS } from './tokens.js';

/** Makes endpoints of the hubs that the explorer finds. */
@Injectable()
export class HubAssembly {
  constructor(
    private readonly explorer: Explorer,
    private readonly hubs: HubRegistry,
    private readonly scanner: MetadataScanner,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    @Inject(HUB_GROUND) private readonly ground: HubGround,
    @Inject(RESOLVED_OPTIONS) private readonly options: ModuleOptions,
  ) {}

  /** @throws SignalRError for everything that is wrong with a hub, and for somebody who asks for a hub that is none. */
  async assemble(): Promise<void> {
    const finder = new EnhancerFinder(this.modules, this.options.server.globalEnhancers ? this.config : undefined);
    for (const found of this.explorer.findHubs()) this.hubs.add(found.classes, await this.serve(found, finder));
    checkTcp(this.hubs.endpoints, this.options.hubs.tcp);
    checkWishes(this.explorer.findClasses(), this.hubs);
    this.hubs.complete();
  }

  private async serve(found: FoundHub, finder: EnhancerFinder): Promise<ServedHub> {
    const options = this.optionsOf(found);
    const compiler = new HubCompiler(found, { finder, scanner: this.scanner, moduleRef: this.moduleRef });
    const path = this.pathOf(found);
    const descriptor = compiler.describe(path, options);
    const core = new HubCore(found.name, path, this.ground, keptBy(found, options));
    const endpoint = new HubEndpoint(descriptor, core, options, this.hubs.source(found.name, found.classes[0]));
    this.checkTcpOf(found, compiler, options);
    const extra = await Promise.all(options.connectGuards.map((guard) => this.guardInstance(guard, found, finder)));
    return { endpoint, gate: this.gateOf(found, compiler, core, extra), origins: new OriginPolicy(options.allowedOrigins) };
  }

  private optionsOf({ path, name, options }: FoundHub): ResolvedHubOptions {
    const from = `@Hub('${path}') on ${name}`;
    const ofTheModule = Object.keys(options).find((one) => one === 'channels' || Object.hasOwn(serverOptions, one));
    if (ofTheModule !== undefined) throw optionErrors.notOfOne(ofTheModule, from);
    return resolveOptions(hubOptions, { from: 'the options of SignalRModule', options: this.options.hubs }, { from, options });
  }

  /** Whoever connects over TCP brings no request: guards would let in anybody, or nobody. */
  private checkTcpOf({ name, options: own }: FoundHub, compiler: HubCompiler, { tcp, connectGuards }: ResolvedHubOptions): void {
    checkPort(name, own.tcp, tcp.port);
    const asksWho = compiler.isGuarded || connectGuards.length > 0 || this.options.server.authenticate !== undefined;
    if (asksWho && tcp.port !== undefined) throw bootErrors.guardedTcp(name);
  }

  private gateOf({ type }: FoundHub, compiler: HubCompiler, core: HubCore, extra: readonly CanActivate[]): ConnectGate {
    const { connectGuards: own, connectHandler: handler } = compiler;
    const guards: GateKeepers['guards'] =
      typeof own === 'function' ? async (request) => [...(await own(request)), ...extra] : [...own, ...extra];
    const report = (doing: string, error: unknown): void => core.report(doing, error);
    return new ConnectGate({ hub: type as Type, handler, guards, authenticate: this.options.server.authenticate, report });
  }

  /** A class that is a provider of some module is that one; another gets an instance of its own, as with `@UseGuards`. */
  private async guardInstance(guard: ConnectGuard, { name, place }: FoundHub, finder: EnhancerFinder): Promise<CanActivate> {
    if (typeof guard !== 'function') return guard as CanActivate;
    const type = guard as unknown as Type<CanActivate>;
    try {
      return this.moduleRef.get(type, { strict: false });
    } catch {
      return finder.makeGuard(type, name, place.module);
    }
  }

  private pathOf({ path }: FoundHub): string {
    return this.options.server.useGlobalPrefix ? prefixed(path, this.config) : path;
  }
}

/** How much a hub keeps of what is sent to its groups. */
function keptBy({ name }: FoundHub, { history, protocols }: ResolvedHubOptions): HistorySettings | undefined {
  if (history === false) return undefined;
  const without = protocols.find((protocol) => typeof protocol.addArgument !== 'function');
  if (without !== undefined) throw bootErrors.noHistoryIn(name, without.name);
  return { ...history, protocols };
}

/** Decorators note down their wishes for the whole process; only those of this application's own classes are its affair. */
function checkWishes(classes: ReadonlySet<unknown>, hubs: HubRegistry): void {
  for (const { asker, decorator, hub } of wishes) {
    if (!isAmong(classes, asker)) continue;
    const wanted = hub();
    if (wanted === undefined) throw bootErrors.undefinedHub(decorator, nameOf(asker));
    if (!isHub(wanted)) throw bootErrors.notAHub(decorator, nameOf(wanted), nameOf(asker));
    if (!hubs.has(wanted)) throw bootErrors.hubNotProvided(decorator, nameOf(wanted), nameOf(asker));
  }
}

/** A class, or one that extends it and so inherits its constructor. */
function isAmong(classes: ReadonlySet<unknown>, asker: unknown): boolean {
  if (classes.has(asker)) return true;
  return [...classes].some((known) => typeof known === 'function' && known.prototype instanceof (asker as new () => object));
}
