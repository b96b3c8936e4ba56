import 'reflect-metadata';
import { Injectable, Scope } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import type { HubClass } from '../hubs/hub.source.js';
import type { HubOptions } from '../hubs/hub.options.js';
import { metadataOf } from './channel-metadata.js';
import { hubMetadata, isHub, nameOf, type HubMetadata, type HubScope } from './hub-metadata.js';
import type { Place } from './nest-internals.js';

/** Nest's own record of a provider. */
type Provider = ReturnType<DiscoveryService['getProviders']>[number];

/** A decorated class that was found among the providers. */
export interface FoundClass {
  /** The class that its methods are found in. */
  readonly type: HubClass;
  readonly token: Provider['token'];
  readonly name: string;
  readonly scope: HubScope;
  /** The one instance of a singleton; of another class, an object of it on which nothing but decorators may be looked up. */
  readonly instance: object;
  readonly place: Place;
}

/** A hub that was found among the providers. */
export interface FoundHub extends FoundClass {
  /** The classes by which it may be asked for: its own, and the token under which it is provided. */
  readonly classes: readonly HubClass[];
  readonly path: string;
  readonly options: HubOptions;
}

/** A channel, or an endpoint, that was found among the providers, and what its decorator says. */
export interface FoundChannel<M> extends FoundClass {
  readonly metadata: M;
}

/** Whether a class has a decorator. */
type IsDecorated = (target: unknown) => boolean;

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
    return this.find(isHub).map((provider) => {
      const hub = classOf(provider, isHub) as HubClass;
      const { path, scope, options } = hubMetadata(hub) as HubMetadata;
      const classes = isHub(provider.token) ? [hub, provider.token] : [hub];
      return { ...describe(provider, hub, scope), classes, path, options };
    });
  }

  /**
   * The classes of all modules of which a decorator has said something under this key, in the order in which they are provided.
   *
   * @throws SignalRError for one that two modules provide, and for one that is transient.
   */
  findDecorated<M>(key: string): FoundChannel<M>[] {
    const isDecorated: IsDecorated = (target) => metadataOf(key, target) !== undefined;
    return this.find(isDecorated).map((provider) => {
      const type = classOf(provider, isDecorated) as HubClass;
      return { ...describe(provider, type, undefined), metadata: metadataOf<M>(key, type) as M };
    });
  }

  /** Every class that Nest has made, or is to make, an instance of: providers, controllers and what `@UseGuards` and its like name. */
  findClasses(): Set<unknown> {
    const providers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    const enhancers = this.discovery.getProviders().flatMap(({ host }) => [...(host?.injectables.values() ?? [])]);
    return new Set([...providers, ...enhancers].map(({ metatype }) => metatype));
  }

  private find(isDecorated: IsDecorated): Provider[] {
    const providers = this.discovery.getProviders().filter((provider) => !provider.isAlias && classOf(provider, isDecorated) !== undefined);
    for (const provider of providers) refuseDoubles(provider, providers, isDecorated);
    return providers;
  }
}

/** A decorated class is its provider's, or, for a factory or a value, the token under which it is provided. */
function classOf({ metatype, token, isNotMetatype }: Provider, isDecorated: IsDecorated): HubClass | undefined {
  if (!isNotMetatype && isDecorated(metatype)) return metatype as HubClass;
  return isDecorated(token) ? (token as HubClass) : undefined;
}

function refuseDoubles(provider: Provider, providers: readonly Provider[], isDecorated: IsDecorated): void {
  const type = classOf(provider, isDecorated);
  const same = providers.filter((other) => classOf(other, isDecorated) === type);
  if (same.length > 1)
    throw bootErrors.providedTwice(
      nameOf(type),
      same.map(({ host }) => nameOf(host?.metatype)),
    );
}

function describe(provider: Provider, type: HubClass, wanted: HubScope | undefined): FoundClass {
  const name = nameOf(type);
  const scope = scopeOf(provider, wanted, name);
  const instance = provider.instance as object;
  return {
    type: scope === 'singleton' ? (instance.constructor as HubClass) : type,
    token: provider.token,
    name,
    scope,
    instance,
    place: { module: provider.host?.token ?? '', provider: provider.id },
  };
}

function scopeOf(provider: Provider, scope: HubScope | undefined, name: string): HubScope {
  if (provider.scope === Scope.TRANSIENT) throw bootErrors.transientHub(name);
  if (provider.isDependencyTreeStatic()) return 'singleton';
  if (scope === 'singleton') throw bootErrors.notSingleton(name);
  return scope ?? 'connection';
}
