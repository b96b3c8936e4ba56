import 'reflect-metadata';
import type { CanActivate, ExceptionFilter, ExecutionContext, NestInterceptor, PipeTransform, Type } from '@nestjs/common';
import type { ApplicationConfig, ContextId, ModulesContainer } from '@nestjs/core';
import { ExternalExceptionFilterContext } from '@nestjs/core/exceptions/external-exception-filter-context.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { GuardsContextCreator } from '@nestjs/core/guards/guards-context-creator.js';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator.js';
import { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator.js';
import type { Observable } from 'rxjs';

/** What `__filter__` and its like are to Nest: the keys of metadata that its own decorators write. */
export const ROUTE_ARGUMENTS = '__routeArguments__';
export const CUSTOM_ARGUMENT = '__customRouteArgs__';
export const ENTRY_PROVIDER = '__entryProvider__';
export const SCOPE_OPTIONS = 'scope:options';

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

/** A filter that is ready to catch, and the classes that it catches; none of them is all of them. */
export interface BoundFilter {
  readonly func: ExceptionFilter['catch'];
  readonly exceptionMetatypes: readonly Type[];
}

/** What Nest calls its container, as far as the creators below look at it. */
type Container = ConstructorParameters<typeof GuardsContextCreator>[0];

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

  /** @param config - where the global ones stand; without it there are none. */
  constructor(modules: ModulesContainer, config: ApplicationConfig | undefined) {
    const container = { getModules: () => modules } as Container;
    this.guardsCreator = new GuardsContextCreator(container, config);
    this.pipesCreator = new PipesContextCreator(container, config);
    this.interceptorsCreator = new InterceptorsContextCreator(container, config);
    this.filtersCreator = new FiltersCreator(container, config);
  }

  guards(instance: object, handler: HandlerRef, { module, contextId, provider }: Place): CanActivate[] {
    return this.guardsCreator.create(instance, handler, module, contextId, provider);
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

  /** The pipes of one parameter: instances as they are, classes as the container has them. */
  parameterPipes(pipes: readonly unknown[], { module, contextId, provider }: Place): PipeTransform[] {
    this.pipesCreator.setModuleContext(module);
    return this.pipesCreator.createConcreteContext([...pipes], contextId, provider);
  }
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
