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
  const method = decoratedMethodOf(prototype, key);
  const named = ancestry(prototype).find((owner) => wireName(ownMethod(owner, key)) !== undefined);
  if (method === undefined || named === undefined) return undefined;
  const name = wireName(method.handler);
  // Under the ancestor's name, and without its guards: nobody means that.
  if (name === undefined) throw bootErrors.halfOverride(nameOf(method.owner.constructor), key, nameOf(named.constructor));
  return { ...method, name };
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

function wireName(method: HandlerRef | undefined): string | undefined {
  return method === undefined ? undefined : (Reflect.getOwnMetadata(HUB_METHOD_METADATA, method) as string | undefined);
}
