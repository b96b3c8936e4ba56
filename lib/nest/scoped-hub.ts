import { ContextIdFactory, type ContextId, type ModuleRef } from '@nestjs/core';
import type { Call } from './call.js';
import type { Step } from './handler-pipeline.js';

/** An instance of a hub and the part of Nest's container that belongs to it. */
export interface ScopedInstance {
  readonly instance: object;
  readonly contextId: ContextId;
  /** What was compiled for it, by its compiler: a hook and a method may have the same name. */
  readonly steps: Map<CompileStep, Step>;
}

/** Makes a method's function for one instance. */
export type CompileStep = (scoped: ScopedInstance) => Step;

/**
 * A hub of which there is more than one instance. Nothing of them outlives its connection or its call: Nest keeps what it makes in weak maps by
 * the context id, and so does this.
 */
export class ScopedHub {
  private readonly instances = new WeakMap<object, Promise<ScopedInstance>>();

  /** @param token - under which the hub is provided. */
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly token: Parameters<ModuleRef['resolve']>[0],
    private readonly scope: 'connection' | 'invocation',
  ) {}

  /** A method as the dispatcher calls it: finds the instance first. */
  step(compile: CompileStep): Step {
    return async (call) => {
      const scoped = await this.instanceFor(call);
      const step = scoped.steps.get(compile) ?? compile(scoped);
      scoped.steps.set(compile, step);
      return step(call);
    };
  }

  /** A part of the container for one caller, or for a request that may become one. */
  begin(request: object): ContextId {
    const contextId = ContextIdFactory.getByRequest(request);
    this.moduleRef.registerRequestByContextId(request, contextId);
    return contextId;
  }

  private instanceFor({ owner }: Call): Promise<ScopedInstance> {
    if (this.scope === 'invocation') return this.make(owner);
    const known = this.instances.get(owner);
    if (known !== undefined) return known;
    const made = this.make(owner);
    this.instances.set(owner, made);
    // What failed may go well for the next call.
    made.catch(() => this.instances.delete(owner));
    return made;
  }

  private async make(caller: object): Promise<ScopedInstance> {
    const contextId = this.begin(caller);
    const instance = await this.moduleRef.resolve<object>(this.token, contextId, { strict: false });
    return { instance, contextId, steps: new Map() };
  }
}
