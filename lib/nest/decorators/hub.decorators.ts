import 'reflect-metadata';
import { Injectable, Scope } from '@nestjs/common';
import { bootErrors } from '../../common/boot-errors.js';
import { HUB_METADATA, HUB_METHOD_METADATA, type HubDecoratorOptions, type HubMetadata, type HubScope } from '../hub-metadata.js';
import { registerHub } from '../hub-injection.js';
import { ENTRY_PROVIDER, SCOPE_OPTIONS } from '../nest-internals.js';

const SCOPES: readonly HubScope[] = ['singleton', 'connection', 'invocation'];

/** A hub that wants to know when a client comes. */
export interface OnConnected {
  /**
   * Called after the handshake and before the first call of the client, whose calls wait until it is done. A throw refuses the connection.
   *
   * @param parameters - `caller: HubCallerContext`, or whatever decorators make of them.
   */
  onConnected(...parameters: never[]): unknown;
}

/** A hub that wants to know when a client has refreshed its token; there are refreshes with the option `authenticationRefresh`. */
export interface OnAuthenticationRefreshed {
  /**
   * Called when the user of a connection has authenticated anew, in its turn among the calls of the client; `caller.user` is the new one. Refreshes that
   * come while one waits share its call. A throw is logged.
   *
   * @param parameters - `caller: HubCallerContext`, or whatever decorators make of them.
   */
  onAuthenticationRefreshed(...parameters: never[]): unknown;
}

/** A hub that wants to know when a client goes. */
export interface OnDisconnected {
  /**
   * Called once for each connection whose `onConnected` went well, when its end is certain and its calls are done.
   *
   * @param parameters - `caller: HubCallerContext, error?: Error`, or whatever decorators make of them. The error is what ended the connection,
   * where something went wrong; undefined when a side just closed.
   */
  onDisconnected(...parameters: never[]): unknown;
}

/**
 * Makes a class a hub: SignalR clients connect to its path and call its methods with `@HubMethod`. The class becomes injectable; it has to
 * stand in the providers of a module.
 *
 * @param path - where clients find it, such as '/chat'; compared without case.
 * @param options - what this hub does otherwise than the module's options say.
 * @example
 * \@Hub('/chat')
 * export class ChatHub {
 *   \@HubMethod()
 *   add(a: number, b: number) { return a + b; }
 * }
 */
export function Hub(path: string, options: HubDecoratorOptions = {}): ClassDecorator {
  return (target) => {
    if (typeof target !== 'function') throw bootErrors.hubOnMethod();
    if (typeof path !== 'string' || !isPath(path)) throw bootErrors.wrongPath(target.name, path);
    const { scope, ...rest } = options;
    if (scope !== undefined && !SCOPES.includes(scope)) throw bootErrors.wrongScope(target.name, scope);
    const metadata: HubMetadata = { path, scope, options: rest };
    Reflect.defineMetadata(HUB_METADATA, metadata, target);
    // Nest gives global request-scoped enhancers to controllers and to what is marked so.
    Reflect.defineMetadata(ENTRY_PROVIDER, true, target);
    makeInjectable(target, scope);
    registerHub(target as never);
  };
}

/**
 * Lets clients call a method. What it returns, or what its promise becomes, is the answer; what it throws is the answer's error.
 *
 * @param name - what clients call it; the method's own name by default. Compared without case.
 */
export function HubMethod(name?: string): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const hub = typeof target === 'function' ? target.name : target.constructor.name;
    const method: unknown = descriptor?.value;
    if (typeof key !== 'string' || typeof target === 'function' || typeof method !== 'function') {
      throw bootErrors.noClassMethod(hub, String(key));
    }
    if (key === 'then') throw bootErrors.thenable(hub);
    if (name !== undefined && (typeof name !== 'string' || name === '')) throw bootErrors.wrongMethodName(hub, key);
    Reflect.defineMetadata(HUB_METHOD_METADATA, name ?? key, method);
  };
}

/** An `@Injectable` of the application below `@Hub` keeps what it says. */
function makeInjectable(target: object, scope: HubScope | undefined): void {
  if (scope === 'connection' || scope === 'invocation') Injectable({ scope: Scope.REQUEST })(target as never);
  else if (!Reflect.hasOwnMetadata(SCOPE_OPTIONS, target)) Injectable()(target as never);
}

/**
 * What can be the path of a request as it comes: one slash at the beginning, no query, nothing that clients would send escaped, and not where
 * another hub's clients negotiate.
 */
function isPath(path: string): boolean {
  return /^\/(?!\/)[!-~]*$/.test(path) && !/[?#*]|\/:|\/negotiate\/?$/i.test(path);
}
