import { protocolErrors } from '../common/errors.js';
import { type HubMessage, type MessageHeaders, MessageType, MOST_HEADERS } from './messages.js';

/** The properties of a message, each of them checked by {@link checkProperty}. */
export interface MessageProperties {
  type?: number;
  headers?: MessageHeaders;
  invocationId?: string;
  target?: string;
  arguments?: unknown[];
  streamIds?: string[];
  item?: unknown;
  result?: unknown;
  error?: string;
  allowReconnect?: boolean;
  sequenceId?: number | null;
}

/**
 * Checks the type of one property, whatever the type of the message: the reference implementation does so too. Unknown names pass.
 *
 * @throws SignalRError `InvalidDataException` with the text of ASP.NET Core.
 * @internal
 */
export function checkProperty(name: string, value: unknown): void {
  switch (name) {
    case 'invocationId':
    case 'target':
    case 'error':
      if (typeof value !== 'string') throw protocolErrors.wrongType(name, 'String');
      break;
    case 'type':
      if (!isInt32(value)) throw protocolErrors.wrongType(name, 'Number');
      break;
    case 'arguments':
      if (!Array.isArray(value)) throw protocolErrors.wrongType(name, 'Array');
      break;
    case 'headers':
      return checkHeaders(value);
    case 'streamIds':
      return checkStreamIds(value);
    case 'allowReconnect':
      if (typeof value !== 'boolean') throw protocolErrors.notBoolean(name);
      break;
    case 'sequenceId':
      if (value !== null && !Number.isSafeInteger(value)) throw protocolErrors.wrongType(name, 'Number');
      break;
  }
}

/**
 * Makes a message of checked properties; what a message of that type does not have is dropped.
 *
 * @returns undefined for an unknown type.
 * @throws SignalRError `InvalidDataException` for what is missing. An empty string counts as missing where the protocol needs one.
 * @internal
 */
export function toMessage(given: MessageProperties): HubMessage | undefined {
  switch (given.type) {
    case undefined:
      throw protocolErrors.missing('type');
    case MessageType.Invocation:
      return toInvocation(given);
    case MessageType.StreamInvocation:
      return toStreamInvocation(given);
    case MessageType.StreamItem:
      return toStreamItem(given);
    case MessageType.Completion:
      return toCompletion(given);
    case MessageType.CancelInvocation:
      return { type: MessageType.CancelInvocation, headers: given.headers, invocationId: filled(given.invocationId, 'invocationId') };
    case MessageType.Ping:
      return { type: MessageType.Ping };
    case MessageType.Close:
      return { type: MessageType.Close, error: given.error, allowReconnect: given.allowReconnect };
    case MessageType.Ack:
    case MessageType.Sequence:
      return { type: given.type, sequenceId: present(given.sequenceId, 'sequenceId') };
  }
  return undefined;
}

// Each kind has one shape, with undefined for what was left out: the code that reads the messages then meets few hidden classes.

function toInvocation(given: MessageProperties): HubMessage {
  return {
    type: MessageType.Invocation,
    headers: given.headers,
    invocationId: given.invocationId || undefined,
    target: filled(given.target, 'target'),
    arguments: present(given.arguments, 'arguments'),
    streamIds: given.streamIds,
  };
}

function toStreamInvocation(given: MessageProperties): HubMessage {
  const target = filled(given.target, 'target');
  return {
    type: MessageType.StreamInvocation,
    headers: given.headers,
    invocationId: filled(given.invocationId, 'invocationId'),
    target,
    arguments: present(given.arguments, 'arguments'),
    streamIds: given.streamIds,
  };
}

function toStreamItem(given: MessageProperties): HubMessage {
  const invocationId = filled(given.invocationId, 'invocationId');
  if (given.item === undefined) throw protocolErrors.missing('item');
  return { type: MessageType.StreamItem, headers: given.headers, invocationId, item: given.item };
}

function toCompletion(given: MessageProperties): HubMessage {
  const invocationId = filled(given.invocationId, 'invocationId');
  const { headers, error, result } = given;
  if (result === undefined) return { type: MessageType.Completion, headers, invocationId, error };
  if (error !== undefined) throw protocolErrors.errorAndResult();
  return { type: MessageType.Completion, headers, invocationId, error, result };
}

function filled(value: string | undefined, name: string): string {
  if (!value) throw protocolErrors.missing(name);
  return value;
}

function present<T>(value: T | null | undefined, name: string): T {
  if (value == null) throw protocolErrors.missing(name);
  return value;
}

/** As .NET's `int`: 1.5 and what is too large for it are no message types, not unknown ones. */
function isInt32(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

function checkHeaders(value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw protocolErrors.wrongType('headers', 'Object');
  const headers = Object.entries(value);
  if (headers.length > MOST_HEADERS) throw protocolErrors.tooManyHeaders(MOST_HEADERS);
  for (const [name, header] of headers) {
    if (typeof header !== 'string') throw protocolErrors.wrongHeaderType(name);
  }
}

function checkStreamIds(value: unknown): void {
  if (!Array.isArray(value)) throw protocolErrors.wrongType('streamIds', 'Array');
  if (!value.every((id) => typeof id === 'string')) throw protocolErrors.wrongElementType('streamIds', 'String');
}
