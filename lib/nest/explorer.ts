import 'reflect-metadata';
import { Injectable, Scope } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import type { HubClass } from '../hubs/hub.source.js';
import type { HubOptions } from '../hubs/hub.options.js';
import { hubMetadata, isHub, nameOf, type HubMetadata, type HubScope } from './hub-metadata.js';
import type { Place } from './nest-internals.js';

/** Nest's own record of a provider. */
type Provider = ReturnType<DiscoveryService['getProviders']>[number];

/** A hub that was found among the providers. */
export interface FoundHub {
  /** The class that its methods are found in. */
  readonly type: HubClass;
  /** The classes by which it may be asked for: its own, and the token under which it is provided. */
  readonly classes: readonly HubClass[];
  readonly token: Provider['token'];
  readonly name: string;
  readonly path: string;
  readonly scope: HubScope;
  readonly options: HubOptions;
  /** The one instance of a singleton; of another hub, an object of its class on which nothing but decorators may be looked up. */
  readonly instance: object;
  readonly place: Place;
}

/** Finds the decorated classes among the providers of the application. */
@Injectable()
export class Explorer {
  constructor(private readonly discovery: DiscoveryService) {}

  /**
   * The hubs of all modules.
   *
   * @throws SignalRError for a hub that two modules provide, and for one whose scope its dependencies do not allow.
   */
  findHubs(): FoundHub[] {
    const providers = this.discovery.getProviders().filter((provider) => !provider.isAlias && hubClassOf(provider) !== undefined);
    for (const provider of providers) refuseDoubles(provider, providers);
    return providers.map(describe);
  }

  /** Every class that Nest has made, or is to make, an instance of: providers, controllers and what `@UseGuards` and its like name. */
  findClasses(): Set<unknown> {
    const providers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    const enhancers = this.discovery.getProviders().flatMap(({ host }) => [...(host?.injectables.values() ?? [])]);
    return new Set([...providers, ...enhancers].map(({ metatype }) => metatype));
  }
}

/** A hub's class is its provider's, or, for a factory or a value, the token under which it is provided. */
function hubClassOf({ metatype, token, isNotMetatype }: Provider): HubClass | undefined {
  if (!isNotMetatype && isHub(metatype)) return metatype;
  return isHub(token) ? token : undefined;
}

function refuseDoubles(provider: Provider, providers: readonly Provider[]): void {
  const same = providers.filter((other) => hubClassOf(other) === hubClassOf(provider));
  if (same.length > 1)
    throw bootErrors.providedTwice(
      nameOf(hubClassOf(provider)),
      same.map(({ host }) => nameOf(host?.metatype)),
    );
}

function describe(provider: Provider): FoundHub {
  const hub = hubClassOf(provider) as HubClass;
  const metadata = hubMetadata(hub) as HubMetadata;
  const scope = scopeOf(provider, metadata, nameOf(hub));
  const instance = provider.instance as object;
  return {
    type: scope === 'singleton' ? (instance.constructor as HubClass) : hub,
    classes: isHub(provider.token) ? [hub, provider.token] : [hub],
    token: provider.token,
    name: nameOf(hub),
    path: metadata.path,
    scope,
    options: metadata.options,
    instance,
    place: { module: provider.host?.token ?? '', provider: provider.id },
  };
}

function scopeOf(provider: Provider, { scope }: HubMetadata, name: string): HubScope {
  if (provider.scope === Scope.TRANSIENT) throw bootErrors.transientHub(name);
  if (provider.isDependencyTreeStatic()) return 'singleton';
  if (scope === 'singleton') throw bootErrors.notSingleton(name);
  return scope ?? 'connection';
}
