import { bootErrors } from '../common/boot-errors.js';
import { HUB_METHOD_METADATA, nameOf } from './hub-metadata.js';
import { ROUTE_ARGUMENTS, type HandlerRef } from './nest-internals.js';

/** A method as its decorators tell it: those of the class that has some, which may be an ancestor of the one that has the code. */
export interface DecoratedMethod {
  /** Its name in the class. */
  readonly key: string;
  /** The function whose decorators count. */
  readonly handler: HandlerRef;
  /** The prototype that the function stands on. */
  readonly owner: object;
}

/** A decorator of ours that makes a method one that is called. */
export interface Mark {
  /** The key under which it writes. */
  readonly metadata: string;
  /** What it makes of a method, and how it is written, for texts. */
  readonly thing: string;
  readonly decorator: string;
}

const HUB_METHOD: Mark = { metadata: HUB_METHOD_METADATA, thing: 'hub method', decorator: '@HubMethod()' };

/** A method that clients may call. */
export interface FoundMethod extends DecoratedMethod {
  /** What clients call it. */
  readonly name: string;
}

/**
 * The method that stands behind a name of a class, or undefined if clients cannot call it. An override without decorators keeps the name, the
 * parameters and the enhancers of the nearest ancestor that has some.
 *
 * @throws SignalRError for an override that has some, but no `@HubMethod`.
 */
export function hubMethodOf(prototype: object, key: string): FoundMethod | undefined {
  const method = markedMethodOf(prototype, key, HUB_METHOD);
  return method && { ...method, name: Reflect.getOwnMetadata(HUB_METHOD_METADATA, method.handler) as string };
}

/** Whether a method looks as if clients were to call it: a decorator stands before one of its parameters, and none above it. */
export function isForgotten(prototype: object, key: string): boolean {
  const method = decoratedMethodOf(prototype, key);
  if (method === undefined || Reflect.getOwnMetadataKeys(method.handler).length > 0) return false;
  return Reflect.hasOwnMetadata(ROUTE_ARGUMENTS, method.owner.constructor, key);
}

/**
 * The method behind a name of a class, if a decorator of ours has left something on it under this key, or on the one that it overrides.
 *
 * @throws SignalRError for an override that has decorators, but not that one.
 */
export function markedMethodOf(prototype: object, key: string, mark: Mark): DecoratedMethod | undefined {
  const method = decoratedMethodOf(prototype, key);
  const marked = ancestry(prototype).find((owner) => isMarked(ownMethod(owner, key), mark));
  if (method === undefined || marked === undefined) return undefined;
  // Under the ancestor's name, and without its guards: nobody means that.
  if (!isMarked(method.handler, mark))
    throw bootErrors.halfOverride(nameOf(method.owner.constructor), key, nameOf(marked.constructor), mark);
  return method;
}

/** A method of a class, with the decorators that count for it; undefined where the class has none of that name. */
export function decoratedMethodOf(prototype: object, key: string): DecoratedMethod | undefined {
  const methods = ancestry(prototype).flatMap((owner) => {
    const handler = ownMethod(owner, key);
    return handler === undefined ? [] : { key, handler, owner };
  });
  return methods.find(isDecorated) ?? methods[0];
}

/** Decorators of the method leave something on the function, those of its parameters on its class, and the compiler's types on its prototype. */
function isDecorated({ key, handler, owner }: DecoratedMethod): boolean {
  if (Reflect.getOwnMetadataKeys(handler).length > 0) return true;
  return Reflect.hasOwnMetadata('design:paramtypes', owner, key) || Reflect.hasOwnMetadata(ROUTE_ARGUMENTS, owner.constructor, key);
}

function ancestry(prototype: object): object[] {
  const owners: object[] = [];
  for (let owner: object | null = prototype; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) owners.push(owner);
  return owners;
}

function ownMethod(owner: object, key: string): HandlerRef | undefined {
  const method: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value;
  return typeof method === 'function' ? (method as HandlerRef) : undefined;
}

function isMarked(method: HandlerRef | undefined, { metadata }: Mark): boolean {
  return method !== undefined && Reflect.hasOwnMetadata(metadata, method);
}
