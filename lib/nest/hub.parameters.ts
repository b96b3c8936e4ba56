import type { ExecutionContext, Type } from '@nestjs/common';
import { bootErrors } from '../common/boot-errors.js';
import type { NotedParameter, StandardSchema } from './decorators/parameter.decorators.js';
import type { DecoratedMethod } from './hub.methods.js';
import type { Language } from './language.js';
import { CUSTOM_ARGUMENT, ROUTE_ARGUMENTS, type HandlerRef } from './nest-internals.js';
import { hasRestParameter } from './rest-parameter.js';
import { isReadableStream, isServedAsStream, isStreamType } from './stream-types.js';

/** What one parameter of a method is given. */
export interface HubParameter {
  /** Where it stands among the method's parameters, from 1 on. */
  readonly position: number;
  /** 'argument' and 'upload' for the next of the call, 'custom' for what a decorator of the application makes of it, or what the language gives. */
  readonly kind: string;
  /** Its class as the compiler left it behind. */
  readonly metatype: unknown;
  /** Takes all arguments that are left. */
  readonly isRest: boolean;
  /** May be left out although it has no default value. */
  readonly isOptional: boolean;
  /** Bound to this parameter alone: instances and classes. */
  readonly pipes: readonly unknown[];
  readonly schema: StandardSchema | undefined;
  /** What its decorator was given; for an argument, the property of it that is wanted. */
  readonly data: unknown;
  /** Makes the value of a custom one. */
  readonly factory: ((data: unknown, context: ExecutionContext) => unknown) | undefined;
}

/** How many arguments a method takes. */
export interface Arity {
  readonly requiredArguments: number;
  readonly maximumArguments: number;
}

/** How decorators note a parameter down, those of Nest and ours. */
type Noted = Partial<NotedParameter> & { index: number; data?: unknown; factory?: HubParameter['factory'] };

/** The numbers of Nest's own parameter decorators that mean something here: `@ConnectedSocket` and `@MessageBody`. */
const CONNECTED_SOCKET = '0';
const MESSAGE_BODY = '3';

const plain: Omit<HubParameter, 'kind' | 'metatype' | 'isRest' | 'position'> = {
  isOptional: false,
  pipes: [],
  schema: undefined,
  data: undefined,
  factory: undefined,
};

/**
 * What the parameters of a method are given.
 *
 * @param method - the method that runs; its decorators may be those of another.
 * @param name - of class and method, for texts.
 * @throws SignalRError where the types that decorators leave behind are missing or cannot be served.
 */
export function parametersOf(method: HandlerRef, { owner, key }: DecoratedMethod, name: string, language: Language): HubParameter[] {
  const types = Reflect.getOwnMetadata('design:paramtypes', owner, key) as unknown[] | undefined;
  if (types === undefined && method.length > 0) throw bootErrors.typesLost(name);
  const parameters = collect(method, notedParameters(owner, key, name, language), types ?? []);
  if (parameters.at(-1)?.kind === 'upload' && hasRestParameter(method)) throw bootErrors.restOfStreams(name, parameters.length - 1);
  parameters.forEach((parameter, index) => checkType(parameter, name, index, language));
  return parameters;
}

/** What the parameters of a hook are given. It is no client that gives the arguments, and a hook may have no decorator to leave types behind. */
export function hookParametersOf(method: HandlerRef, { owner, key }: DecoratedMethod, name: string, language: Language): HubParameter[] {
  const parameters = collect(method, notedParameters(owner, key, name, language), []);
  const types = (Reflect.getOwnMetadata('design:paramtypes', owner, key) as unknown[] | undefined) ?? [];
  if (parameters.some(({ kind }, index) => kind === 'upload' || (kind === 'argument' && isStreamType(types[index]))))
    throw bootErrors.streamInHook(name);
  return parameters;
}

/**
 * How many arguments a client has to give and may give.
 *
 * @param length - the method's own `length`: how many of its parameters stand before the first with a default value.
 */
export function arityOf(parameters: readonly HubParameter[], length: number, optionalArguments: 'declared' | 'all'): Arity {
  const isRequired = parameters.map(({ isOptional, isRest }, index) => index < length && !isOptional && !isRest);
  const ofArguments = isRequired.filter((_, index) => parameters[index].kind === 'argument');
  const maximum = parameters.at(-1)?.isRest === true ? Infinity : ofArguments.length;
  return { requiredArguments: optionalArguments === 'all' ? 0 : ofArguments.lastIndexOf(true) + 1, maximumArguments: maximum };
}

function collect(method: HandlerRef, noted: Map<number, Partial<HubParameter>>, types: readonly unknown[]): HubParameter[] {
  const count = Math.max(method.length, types.length, ...[...noted.keys()].map((index) => index + 1));
  const last = hasRestParameter(method) ? count - 1 : -1;
  return Array.from({ length: count }, (_, index) => {
    const metatype = types[index];
    const kind = isStreamType(metatype) ? 'upload' : 'argument';
    const parameter = { ...plain, kind, ...noted.get(index), position: index + 1, metatype } as const;
    return { ...parameter, isRest: index === last && parameter.kind === 'argument' };
  });
}

/** By index, whatever the decorator: ours, Nest's for gateways, and those that `createParamDecorator` makes. */
function notedParameters(owner: object, key: string, name: string, language: Language): Map<number, Partial<HubParameter>> {
  const metadata = (Reflect.getOwnMetadata(ROUTE_ARGUMENTS, owner.constructor, key) as Record<string, Noted> | undefined) ?? {};
  return new Map(Object.entries(metadata).map(([id, noted]) => [noted.index, translate(id, noted, name, language)]));
}

function translate(id: string, noted: Noted, name: string, language: Language): Partial<HubParameter> {
  const { index, kind, pipes = [], schema, data, optional = false, factory } = noted;
  const known = { pipes, schema, data, isOptional: optional };
  const [type] = id.split(':');
  if (type.includes(CUSTOM_ARGUMENT)) return { ...known, kind: 'custom', factory };
  if (kind !== undefined && isSpoken(kind, language)) return { ...known, kind };
  if (type === MESSAGE_BODY) return { ...known, kind: 'argument' };
  if (type === CONNECTED_SOCKET) return { ...known, kind: language.connectedSocket };
  throw bootErrors.foreignParameter(name, index, language);
}

/** Decorators of another language mean nothing. */
function isSpoken(kind: string, { givens, takesUploads }: Language): boolean {
  return kind === 'argument' || givens.has(kind) || (kind === 'upload' && takesUploads);
}

function checkType({ kind, metatype }: HubParameter, name: string, index: number, { types, takesUploads, speaker }: Language): void {
  const known = types.get(metatype);
  if (known !== undefined && kind !== 'custom' && kind !== known.kind)
    throw bootErrors.undecorated(name, index, (metatype as Type).name, known.decorator);
  if (kind === 'upload' && !takesUploads) throw bootErrors.noStreams(name, index, speaker);
  if (kind === 'upload' && !isServedAsStream(metatype)) throw bootErrors.wrongStream(name, index, (metatype as Type).name);
  if (kind !== 'argument') return;
  if (metatype === Function) throw bootErrors.typeLost(name, index);
  if (isStreamType(metatype)) throw bootErrors.decoratedStream(name, index);
  if (!isReadableStream(metatype)) return;
  throw takesUploads ? bootErrors.wrongStream(name, index, 'ReadableStream') : bootErrors.noStreams(name, index, speaker);
}
