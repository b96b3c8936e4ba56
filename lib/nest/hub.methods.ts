import { isObservable, Observable } from 'rxjs';
import { bootErrors } from '../common/boot-errors.js';
import { HUB_METHOD_METADATA, PARAMETERS_METADATA, type ParameterKind, type ParameterKinds } from './hub-metadata.js';
import { hasRestParameter } from './rest-parameter.js';

/** What one parameter of a hub method wants. */
export interface HubParameter {
  /** The next argument of the call, or what a decorator says. */
  readonly kind: 'argument' | ParameterKind;
  /** What an argument has to be, if it is neither null nor undefined; where it is undefined anything will do. */
  readonly type: 'number' | 'string' | 'boolean' | undefined;
  /** Takes all arguments that are left. */
  readonly isRest: boolean;
}

/** How many arguments a method takes. */
export interface Arity {
  readonly requiredArguments: number;
  readonly maximumArguments: number;
}

const checkedTypes = new Map<unknown, HubParameter['type']>([
  [Number, 'number'],
  [String, 'string'],
  [Boolean, 'boolean'],
]);

/**
 * What clients call a method, or undefined if they cannot. An override without a decorator keeps what the nearest decorated ancestor says.
 */
export function wireNameOf(prototype: object, key: string): string | undefined {
  for (let owner: object | null = prototype; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const method: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value;
    const name: unknown = typeof method === 'function' ? Reflect.getOwnMetadata(HUB_METHOD_METADATA, method) : undefined;
    if (typeof name === 'string') return name;
  }
  return undefined;
}

/**
 * What the parameters of a method want.
 *
 * @param name - of class and method, for texts.
 * @throws SignalRError where the types that decorators leave behind are missing or cannot be served.
 */
export function parametersOf(prototype: object, key: string, name: string): HubParameter[] {
  const method = (prototype as Record<string, (...values: unknown[]) => unknown>)[key];
  const types = Reflect.getMetadata('design:paramtypes', prototype, key) as unknown[] | undefined;
  const kinds = kindsOf(prototype, key);
  if (types === undefined && method.length > 0) throw bootErrors.typesLost(name);
  const count = Math.max(method.length, types?.length ?? 0);
  const last = hasRestParameter(method) ? count - 1 : -1;
  return Array.from({ length: count }, (_, index) => parameterOf(kinds.get(index), types?.[index], index === last, name, index));
}

/** What the parameters of a hook want: its decorators say all, for it is no client that gives the arguments. */
export function hookParametersOf(prototype: object, key: string): HubParameter[] {
  const { length } = (prototype as Record<string, (...values: unknown[]) => unknown>)[key];
  const kinds = kindsOf(prototype, key);
  const count = Math.max(length, ...[...kinds.keys()].map((index) => index + 1));
  return Array.from({ length: count }, (_, index) => ({ kind: kinds.get(index) ?? 'argument', type: undefined, isRest: false }));
}

/**
 * How many arguments a client has to give and may give.
 *
 * @param length - the method's own `length`: how many of its parameters stand before the first with a default value.
 */
export function arityOf(parameters: readonly HubParameter[], length: number, optionalArguments: 'declared' | 'all'): Arity {
  const isArgument = ({ kind }: HubParameter): boolean => kind === 'argument';
  const required = parameters.slice(0, length).filter(isArgument).length;
  const maximum = parameters.at(-1)?.isRest === true ? Infinity : parameters.filter(isArgument).length;
  return { requiredArguments: optionalArguments === 'all' ? 0 : required, maximumArguments: maximum };
}

function kindsOf(prototype: object, key: string): ParameterKinds {
  return (Reflect.getMetadata(PARAMETERS_METADATA, prototype, key) as ParameterKinds | undefined) ?? new Map<number, ParameterKind>();
}

function parameterOf(kind: ParameterKind | undefined, type: unknown, isRest: boolean, name: string, index: number): HubParameter {
  if (kind !== undefined) return { kind, type: undefined, isRest: false };
  if (type === Function) throw bootErrors.typeLost(name, index);
  if (isStreamType(type)) throw bootErrors.uploadNotServed(name, index);
  return { kind: 'argument', type: checkedTypes.get(type), isRest };
}

/** By shape as well: the application's rxjs may be another copy than ours. */
function isStreamType(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  return type === Observable || type.prototype instanceof Observable || isObservable(type.prototype);
}
