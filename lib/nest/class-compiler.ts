import type { PipeTransform, Type } from '@nestjs/common';
import type { MetadataScanner, ModuleRef } from '@nestjs/core';
import { bootErrors } from '../common/boot-errors.js';
import type { BoundParameter } from './argument-binding.js';
import type { GateKeepers } from './connect-gate.js';
import type { FoundClass } from './explorer.js';
import { foreignDecoratorOf } from './foreign-decorators.js';
import { compileGuards, compileHandler, type Pipeline, type Step } from './handler-pipeline.js';
import { decoratedMethodOf, type DecoratedMethod } from './hub.methods.js';
import { hookParametersOf, type HubParameter } from './hub.parameters.js';
import type { Language } from './language.js';
import type { EnhancerFinder, HandlerRef, Place } from './nest-internals.js';
import { ScopedHub } from './scoped-hub.js';

/** What compiles every class of an application. */
export interface Workshop {
  readonly finder: EnhancerFinder;
  readonly scanner: MetadataScanner;
  readonly moduleRef: ModuleRef;
}

/** What belongs to one method alone. */
type Method = Pick<Pipeline, 'key' | 'handler' | 'guards' | 'parameters'>;

/** Makes plain functions of the methods of one class, with everything that stands around them. */
export class ClassCompiler {
  protected readonly prototype: Record<string, HandlerRef>;
  private readonly scoped: ScopedHub | undefined;
  private readonly finder: EnhancerFinder;

  constructor(
    protected readonly found: FoundClass,
    private readonly workshop: Workshop,
    protected readonly language: Language,
  ) {
    this.prototype = found.type.prototype as Record<string, HandlerRef>;
    this.finder = workshop.finder;
    this.scoped = found.scope === 'singleton' ? undefined : new ScopedHub(workshop.moduleRef, found.token, found.scope);
  }

  /** What stands for the method when somebody connects. */
  get connectHandler(): HandlerRef {
    return decoratedMethodOf(this.prototype, 'onConnected')?.handler ?? noHandler;
  }

  /** The guards that are asked when somebody connects: global ones, those of the class and those on `onConnected`. */
  get connectGuards(): GateKeepers['guards'] {
    const { scoped, finder, connectHandler: handler } = this;
    const { instance, place, token } = this.found;
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
    return this.finder.isGuarded(this.found.type as Type, this.connectHandler);
  }

  protected get methodNames(): string[] {
    return this.workshop.scanner.getAllMethodNames(this.prototype);
  }

  /** @throws SignalRError for a method under a decorator that means something in classes of another kind alone. */
  protected refuseForeign(instead: string): void {
    for (const key of this.methodNames) {
      const decorator = foreignDecoratorOf(this.prototype, key);
      if (decorator !== undefined) throw bootErrors.foreignMethod(decorator, `${this.found.name}.${key}`, this.language.speaker, instead);
    }
  }

  /** A method that clients call: guards are asked before it, and what they give passes pipes. */
  protected method({ key, handler }: DecoratedMethod, parameters: readonly HubParameter[]): Step {
    return this.stepOf(handler, parameters, (instance, place) => {
      const pipes = this.finder.pipes(instance, handler, place);
      const guards = this.finder.guards(instance, handler, place);
      return this.compile(instance, place, { key, handler, guards, parameters: this.bind(parameters, pipes, place) });
    });
  }

  /** A method that the library calls has no guards, and no pipes but those of its own parameters: its arguments are no client's. */
  protected hook(method: DecoratedMethod): Step {
    const { key, handler } = method;
    const parameters = hookParametersOf(this.prototype[key], method, `${this.found.name}.${key}`, this.language);
    return this.stepOf(handler, parameters, (instance, place) =>
      this.compile(instance, place, { key, handler, guards: [], parameters: this.bind(parameters, [], place) }),
    );
  }

  /** A hook by its name; undefined where the class has none. */
  protected hookNamed(key: string): Step | undefined {
    const method = decoratedMethodOf(this.prototype, key);
    return method && this.hook(method);
  }

  /** The guards of the class alone, for what has no method; undefined where there are none. */
  protected guardOfClass(): Step | undefined {
    const hub = this.found.type as Type;
    const { instance, place } = this.found;
    const isAlwaysFree = this.scoped === undefined && this.complete(noHandler, []) === undefined;
    if (isAlwaysFree && this.finder.guards(instance, noHandler, place).length === 0) return undefined;
    return this.stepOf(noHandler, [], (made, where) =>
      compileGuards(this.finder.guards(made, noHandler, where), { hub, handler: noHandler }),
    );
  }

  private bind(parameters: readonly HubParameter[], pipes: readonly PipeTransform[], place: Place): BoundParameter[] {
    return parameters.map((parameter) => ({ ...parameter, allPipes: [...pipes, ...this.finder.parameterPipes(parameter.pipes, place)] }));
  }

  private compile(instance: object, place: Place, method: Method): Step {
    const interceptors = this.finder.interceptors(instance, method.handler, place);
    const filters = this.finder.filters(instance, method.handler, place);
    return compileHandler(instance, { hub: this.found.type as Type, interceptors, filters, givens: this.language.givens, ...method });
  }

  private stepOf(handler: HandlerRef, parameters: readonly HubParameter[], compile: (instance: object, place: Place) => Step): Step {
    const { instance, place } = this.found;
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
    const { type, token, place, scope } = this.found;
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
