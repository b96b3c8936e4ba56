import type { PipeTransform, Type } from '@nestjs/common';
import type { MetadataScanner, ModuleRef } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import type { HubDescriptor, HubMethodDescriptor } from '../hubs/hub.descriptor.js';
import type { BoundParameter } from './argument-binding.js';
import type { GateKeepers } from './connect-gate.js';
import type { FoundHub } from './explorer.js';
import { compileHandler, type Pipeline, type Step } from './handler-pipeline.js';
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
    const { scoped, finder, connectHandler: handler } = this;
    const { instance, place, token } = this.hub;
    const completed = this.complete(handler, []);
    if (scoped === undefined && completed === undefined) return finder.guards(instance, handler, place);
    return async (request) => {
      await completed;
      const contextId = scoped?.begin(request);
      if (contextId !== undefined) await finder.loadGuards(token, place.module, contextId);
      return finder.guards(instance, handler, { ...place, contextId });
    };
  }

  /** Whether there are any of those. */
  get isGuarded(): boolean {
    return this.finder.isGuarded(this.hub.type as Type, this.connectHandler);
  }

  private findMethods(optionalArguments: 'declared' | 'all'): HubMethodDescriptor[] {
    const { name } = this.hub;
    return this.scanner.getAllMethodNames(this.prototype).flatMap((key) => {
      const method = hubMethodOf(this.prototype, key);
      if (method === undefined) return [];
      const parameters = parametersOf(this.prototype[key], method, `${name}.${key}`);
      const arity = arityOf(parameters, this.prototype[key].length, optionalArguments);
      const uploads = parameters.filter(({ kind }) => kind === 'upload').length;
      return [{ name: method.name, ...arity, uploads, handler: this.method(method, parameters) }];
    });
  }

  private method({ key, handler }: FoundMethod, parameters: readonly HubParameter[]): Step {
    return this.stepOf(handler, parameters, (instance, place) => {
      const pipes = this.finder.pipes(instance, handler, place);
      const guards = this.finder.guards(instance, handler, place);
      return this.compile(instance, place, { key, handler, guards, parameters: this.bind(parameters, pipes, place) });
    });
  }

  /** A hook has no guards but those of the connection, and no pipes but those of its own parameters: its arguments are no client's. */
  private hook(key: 'onConnected' | 'onDisconnected'): Step | undefined {
    const method = decoratedMethodOf(this.prototype, key);
    if (method === undefined) return undefined;
    const { handler } = method;
    const parameters = hookParametersOf(this.prototype[key], method, `${this.hub.name}.${key}`);
    return this.stepOf(handler, parameters, (instance, place) =>
      this.compile(instance, place, { key, handler, guards: [], parameters: this.bind(parameters, [], place) }),
    );
  }

  private bind(parameters: readonly HubParameter[], pipes: readonly PipeTransform[], place: Place): BoundParameter[] {
    return parameters.map((parameter) => ({ ...parameter, allPipes: [...pipes, ...this.finder.parameterPipes(parameter.pipes, place)] }));
  }

  private compile(instance: object, place: Place, method: Pick<Pipeline, 'key' | 'handler' | 'guards' | 'parameters'>): Step {
    const interceptors = this.finder.interceptors(instance, method.handler, place);
    const filters = this.finder.filters(instance, method.handler, place);
    return compileHandler(instance, { hub: this.hub.type as Type, interceptors, filters, ...method });
  }

  private stepOf(handler: HandlerRef, parameters: readonly HubParameter[], compile: (instance: object, place: Place) => Step): Step {
    const { instance, place } = this.hub;
    const { scoped } = this;
    const completed = this.complete(
      handler,
      parameters.flatMap(({ pipes }) => pipes),
    );
    const make = (): Step =>
      scoped === undefined
        ? compile(instance, place)
        : scoped.step((made) => compile(made.instance, { ...place, contextId: made.contextId }));
    return completed === undefined ? make() : late(completed.then(make));
  }

  /** What Nest has not made is made while the application starts; who calls before that waits, and where it fails every call does. */
  private complete(handler: HandlerRef, pipes: readonly unknown[]): Promise<void> | undefined {
    const { type, token, place, scope } = this.hub;
    const surroundings = { hub: type as Type, handler, pipes, token, module: place.module, isSingleton: scope === 'singleton' };
    const completed = this.finder.complete(surroundings);
    completed?.catch(noHandler);
    return completed;
  }
}

/** A step that is not compiled yet. */
function late(compiling: Promise<Step>): Step {
  compiling.catch(noHandler);
  return async (call) => (await compiling)(call);
}

function noHandler(): void {}
