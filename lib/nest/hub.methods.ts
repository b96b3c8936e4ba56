import { HUB_METHOD_METADATA } from './hub-metadata.js';
import type { HandlerRef } from './nest-internals.js';

/** A method that clients may call, as its decorators tell it. */
export interface FoundMethod {
  /** Its name in the class. */
  readonly key: string;
  /** What clients call it. */
  readonly name: string;
  /** The function whose decorators count. */
  readonly handler: HandlerRef;
}

/**
 * The method that stands behind a name of a class, or undefined if clients cannot call it. An override without decorators keeps the name and the
 * enhancers of the nearest ancestor that has some.
 */
export function hubMethodOf(prototype: object, key: string): FoundMethod | undefined {
  const handler = decoratedOf(prototype, key);
  const name = ancestry(prototype)
    .map((owner) => wireName(ownMethod(owner, key)))
    .find((found) => found !== undefined);
  return handler === undefined || name === undefined ? undefined : { key, name, handler };
}

/** The function of a method, or of the nearest ancestor of an override without decorators, that has decorators; the method itself where none has. */
export function decoratedOf(prototype: object, key: string): HandlerRef | undefined {
  const methods = ancestry(prototype).flatMap((owner) => ownMethod(owner, key) ?? []);
  return methods.find((method) => Reflect.getOwnMetadataKeys(method).length > 0) ?? methods[0];
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
