import type { CanActivate, Type } from '@nestjs/common';
import type { MetadataScanner, ModuleRef } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import type { HubDescriptor, HubMethodDescriptor } from '../hubs/hub.descriptor.js';
import type { GateKeepers } from './connect-gate.js';
import type { FoundHub } from './explorer.js';
import { compileHandler, type Step } from './handler-pipeline.js';
import { decoratedMethodOf, hubMethodOf, type FoundMethod } from './hub.methods.js';
import { arityOf, hookParametersOf, parametersOf, type HubParameter } from './hub.parameters.js';
import type { EnhancerFinder, HandlerRef, Place } from './nest-internals.js';
import { ScopedHub } from './scoped-hub.js';

/** Makes plain functions of one hub class. */
export class HubCompiler {
  private readonly scoped: ScopedHub | undefined;
  private readonly prototype: Record<string, HandlerRef>;

  constructor(
    private readonly hub: FoundHub,
    private readonly finder: EnhancerFinder,
    private readonly scanner: MetadataScanner,
    moduleRef: ModuleRef,
  ) {
    this.prototype = hub.type.prototype as Record<string, HandlerRef>;
    this.scoped = hub.scope === 'singleton' ? undefined : new ScopedHub(moduleRef, hub.token, hub.scope);
  }

  /**
   * The hub as plain data.
   *
   * @throws SignalRError for methods that clients could not tell apart and for parameters that cannot be served.
   */
  describe(path: string, optionalArguments: 'declared' | 'all'): HubDescriptor {
    const { name } = this.hub;
    const methods = new Map<string, HubMethodDescriptor>();
    for (const method of this.findMethods(optionalArguments)) {
      const key = method.name.toLowerCase();
      const other = methods.get(key);
      if (other !== undefined) throw bootErrors.sameMethod(name, other.name, method.name);
      methods.set(key, method);
    }
    return { name, path, methods, onConnected: this.hook('onConnected'), onDisconnected: this.hook('onDisconnected') };
  }

  /** What stands for the method when somebody connects. */
  get connectHandler(): HandlerRef {
    return decoratedMethodOf(this.prototype, 'onConnected')?.handler ?? noHandler;
  }

  /** The guards that are asked when somebody connects: global ones, those of the class and those on `onConnected`. */
  get connectGuards(): GateKeepers['guards'] {
    const { scoped, finder, connectHandler } = this;
    const { instance, place } = this.hub;
    if (scoped === undefined) return finder.guards(instance, connectHandler, place);
    return async (request) => {
      const made = await scoped.resolve(request);
      return finder.guards(made.instance, connectHandler, { ...place, contextId: made.contextId });
    };
  }

  private findMethods(optionalArguments: 'declared' | 'all'): HubMethodDescriptor[] {
    const { name } = this.hub;
    return this.scanner.getAllMethodNames(this.prototype).flatMap((key) => {
      const method = hubMethodOf(this.prototype, key);
      if (method === undefined) return [];
      const parameters = parametersOf(this.prototype[key], method, `${name}.${key}`);
      const arity = arityOf(parameters, this.prototype[key].length, optionalArguments);
      return [{ name: method.name, ...arity, handler: this.method(method, parameters) }];
    });
  }

  private method({ key, handler }: FoundMethod, parameters: readonly HubParameter[]): Step {
    return this.stepOf(key, (instance, place) => {
      const { finder } = this;
      const pipes = finder.pipes(instance, handler, place);
      const bound = parameters.map((parameter) => ({
        ...parameter,
        allPipes: [...pipes, ...finder.parameterPipes(parameter.pipes, place)],
      }));
      const guards = finder.guards(instance, handler, place);
      return this.compile(instance, key, handler, place, guards, bound);
    });
  }

  /** A hook has no guards and no pipes: its guards are those of the connection, and its arguments are no client's. */
  private hook(key: 'onConnected' | 'onDisconnected'): Step | undefined {
    const method = decoratedMethodOf(this.prototype, key);
    if (method === undefined) return undefined;
    const parameters = hookParametersOf(this.prototype[key], method, `${this.hub.name}.${key}`).map((parameter) => ({
      ...parameter,
      allPipes: [],
    }));
    return this.stepOf(key, (instance, place) => this.compile(instance, key, method.handler, place, [], parameters));
  }

  private compile(
    instance: object,
    key: string,
    handler: HandlerRef,
    place: Place,
    guards: readonly CanActivate[],
    parameters: Parameters<typeof compileHandler>[1]['parameters'],
  ): Step {
    const interceptors = this.finder.interceptors(instance, handler, place);
    const filters = this.finder.filters(instance, handler, place);
    return compileHandler(instance, { hub: this.hub.type as Type, handler, key, guards, interceptors, filters, parameters });
  }

  private stepOf(key: string, compile: (instance: object, place: Place) => Step): Step {
    const { instance, place } = this.hub;
    if (this.scoped === undefined) return compile(instance, place);
    return this.scoped.step(key, (scoped) => compile(scoped.instance, { ...place, contextId: scoped.contextId }));
  }
}

function noHandler(): void {}
