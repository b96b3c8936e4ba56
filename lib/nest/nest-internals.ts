import 'reflect-metadata';
import type { CanActivate, ExceptionFilter, ExecutionContext, InjectionToken, NestInterceptor, PipeTransform, Type } from '@nestjs/common';
import type { ApplicationConfig, ContextId, ModulesContainer } from '@nestjs/core';
import { ExternalExceptionFilterContext } from '@nestjs/core/exceptions/external-exception-filter-context.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { GuardsContextCreator } from '@nestjs/core/guards/guards-context-creator.js';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { Injector } from '@nestjs/core/injector/injector.js';
import { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator.js';
import { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator.js';
import type { Observable } from 'rxjs';
import { bootErrors } from '../common/boot-errors.js';

/** What `__filter__` and its like are to Nest: the keys of metadata that its own decorators write. */
export const ROUTE_ARGUMENTS = '__routeArguments__';
export const CUSTOM_ARGUMENT = '__customRouteArgs__';
export const ENTRY_PROVIDER = '__entryProvider__';
export const SCOPE_OPTIONS = 'scope:options';
export const GATEWAY = 'websockets:is_gateway';
export const GATEWAY_OPTIONS = 'websockets:gateway_options';
export const GATEWAY_PORT = 'port';
export const SUBSCRIBE_MESSAGE = 'websockets:message_mapping';

/** Nest goes by how far a module stands from the root, which stands at 1, and takes the nearest down first. */
const BEFORE_ALL = -1;

/** A method of a hub, with the decorators that stand above it. */
export type HandlerRef = (...values: unknown[]) => unknown;

/** One provider's place in Nest's container. */
export interface Place {
  /** The key of its module. */
  readonly module: string;
  /** Nest's id of the provider: transient enhancers are found by it. */
  readonly provider: string;
  /** One request's part of the container; the part that all share by default. */
  readonly contextId?: ContextId;
}

/** A method of a hub, and what is to be known to find all that stands around it. */
export interface Surroundings {
  readonly hub: Type;
  readonly handler: HandlerRef;
  /** Those of its parameters: instances and classes. */
  readonly pipes: readonly unknown[];
  /** The key of the hub's module, and the token under which it is provided there. */
  readonly module: string;
  readonly token: InjectionToken;
  readonly isSingleton: boolean;
}

/** A filter that is ready to catch, and the classes that it catches; none of them is all of them. */
export interface BoundFilter {
  readonly func: ExceptionFilter['catch'];
  readonly exceptionMetatypes: readonly Type[];
}

/** What Nest calls its container, as far as the creators below look at it. */
type Container = ConstructorParameters<typeof GuardsContextCreator>[0];

/** A module in it, and one provider or enhancer of a module. */
type Module = NonNullable<ReturnType<ModulesContainer['get']>>;
type Wrapper = NonNullable<ReturnType<Module['injectables']['get']>>;

/** The kinds of what stands around a method, by the keys under which decorators write them down. */
const ENHANCERS = [
  ['__guards__', 'guard'],
  ['__interceptors__', 'interceptor'],
  ['__exceptionFilters__', 'filter'],
  ['__pipes__', 'pipe'],
] as const;

type EnhancerKind = (typeof ENHANCERS)[number][1];

class FiltersCreator extends ExternalExceptionFilterContext {
  /** Those of the method first, then the class', then the global ones: the order in which they are asked. */
  find(instance: object, handler: HandlerRef, { module, contextId = STATIC_CONTEXT, provider }: Place): BoundFilter[] {
    this.moduleContext = module;
    return this.createContext<unknown[], BoundFilter[]>(instance, handler, '__exceptionFilters__', contextId, provider).reverse();
  }
}

/** Finds the guards, pipes, interceptors and filters of a method: global, of its class and its own, as Nest does for controllers. */
export class EnhancerFinder {
  private readonly guardsCreator: GuardsContextCreator;
  private readonly pipesCreator: PipesContextCreator;
  private readonly interceptorsCreator: InterceptorsContextCreator;
  private readonly filtersCreator: FiltersCreator;
  private readonly injector = new Injector();
  private readonly making = new Map<Wrapper, Promise<void>>();

  /** @param config - where the global ones stand; without it there are none. */
  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig | undefined,
  ) {
    const container = { getModules: () => modules } as Container;
    this.guardsCreator = new GuardsContextCreator(container, config);
    this.pipesCreator = new PipesContextCreator(container, config);
    this.interceptorsCreator = new InterceptorsContextCreator(container, config);
    this.filtersCreator = new FiltersCreator(container, config);
  }

  guards(instance: object, handler: HandlerRef, { module, contextId, provider }: Place): CanActivate[] {
    return this.guardsCreator.create(instance, handler, module, contextId, provider);
  }

  /** Whether a guard is asked about a handler at all, those among them that each request has for itself. */
  isGuarded(hub: Type, handler: HandlerRef): boolean {
    const isNamed = [...enhancersOf(hub), ...enhancersOf(handler)].some(([, kind]) => kind === 'guard');
    const { config } = this;
    return isNamed || (config !== undefined && config.getGlobalGuards().length + config.getGlobalRequestGuards().length > 0);
  }

  pipes(instance: object, handler: HandlerRef, { module, contextId, provider }: Place): PipeTransform[] {
    return this.pipesCreator.create(instance, handler, module, contextId, provider);
  }

  interceptors(instance: object, handler: HandlerRef, { module, contextId, provider }: Place): NestInterceptor[] {
    return this.interceptorsCreator.create(instance, handler, module, contextId, provider);
  }

  filters(instance: object, handler: HandlerRef, place: Place): BoundFilter[] {
    return this.filtersCreator.find(instance, handler, place);
  }

  /**
   * Makes those enhancers that Nest has not made. It looks for them on the classes in the providers of a module, and does not find the hub behind
   * a factory, nor what stands on a method that is overridden; and what it has not made it leaves out, guards as well.
   *
   * @returns undefined where nothing is missing.
   */
  complete(surroundings: Surroundings): Promise<void> | undefined {
    const enhancers = [...enhancersOf(surroundings.hub), ...enhancersOf(surroundings.handler), ...surroundings.pipes.map(asPipe)];
    const classes = enhancers.filter((entry): entry is [Type, EnhancerKind] => typeof entry[0] === 'function');
    const made = classes.flatMap(([type, kind]) => this.make(type, kind, surroundings) ?? []);
    return made.length === 0 ? undefined : Promise.all(made).then(() => undefined);
  }

  /** Makes those guards of a provider that each request has for itself, without the provider. */
  async loadGuards(token: InjectionToken, module: string, contextId: ContextId): Promise<void> {
    const provider = this.modules.get(module)?.providers.get(token);
    const guards = (provider?.getEnhancersMetadata() ?? []).filter(({ subtype, host }) => subtype === 'guard' && host !== undefined);
    await Promise.all(guards.map((guard) => this.injector.loadInjectable(guard, guard.host as Module, contextId, provider)));
  }

  /**
   * A guard that no decorator names, made with what the hub's module has to inject.
   *
   * @throws SignalRError where each request would need one of its own.
   */
  async makeGuard(type: Type<CanActivate>, hub: string, key: string): Promise<CanActivate> {
    const module = this.modules.get(key) as Module;
    const guard = (module.injectables.get(type) ?? module.addInjectable(type, 'guard')) as Wrapper;
    await this.injector.loadInjectable(guard, module, STATIC_CONTEXT);
    if (!guard.isDependencyTreeStatic()) throw bootErrors.scopedConnectGuard(hub, type.name);
    return guard.instance as CanActivate;
  }

  /** The pipes of one parameter: instances as they are, classes as the container has them. */
  parameterPipes(pipes: readonly unknown[], { module, contextId, provider }: Place): PipeTransform[] {
    this.pipesCreator.setModuleContext(module);
    return this.pipesCreator.createConcreteContext([...pipes], contextId, provider);
  }

  private make(type: Type, kind: EnhancerKind, { module: key, token, isSingleton }: Surroundings): Promise<void> | undefined {
    const module = this.modules.get(key);
    const known = module?.injectables.get(type);
    if (module === undefined || known !== undefined) return known && this.making.get(known);
    const enhancer = module.addInjectable(type, kind, token as Type) as Wrapper;
    const making = this.load(enhancer, module, token, isSingleton);
    this.making.set(enhancer, making);
    return making;
  }

  private async load(enhancer: Wrapper, module: Module, token: InjectionToken, isSingleton: boolean): Promise<void> {
    await this.injector.loadInjectable(enhancer, module, STATIC_CONTEXT, module.providers.get(token));
    if (isSingleton && !enhancer.isDependencyTreeStatic()) throw bootErrors.lateEnhancer(enhancer.name as string);
  }
}

/** Has a module taken down before all others, whoever imports it. Nest looks at that once, before the first hook of the application. */
export function endFirst(type: Type, modules: ModulesContainer): void {
  for (const module of modules.values()) if (module.metatype === type) module.distance = BEFORE_ALL;
}

function asPipe(pipe: unknown): [unknown, EnhancerKind] {
  return [pipe, 'pipe'];
}

function enhancersOf(target: object): [unknown, EnhancerKind][] {
  return ENHANCERS.flatMap(([key, kind]) => {
    const found = (Reflect.getMetadata(key, target) as unknown[] | undefined) ?? [];
    return found.map((enhancer): [unknown, EnhancerKind] => [enhancer, kind]);
  });
}

/** Runs interceptors as Nest does, with an execution context of our own instead of the one that it would make. */
class HubInterceptors extends InterceptorsConsumer {
  override createContext(args: unknown[]): ReturnType<InterceptorsConsumer['createContext']> {
    return args[0] as ReturnType<InterceptorsConsumer['createContext']>;
  }
}

const interceptorsConsumer = new HubInterceptors();

/**
 * Runs a method inside its interceptors.
 *
 * @param context - the execution context that they see; it has `setType`.
 * @param next - runs the method.
 * @returns what they make of its result: nothing has run until it is subscribed to.
 */
export async function intercept(
  interceptors: NestInterceptor[],
  context: object,
  handler: HandlerRef,
  next: () => Promise<unknown>,
): Promise<Observable<unknown>> {
  return (await interceptorsConsumer.intercept(interceptors, [context], context, handler, next, 'ws')) as Observable<unknown>;
}

/** The execution context of a request that may become a connection: of type 'http', as a controller's. */
export function httpContext(request: object, response: object, hub: Type, handler: HandlerRef): ExecutionContext {
  const context = new ExecutionContextHost([request, response], hub, handler);
  context.setType('http');
  return context;
}
