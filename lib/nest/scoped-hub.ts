import { ContextIdFactory, type ContextId, type ModuleRef } from '@nestjs/core';
import type { HubCall } from '../hubs/hub.call.js';
import type { HubCallerContext } from '../hubs/hub.caller-context.js';
import type { Step } from './handler-pipeline.js';

/** An instance of a hub and the part of Nest's container that belongs to it. */
export interface ScopedInstance {
  readonly instance: object;
  readonly contextId: ContextId;
  /** The methods that were compiled for it, by key. */
  readonly steps: Map<string, Step>;
}

/** Makes a method's function for one instance. */
export type CompileStep = (scoped: ScopedInstance) => Step;

/**
 * A hub of which there is more than one instance. Nothing of them outlives its connection or its call: Nest keeps what it makes in weak maps by
 * the context id, and so does this.
 */
export class ScopedHub {
  private readonly instances = new WeakMap<HubCallerContext, Promise<ScopedInstance>>();

  /** @param token - under which the hub is provided. */
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly token: Parameters<ModuleRef['resolve']>[0],
    private readonly scope: 'connection' | 'invocation',
  ) {}

  /** A method as the dispatcher calls it: finds the instance first. */
  step(key: string, compile: CompileStep): Step {
    return async (call) => {
      const scoped = await this.instanceFor(call);
      const step = scoped.steps.get(key) ?? compile(scoped);
      scoped.steps.set(key, step);
      return step(call);
    };
  }

  /** An instance for what is no call: a request that may become a connection. */
  resolve(request: object): Promise<ScopedInstance> {
    return this.make(request);
  }

  private instanceFor({ caller }: HubCall): Promise<ScopedInstance> {
    if (this.scope === 'invocation') return this.make(caller);
    const known = this.instances.get(caller) ?? this.make(caller);
    this.instances.set(caller, known);
    return known;
  }

  private async make(request: object): Promise<ScopedInstance> {
    const contextId = ContextIdFactory.create();
    this.moduleRef.registerRequestByContextId(request, contextId);
    const instance = await this.moduleRef.resolve<object>(this.token, contextId, { strict: false });
    return { instance, contextId, steps: new Map() };
  }
}
