import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import type { HubClass } from '../hubs/hub.clients.js';
import type { HubCall } from '../hubs/hub.call.js';
import type { HubDescriptor, HubMethodDescriptor } from '../hubs/hub.descriptor.js';
import type { HubOptions } from '../hubs/hub.options.js';
import { compileHandler } from './handler-pipeline.js';
import { hubMetadata, isHub, nameOf } from './hub-metadata.js';
import { arityOf, hookParametersOf, parametersOf, wireNameOf } from './hub.methods.js';

/** Nest's own record of a provider. */
type Provider = ReturnType<DiscoveryService['getProviders']>[number];

/** A hub that was found among the providers. */
export interface FoundHub {
  /** The classes by which it may be asked for: its own, and the token under which it is provided. */
  readonly classes: readonly HubClass[];
  readonly name: string;
  readonly path: string;
  readonly options: HubOptions;
  readonly instance: object;
}

/** Turns decorated classes into descriptors. */
@Injectable()
export class Explorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /**
   * The hubs of all modules.
   *
   * @throws SignalRError for a hub that is not a singleton or that two modules provide.
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

  /**
   * A hub as plain data.
   *
   * @throws SignalRError for methods that clients could not tell apart and for parameters that cannot be served.
   */
  describeHub({ name, path, instance }: FoundHub, optionalArguments: 'declared' | 'all'): HubDescriptor {
    const methods = new Map<string, HubMethodDescriptor>();
    for (const method of this.findMethods(name, instance, optionalArguments)) {
      const key = method.name.toLowerCase();
      const other = methods.get(key);
      if (other !== undefined) throw bootErrors.sameMethod(name, other.name, method.name);
      methods.set(key, method);
    }
    return { name, path, methods, onConnected: hookOf(instance, 'onConnected'), onDisconnected: hookOf(instance, 'onDisconnected') };
  }

  private findMethods(hub: string, instance: object, optionalArguments: 'declared' | 'all'): HubMethodDescriptor[] {
    const prototype = Object.getPrototypeOf(instance) as Record<string, (...values: unknown[]) => unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((key) => {
      const name = wireNameOf(prototype, key);
      if (name === undefined) return [];
      const parameters = parametersOf(prototype, key, `${hub}.${key}`);
      const arity = arityOf(parameters, prototype[key].length, optionalArguments);
      return [{ name, ...arity, handler: compileHandler(instance, key, parameters) }];
    });
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
  if (!provider.isDependencyTreeStatic()) throw bootErrors.notSingleton(nameOf(hubClassOf(provider)));
}

function describe(provider: Provider): FoundHub {
  const hub = hubClassOf(provider) as HubClass;
  const { path, options } = hubMetadata(hub) as NonNullable<ReturnType<typeof hubMetadata>>;
  const classes = isHub(provider.token) ? [hub, provider.token] : [hub];
  return { classes, name: nameOf(hub), path, options, instance: provider.instance as object };
}

/** Hooks take the same decorators as methods, and no more arguments than their interface says. */
function hookOf(instance: object, key: 'onConnected' | 'onDisconnected'): ((call: HubCall) => unknown) | undefined {
  const prototype = Object.getPrototypeOf(instance) as object;
  if (typeof (prototype as Record<string, unknown>)[key] !== 'function') return undefined;
  return compileHandler(instance, key, hookParametersOf(prototype, key));
}
