import { ForbiddenException, type CanActivate, type ExecutionContext, type NestInterceptor, type Type } from '@nestjs/common';
import { isObservable, lastValueFrom, type Observable } from 'rxjs';
import { BindingError } from '../common/errors.js';
import { isThenable } from '../common/thenable.js';
import { compileBinding, takesArgumentsAsTheyAre, type BoundParameter } from './argument-binding.js';
import type { Call, Givens } from './call.js';
import { CallExecutionContext } from './call.execution-context.js';
import { ContainedInterceptor } from './contained.js';
import { intercepted } from './intercepted.js';
import { intercept, type BoundFilter, type HandlerRef } from './nest-internals.js';

/** A method with everything that stands around it. */
export interface Pipeline {
  /** The class, and the function whose decorators count: what `getClass()` and `getHandler()` return. */
  readonly hub: Type;
  readonly handler: HandlerRef;
  /** The name of the method. */
  readonly key: string;
  readonly guards: readonly CanActivate[];
  readonly interceptors: NestInterceptor[];
  readonly filters: readonly BoundFilter[];
  readonly parameters: readonly BoundParameter[];
  readonly givens: Givens;
}

/** A part of a call: what it returns is the result, or a promise of it. */
export type Step = (call: Call) => unknown;

/** Methods by name, looked up at each call, so that a spy on the instance is called too. */
type Instance = Record<string, HandlerRef>;

/**
 * Folds everything that stands around a method into one function, in Nest's order: filters, guards, interceptors, pipes, method. What a method
 * does not have costs nothing: bare, a call is the call of the method.
 */
export function compileHandler(instance: object, pipeline: Pipeline): Step {
  const contextOf = (call: Call): ExecutionContext => contextFor(call, pipeline);
  const { guards, interceptors, filters } = pipeline;
  let step = compileMethod(instance as Instance, pipeline, contextOf);
  if (interceptors.length > 0) step = inside(interceptors, pipeline.handler, step, contextOf);
  if (guards.length > 0) step = behind(guards, step, contextOf);
  return filters.length > 0 ? caught(filters, step, contextOf) : step;
}

/** Folds guards that stand around no method into one function, which throws where they let nobody pass. */
export function compileGuards(guards: readonly CanActivate[], pipeline: Pick<Pipeline, 'hub' | 'handler'>): Step {
  return behind(guards, noResult, (call) => contextFor(call, pipeline));
}

function noResult(): void {}

/**
 * Asks guards in their order; awaits only where there is something to await.
 *
 * @returns whether all of them let it pass.
 */
export function activate(guards: readonly CanActivate[], context: ExecutionContext): boolean | Promise<boolean> {
  for (let i = 0; i < guards.length; i++) {
    const verdict = guards[i].canActivate(context);
    if (verdict === true) continue;
    if (typeof verdict === 'boolean') return false;
    return activateOn(guards.slice(i + 1), verdict, context);
  }
  return true;
}

async function activateOn(
  rest: readonly CanActivate[],
  pending: Promise<boolean> | Observable<boolean>,
  context: ExecutionContext,
): Promise<boolean> {
  return (await valueOf(pending)) ? activate(rest, context) : false;
}

function contextFor(call: Call, { hub, handler }: Pick<Pipeline, 'hub' | 'handler'>): ExecutionContext {
  return (call.context ??= new CallExecutionContext(call, hub, handler)) as ExecutionContext;
}

function compileMethod(hub: Instance, { key, parameters, givens }: Pipeline, contextOf: (call: Call) => ExecutionContext): Step {
  if (takesArgumentsAsTheyAre(parameters)) return (call) => hub[key](...call.arguments);
  const bind = compileBinding(parameters, contextOf, givens);
  return (call) => {
    const values = bind(call);
    return Array.isArray(values) ? hub[key](...values) : values.then((bound) => hub[key](...bound));
  };
}

function behind(guards: readonly CanActivate[], next: Step, contextOf: (call: Call) => ExecutionContext): Step {
  return (call) => {
    const verdict = activate(guards, contextOf(call));
    return typeof verdict === 'boolean' ? pass(verdict, call, next) : verdict.then((isActive) => pass(isActive, call, next));
  };
}

function pass(isActive: boolean, call: Call, next: Step): unknown {
  if (!isActive) throw new ForbiddenException('Forbidden resource');
  return next(call);
}

function inside(interceptors: NestInterceptor[], handler: HandlerRef, next: Step, contextOf: (call: Call) => ExecutionContext): Step {
  return (call) =>
    intercepted(
      call,
      () => next(call),
      (run, report) => {
        const contained = interceptors.map((interceptor) => new ContainedInterceptor(interceptor, report));
        return intercept(contained, contextOf(call), handler, run);
      },
    );
}

/** Arguments that do not fit are between the client and the library; everything else that a call throws is offered to the filters. */
function caught(filters: readonly BoundFilter[], next: Step, contextOf: (call: Call) => ExecutionContext): Step {
  const handle = (error: unknown, call: Call): unknown => {
    const filter = error instanceof BindingError ? undefined : filters.find((candidate) => catches(candidate, error));
    if (filter === undefined) throw error;
    return valueOf(filter.func(error, contextOf(call)));
  };
  return (call) => {
    try {
      const result = next(call);
      // A thenable of somebody else may not know how to be chained.
      return isThenable(result) ? Promise.resolve(result).then(undefined, (error: unknown) => handle(error, call)) : result;
    } catch (error) {
      return handle(error, call);
    }
  };
}

function catches({ exceptionMetatypes }: BoundFilter, error: unknown): boolean {
  return exceptionMetatypes.length === 0 || exceptionMetatypes.some((type) => error instanceof type);
}

async function valueOf<T>(result: T | Promise<T> | Observable<T>): Promise<T> {
  const value: unknown = await result;
  return (isObservable(value) ? await lastValueFrom(value, { defaultValue: undefined }) : value) as T;
}
