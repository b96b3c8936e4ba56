import 'reflect-metadata';
import type { PipeTransform, Type } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { bootErrors } from '../../common/boot-errors.js';
import { ROUTE_ARGUMENTS } from '../nest-internals.js';

/** A pipe, or the class of one, which is then injected. */
export type PipeReference = PipeTransform | Type<PipeTransform>;

/** A validator that follows Standard Schema, as zod, valibot and arktype do. */
export interface StandardSchema {
  readonly '~standard': {
    validate(value: unknown): StandardResult | Promise<StandardResult>;
  };
}

/** What a Standard Schema makes of a value. */
export type StandardResult =
  { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly { readonly message: string }[] };

/** What `@Arg` says of an argument. */
export interface ArgOptions {
  /** Checks the argument; what it returns takes its place. */
  schema?: StandardSchema;
  /** Run after the pipes of the hub and of the method. */
  pipes?: readonly PipeReference[];
  /**
   * Whether clients may leave it out.
   * @default false
   */
  optional?: boolean;
}

/** How a parameter decorator of ours is noted down: as Nest's own are, so that Nest injects the pipes that are named by their class. */
export interface NotedParameter {
  readonly kind: 'argument' | 'upload' | 'caller' | 'clients' | 'signal' | 'socket' | 'topic' | 'event' | 'reason' | 'meta';
  readonly index: number;
  readonly pipes: readonly PipeReference[];
  readonly schema?: StandardSchema;
  readonly optional?: boolean;
}

/** Gives the parameter of a hub method the `HubCallerContext`: who calls. */
export function Caller(): ParameterDecorator {
  return note({ kind: 'caller', pipes: [] });
}

/** Gives the parameter of a hub method the `HubCallerClients`: the hub's clients as the caller sees them. */
export function Clients(): ParameterDecorator {
  return note({ kind: 'clients', pipes: [] });
}

/** Gives the parameter of a channel's method the `ChannelSocket`: the client in its topic. */
export function Socket(): ParameterDecorator {
  return note({ kind: 'socket', pipes: [] });
}

/** Gives the parameter of a channel's method the topic. */
export function Topic(): ParameterDecorator {
  return note({ kind: 'topic', pipes: [] });
}

/** Gives the parameter of a channel's method the event, as the client wrote it; 'join' and 'leave' in those. */
export function Event(): ParameterDecorator {
  return note({ kind: 'event', pipes: [] });
}

/** Gives the parameter of a `@Leave` method the `LeaveReason`. */
export function Reason(): ParameterDecorator {
  return note({ kind: 'reason', pipes: [] });
}

/** Gives the parameter of a channel's method the `MessageMeta`: what the message carries beside event and payload. */
export function Meta(): ParameterDecorator {
  return note({ kind: 'meta', pipes: [] });
}

/**
 * Gives the parameter of a hub method, or of a channel's, the `AbortSignal` of the call: aborted when the client cancels it, when the connection
 * ends, and when the socket leaves its topic.
 */
export function Signal(): ParameterDecorator {
  return note({ kind: 'signal', pipes: [] });
}

/**
 * Gives the parameter of a hub method the next stream that the client sends with its call. A parameter of type `Observable` or `Subject` is one
 * without it; it is for those whose type is lost at run time, such as `AsyncIterable<number>` or {@link UploadStream}`<number>`.
 *
 * @example
 * \@HubMethod()
 * async store(\@UploadStream() chunks: AsyncIterable<string>) { for await (const chunk of chunks) await this.files.append(chunk); }
 */
export function UploadStream(): ParameterDecorator {
  return note({ kind: 'upload', pipes: [] });
}

/** What `@UploadStream()` hands over: a stream that can be subscribed to, and read by a `for await` loop. */
export type UploadStream<T = unknown> = Observable<T> & AsyncIterable<T>;

/**
 * Binds pipes or a Standard Schema to one argument of a hub method. They run after the pipes of the application, the hub and the method.
 *
 * @example
 * \@HubMethod()
 * search(\@Arg(ParseIntPipe) page: number, \@Arg({ schema: z.string().min(2), optional: true }) text?: string) {}
 */
export function Arg(...pipes: PipeReference[]): ParameterDecorator;
export function Arg(options: ArgOptions): ParameterDecorator;
export function Arg(...given: (PipeReference | ArgOptions)[]): ParameterDecorator {
  const [first] = given;
  if (given.length !== 1 || isPipe(first)) return note({ kind: 'argument', pipes: given as PipeReference[] });
  const { schema, pipes = [], optional } = checked(first);
  return note({ kind: 'argument', pipes, schema, optional });
}

function checked(options: ArgOptions): ArgOptions {
  const unknown = Object.keys(options).find((name) => !['schema', 'pipes', 'optional'].includes(name));
  if (unknown !== undefined) throw bootErrors.unknownArgOption(unknown);
  if (options.schema !== undefined && typeof options.schema['~standard']?.validate !== 'function') throw bootErrors.notASchema();
  return options;
}

function isPipe(value: PipeReference | ArgOptions): value is PipeReference {
  return typeof value === 'function' || typeof (value as PipeTransform).transform === 'function';
}

function note(parameter: Omit<NotedParameter, 'index'>): ParameterDecorator {
  return (target, key, index) => {
    if (key === undefined) throw bootErrors.parameterOfConstructor(target);
    const known = (Reflect.getOwnMetadata(ROUTE_ARGUMENTS, target.constructor, key) as object | undefined) ?? {};
    const method = `${target.constructor.name}.${String(key)}`;
    if (`signalr:${index}` in known) throw bootErrors.twoDecorators(method, index);
    const noted: NotedParameter = { ...parameter, index };
    Reflect.defineMetadata(ROUTE_ARGUMENTS, { ...known, [`signalr:${index}`]: noted }, target.constructor, key);
  };
}
