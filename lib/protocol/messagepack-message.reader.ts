import { protocolErrors } from '../common/errors.js';
import { Head, Kind } from './messagepack-format.js';
import type { MessagePackInput } from './messagepack-input.js';
import type { MessagePackNames } from './messagepack-names.js';
import type { MessagePackValueReader } from './messagepack-values.reader.js';
import { type HubMessage, type MessageHeaders, MessageType, MOST_HEADERS } from './messages.js';

/** A call with fewer elements has no list of streams: older clients send five. */
const ELEMENTS_WITH_STREAMS = 6;
const ELEMENTS_WITH_RECONNECT = 3;

/**
 * What reads those parts of a message that are the application's.
 *
 * @internal
 */
export interface Parts {
  readonly targets: MessagePackNames;
  readonly values: MessagePackValueReader;
}

/**
 * What a completion has: an error, no result, or a result.
 *
 * @internal
 */
export const ResultKind = { Error: 1, Void: 2, Result: 3 } as const;

/**
 * Reads one message, element by element and in the order of ASP.NET Core, so that it is refused for the same reason. What follows the last
 * element that is known is not looked at.
 *
 * @returns undefined for an unknown type.
 * @throws SignalRError `InvalidDataException`.
 * @internal
 */
export function readMessage(input: MessagePackInput, parts: Parts): HubMessage | undefined {
  const count = readArrayLength(input, 'message');
  const type = readInt32(input, 'messageType');
  switch (type) {
    case MessageType.Invocation:
      return readInvocation(input, parts, count);
    case MessageType.StreamInvocation:
      return readStreamInvocation(input, parts, count);
    case MessageType.StreamItem:
      return readStreamItem(input, parts);
    case MessageType.Completion:
      return readCompletion(input, parts);
    case MessageType.CancelInvocation:
      return { type, headers: readHeaders(input), invocationId: readInvocationId(input, 'CancelInvocation') };
    case MessageType.Ping:
      return { type };
    case MessageType.Close:
      return readClose(input, count);
    case MessageType.Ack:
    case MessageType.Sequence:
      return { type, sequenceId: readSequenceId(input) };
  }
  return undefined;
}

// Each kind has one shape, the same as under JSON, with undefined for what is nil or empty.

function readInvocation(input: MessagePackInput, parts: Parts, count: number): HubMessage {
  return {
    type: MessageType.Invocation,
    headers: readHeaders(input),
    invocationId: readText(input, 'invocationId') || undefined,
    target: readTarget(input, parts, 'Invocation'),
    arguments: readArguments(input, parts),
    streamIds: count < ELEMENTS_WITH_STREAMS ? undefined : readStreamIds(input),
  };
}

function readStreamInvocation(input: MessagePackInput, parts: Parts, count: number): HubMessage {
  return {
    type: MessageType.StreamInvocation,
    headers: readHeaders(input),
    invocationId: readInvocationId(input, 'StreamInvocation'),
    target: readTarget(input, parts, 'StreamInvocation'),
    arguments: readArguments(input, parts),
    streamIds: count < ELEMENTS_WITH_STREAMS ? undefined : readStreamIds(input),
  };
}

function readStreamItem(input: MessagePackInput, parts: Parts): HubMessage {
  const headers = readHeaders(input);
  const invocationId = readInvocationId(input, 'StreamItem');
  return { type: MessageType.StreamItem, headers, invocationId, item: parts.values.read(input, 'item') };
}

function readCompletion(input: MessagePackInput, parts: Parts): HubMessage {
  const headers = readHeaders(input);
  const invocationId = readInvocationId(input, 'Completion');
  const kind = readInt32(input, 'resultKind');
  if (kind === ResultKind.Result) {
    return { type: MessageType.Completion, headers, invocationId, error: undefined, result: parts.values.read(input, 'argument') };
  }
  if (kind !== ResultKind.Error && kind !== ResultKind.Void) throw protocolErrors.wrongResultKind();
  const error = kind === ResultKind.Error ? (readText(input, 'error') ?? undefined) : undefined;
  return { type: MessageType.Completion, headers, invocationId, error };
}

function readClose(input: MessagePackInput, count: number): HubMessage {
  const error = readText(input, 'error') ?? undefined;
  return {
    type: MessageType.Close,
    error,
    allowReconnect: count < ELEMENTS_WITH_RECONNECT ? undefined : readBoolean(input, 'allowReconnect'),
  };
}

function readHeaders(input: MessagePackInput): MessageHeaders | undefined {
  if (input.open() !== Kind.Map) throw protocolErrors.noLength('map', 'headers');
  const { length } = input;
  if (length === 0) return undefined;
  if (length > MOST_HEADERS) throw protocolErrors.tooManyHeaders(MOST_HEADERS);
  const headers: Record<string, string> = {};
  for (let index = 0; index < length; index++) {
    const name = readHeaderPart(input, index, 'Key');
    const value = readHeaderPart(input, index, 'Value');
    if (name !== '__proto__') headers[name] = value;
  }
  return headers;
}

function readHeaderPart(input: MessagePackInput, index: number, part: 'Key' | 'Value'): string {
  const text = takeText(input);
  if (text === undefined) throw protocolErrors.unreadable(`headers[${index}].${part}`, 'String');
  return filled(text, `${part.toLowerCase()} in header`);
}

function readInvocationId(input: MessagePackInput, message: string): string {
  return filled(readText(input, 'invocationId'), `invocation ID for ${message} message`);
}

function readTarget(input: MessagePackInput, { targets }: Parts, message: string): string {
  const kind = input.open();
  if (kind !== Kind.Text && kind !== Kind.Nil) throw protocolErrors.unreadable('target', 'String');
  return filled(kind === Kind.Text ? targets.take(input) : null, `target for ${message} message`);
}

function readArguments(input: MessagePackInput, { values }: Parts): unknown[] {
  if (input.open() !== Kind.List) throw protocolErrors.noLength('array', 'arguments');
  return values.readAll(input, 'argument');
}

function readStreamIds(input: MessagePackInput): string[] | undefined {
  const length = readArrayLength(input, 'streamIds');
  if (length === 0) return undefined;
  const ids: string[] = [];
  for (let index = 0; index < length; index++) ids.push(filled(readText(input, 'streamIds'), 'value in streamIds received'));
  return ids;
}

function readArrayLength(input: MessagePackInput, field: string): number {
  if (input.open() !== Kind.List) throw protocolErrors.noLength('array', field);
  return input.length;
}

function readText(input: MessagePackInput, field: string): string | null {
  const text = takeText(input);
  if (text === undefined) throw protocolErrors.unreadable(field, 'String');
  return text;
}

function readBoolean(input: MessagePackInput, field: string): boolean {
  if (input.open() !== Kind.Boolean) throw protocolErrors.unreadable(field, 'Boolean');
  return input.head === Head.True;
}

function readInt32(input: MessagePackInput, field: string): number {
  const value = input.open() === Kind.Integer ? input.integer() : undefined;
  if (typeof value !== 'number' || (value | 0) !== value) throw protocolErrors.unreadable(field, 'Int32');
  return value;
}

/** Those that a number does not hold exactly are refused: nobody can have received so many messages. */
function readSequenceId(input: MessagePackInput): number {
  const value = input.open() === Kind.Integer ? input.integer() : undefined;
  if (typeof value !== 'number') throw protocolErrors.unreadable('sequenceId', 'Int64');
  return value;
}

/** @returns null for nil, undefined for what is no text. */
function takeText(input: MessagePackInput): string | null | undefined {
  const kind = input.open();
  if (kind === Kind.Text) return input.text();
  return kind === Kind.Nil ? null : undefined;
}

function filled(text: string | null, what: string): string {
  if (!text) throw protocolErrors.nullOrEmpty(what);
  return text;
}
