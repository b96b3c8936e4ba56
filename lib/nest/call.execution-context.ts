import type { ContextType, ExecutionContext, Type } from '@nestjs/common';
import type { Call } from './call.js';
import type { HandlerRef } from './nest-internals.js';

/** What stands for the request of a connection that has none. */
interface RequestLike {
  headers: Record<string, string | undefined>;
  url: string;
  method: string;
  user: unknown;
}

const standIns = new WeakMap<object, RequestLike>();

/**
 * What guards, pipes, interceptors and filters see of a call. It is of type 'ws', and yet `switchToHttp().getRequest()` is the request that opened
 * the connection: guards that were written for controllers find headers and user where they look for them.
 */
export class CallExecutionContext implements ExecutionContext {
  constructor(
    private readonly call: Call,
    private readonly type: Type,
    private readonly handler: HandlerRef,
  ) {}

  getType<T extends string = ContextType>(): T {
    return 'ws' as T;
  }

  /** Nest sets the type of contexts that it makes itself; this one's is fixed. */
  setType(): void {}

  /** The hub, or the channel. */
  getClass<T = unknown>(): Type<T> {
    return this.type as Type<T>;
  }

  /** The method. */
  getHandler(): HandlerRef {
    return this.handler;
  }

  getArgs<T extends unknown[] = unknown[]>(): T {
    return [this.call.caller, this.call.data, this.call, this.call.target] as unknown[] as T;
  }

  getArgByIndex<T = unknown>(index: number): T {
    return this.getArgs()[index] as T;
  }

  switchToWs(): this {
    return this;
  }

  switchToHttp(): this {
    return this;
  }

  switchToRpc(): this {
    return this;
  }

  /** The `HubCallerContext`, or the `ChannelSocket`. */
  getClient<T = unknown>(): T {
    return this.call.caller as T;
  }

  /** The arguments of the call, or the payload of the event. */
  getData<T = unknown>(): T {
    return this.call.data as T;
  }

  /** The name that was called, as the client wrote it. */
  getPattern(): string {
    return this.call.target;
  }

  /** The call itself, as messages of a microservice have a context. */
  getContext<T = unknown>(): T {
    return this.call as T;
  }

  /** The request that opened the connection, with its user. */
  getRequest<T = unknown>(): T {
    return (this.call.opener.request ?? standInFor(this.call.opener)) as T;
  }

  /** A call has no response of its own. */
  getResponse<T = unknown>(): T {
    return undefined as T;
  }

  getNext<T = unknown>(): T {
    return undefined as T;
  }
}

/** Raw streams and test clients have no request, but their user has to be where guards look for it. */
function standInFor(caller: Call['opener']): RequestLike {
  const known = standIns.get(caller);
  if (known !== undefined) return known;
  const made = Object.defineProperty({ headers: {}, url: '', method: 'GET', user: undefined }, 'user', {
    get: () => caller.user,
    set: (user: unknown) => {
      caller.user = user;
    },
  }) as RequestLike;
  standIns.set(caller, made);
  return made;
}
