import { types } from 'node:util';
import { nearest } from './nearest.js';

/**
 * An error that this library made. `code` is for programs, `message` for people; `name` is what a client with `enableDetailedErrors` sees,
 * and is the .NET name where SignalR has one (`InvalidDataException`), because clients were written against that text.
 */
export class SignalRError extends Error {
  override readonly name: string;

  constructor(
    readonly code: string,
    message: string,
    name = 'SignalRError',
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = name;
  }
}

/**
 * Throw it in a hub method to tell the caller something: its message reaches the client whatever `enableDetailedErrors` says.
 * The caller's promise rejects with `An unexpected error occurred invoking '{method}' on the server. HubException: {message}`.
 *
 * @example
 * throw new HubException('The room is full.');
 */
export class HubException extends SignalRError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ERR_SIGNALR_HUB', message, 'HubException', options);
  }
}

export const invalidData = (message: string, cause?: unknown): SignalRError =>
  new SignalRError('ERR_SIGNALR_INVALID_DATA', message, 'InvalidDataException', { cause });

/** What may be wrong with bytes that a peer sent. The texts are those of ASP.NET Core, and where these name an option `cause` has ours; each of them ends the connection. */
export const protocolErrors = {
  notJson: (cause?: unknown) => invalidData('Error reading JSON.', cause),
  notUtf8: () => invalidData('Error reading JSON. The text is no valid UTF-8.'),
  notAnObject: (token: string) => invalidData(`Unexpected JSON Token Type '${token}'. Expected a JSON Object.`),
  missing: (property: string) => invalidData(`Missing required property '${property}'.`),
  missingInHandshake: (property: string, content: string) =>
    invalidData(`Missing required property '${property}'. Message content: ${content}`),
  wrongType: (property: string, type: string) => invalidData(`Expected '${property}' to be of type ${type}.`),
  wrongHeaderType: (header: string) => invalidData(`Expected header '${header}' to be of type String.`),
  tooManyHeaders: (maximum: number) => invalidData(`The message has more than ${maximum} headers, which is the most that is read.`),
  wrongElementType: (property: string, type: string) => invalidData(`Expected the elements of '${property}' to be of type ${type}.`),
  notBoolean: (property: string) => invalidData(`Expected '${property}' to be true or false.`),
  errorAndResult: () => invalidData("The 'error' and 'result' properties are mutually exclusive."),
  tooDeep: (maximum: number) => invalidData(`The message is nested deeper than ${maximum} levels, which is the most that is read.`),
  messageTooLarge: (maximum: number) =>
    new SignalRError(
      'ERR_SIGNALR_MESSAGE_SIZE',
      `The maximum message size of ${maximum}B was exceeded. The message size can be configured in AddHubOptions.`,
      'InvalidDataException',
      { cause: new Error(`A message has more than the ${maximum} bytes of the option maximumReceiveMessageSize.`) },
    ),
  partialMessage: () => invalidData('Connection terminated while reading a message.'),
  notAHandshakeResponse: () => invalidData('Expected a handshake response from the server.'),
  frameTooLong: () => invalidData('Messages over 2GB in size are not supported.'),
  /** @param type - its name in .NET. */
  unreadable: (field: string, type: 'String' | 'Boolean' | 'Int32' | 'Int64') => invalidData(`Reading '${field}' as ${type} failed.`),
  noLength: (kind: 'map' | 'array', field: string) => invalidData(`Reading ${kind} length for '${field}' failed.`),
  nullOrEmpty: (what: string) => invalidData(`Null or empty ${what}.`),
  wrongResultKind: () => invalidData('Invalid invocation result kind.'),
  /** @param reason - becomes the `cause`: what ASP.NET Core says is the field alone. */
  notMessagePack: (field: string, reason: string) =>
    invalidData(`Deserializing object of the \`Object\` type for '${field}' failed.`, reason),
  // The last ones are our own side's doing: values that cannot be written. The types are those that `JSON.stringify` throws.
  cyclicValue: (format = 'JSON') => new TypeError(`Converting circular structure to ${format}: a value contains itself.`),
  bigintTooLarge: () => new RangeError('A bigint of more than 64 bits cannot be written as MessagePack.'),
};

const handshake = (message: string): SignalRError => new SignalRError('ERR_SIGNALR_HANDSHAKE', message);

/** Why a handshake failed. `message` is the sentence that the client is sent, as ASP.NET Core words it; the connection ends after it. */
export const handshakeErrors = {
  unknownProtocol: (name: string) => handshake(`The protocol '${name}' is not supported.`),
  versionTooHigh: (version: number, name: string) => handshake(`The server does not support version ${version} of the '${name}' protocol.`),
  binaryOnText: (name: string) =>
    handshake(`Cannot use the '${name}' protocol on the current transport. The transport does not support 'Binary' transfer format.`),
  canceled: () => handshake('Handshake was canceled.'),
  /** @param detail - what was wrong, for a client that may know: `{name}: {message}` of the error. */
  unexpected: (detail?: string) => handshake(`An unexpected error occurred during connection handshake.${detail ? ` ${detail}` : ''}`),
};

const wrongOptions = (message: string): SignalRError => new SignalRError('ERR_SIGNALR_OPTIONS', message);

/** What may be wrong with options; raised at boot. */
export const optionErrors = {
  noObject: (given: unknown, from: string) => wrongOptions(`The options given to ${from} have to be an object; they are ${show(given)}.`),
  unknown: (name: string, allowed: readonly string[], from: string) =>
    wrongOptions(`Unknown option '${name}' in ${from}.${guess(name, allowed)} Known ones are: ${[...allowed].sort().join(', ')}.`),
  notOfOne: (name: string, from: string) =>
    wrongOptions(`'${name}' in ${from} is an option of SignalRModule.forRoot, not of one hub. Write it there.`),
  notAmong: (name: string, finding: string, allowed: string, from: string) =>
    wrongOptions(`The option '${name}' in ${from} ${finding}. It has to be ${allowed}.`),
  notAllowed: (name: string, value: unknown, allowed: string, from: string) =>
    wrongOptions(`The option '${name}' in ${from} is ${show(value)}. It has to be ${allowed}.`),
  needlessKey: (whenSlow: string) =>
    wrongOptions(`The setting 'key' in with() is for whenSlow: 'coalesce'; here it is '${whenSlow}'. Leave one of the two out.`),
  notLess: (name: string, value: number, bound: { name: string; value: number }, from: string) =>
    wrongOptions(`${name} (${value}) has to be less than ${bound.name} (${bound.value}) in ${from}.`),
};

function guess(name: string, allowed: readonly string[]): string {
  const meant = nearest(name.slice(name.lastIndexOf('.') + 1), allowed);
  return meant === undefined ? '' : ` Did you mean '${meant}'?`;
}

/** A value as it may stand in a sentence: short, on one line, and never a secret object's contents. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${oneLine(value.length > 40 ? `${value.slice(0, 40)}…` : value)}'`;
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? `an object (${value.constructor?.name ?? 'without a prototype'})` : String(value);
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Handlers may throw anything: an error as it is, everything else as an error that says what it was. */
export function asError(thrown: unknown): Error {
  try {
    // Under Jest the errors of Node itself are of another realm than the code that is tested.
    if ((thrown instanceof Error || types.isNativeError(thrown)) && isReadable(thrown)) return thrown;
    return notAnError(isPlain(thrown) ? String(thrown) : Object.prototype.toString.call(thrown));
  } catch {
    return notAnError('Something was thrown that cannot be read.');
  }
}

function isPlain(thrown: unknown): thrown is string | number | boolean | bigint | undefined {
  return !['object', 'function', 'symbol'].includes(typeof thrown);
}

function isReadable({ name, message, stack }: Error): boolean {
  return [name, message, stack ?? ''].every((text) => typeof text === 'string');
}

function notAnError(text: string): SignalRError {
  return new SignalRError('ERR_SIGNALR_THROWN', text, 'Error');
}

/** Why a negotiation was refused; the message is for the client. */
export const negotiateErrors = {
  notAnInteger: () => new SignalRError('ERR_SIGNALR_NEGOTIATE', 'The client requested a non-integer protocol version.'),
  versionNotSupported: (version: number) =>
    new SignalRError('ERR_SIGNALR_NEGOTIATE', `The client requested version '${version}', but the server does not support this version.`),
};

/** The code of the error that a client is closed with that does not read what it is sent. */
export const SLOW_CLIENT = 'ERR_SIGNALR_SLOW_CLIENT';

/** What ends a connection. */
export const connectionErrors = {
  ended: (reason: { code: string; text: string; error?: Error }) =>
    new SignalRError('ERR_SIGNALR_CONNECTION_ENDED', reason.text, 'OperationCanceledException', { cause: reason.error }),
  tooSlow: (maximum: number) =>
    new SignalRError(
      SLOW_CLIENT,
      `The client reads too slowly: more than ${maximum} bytes wait for it, which is what the option outbox.maximum allows.`,
    ),
  sendTimeout: (timeout: number) =>
    new SignalRError(
      'ERR_SIGNALR_SEND_TIMEOUT',
      `The client took nothing of what it was sent for ${timeout} ms, which is what the option transportSendTimeout allows.`,
    ),
  readTooSlowly: (maximum: number) =>
    new SignalRError(
      'ERR_SIGNALR_HELD_BACK',
      `The client sent more than ${maximum} bytes while its calls were waiting, over a WebSocket that cannot be held back.`,
    ),
  socketFailed: () => new SignalRError('ERR_SIGNALR_SOCKET', 'The WebSocket failed, and did not say why.'),
  notBytes: () => new SignalRError('ERR_SIGNALR_NOT_BYTES', 'A stream or a WebSocket gave something that is neither text nor bytes.'),
  pollLost: () => new SignalRError('ERR_SIGNALR_POLL_LOST', 'A poll was cut off while it was being answered: what it carried is lost.'),
  closedByClient: (message: string) => new HubException(message),
  /** To those who read what the client was sending. */
  underlyingClosed: () =>
    new SignalRError('ERR_SIGNALR_CONNECTION_ENDED', 'The underlying connection was closed.', 'OperationCanceledException'),
  clientTimeout: (limit: number) =>
    new SignalRError(
      'ERR_SIGNALR_CLIENT_TIMEOUT',
      "Client hasn't sent a message/ping within the configured ClientTimeoutInterval.",
      'OperationCanceledException',
      { cause: new Error(`The client was silent for the ${limit} ms of the option clientTimeoutInterval.`) },
    ),
};

/** How many streams a call brings, and how many its method takes. */
interface StreamCounts {
  readonly sent: number;
  readonly expected: number;
}

/** For the log alone: the sentence of the client is ASP.NET Core's. Undefined where the streams are what they should be. */
function aboutStreams(message: string, sent: number, expected: number): Error | undefined {
  if (sent === expected) return undefined;
  const advice = sent > expected ? ': write @UploadStream() before the parameter that is one' : '';
  return new TypeError(`${message} The call comes with ${sent} stream(s), where the method takes ${expected}${advice}.`);
}

/** What makes one call fail. Those named `HubException` reach the caller whatever `enableDetailedErrors` says. */
export const callErrors = {
  unknownMethod: () => new BindingError('Method does not exist.', 'HubException'),
  /** A filter has told the client what went wrong. */
  told: (message: string) => new HubException(message),
  /** A filter has told the client that something went wrong, and the log what. */
  untold: (target: string) => new CallRefusal(`An unexpected error occurred invoking '${target}' on the server.`),
  unauthorized: (target: string) => new CallRefusal(`Failed to invoke '${target}' because user is unauthorized`),
  idInUse: (invocationId: string) => new CallRefusal(`Invocation ID '${invocationId}' is already in use.`),
  streamIdInUse: (streamId: string) => new CallRefusal(`Stream ID '${streamId}' is already in use.`),
  emptyStreamId: () => new CallRefusal('A stream ID has to be a text that is not empty.'),
  streamCount: (sent: number, expected: number) => {
    const message = `Client sent ${sent} stream(s), Hub method expects ${expected}.`;
    return new HubException(message, { cause: aboutStreams(message, sent, expected) });
  },
  tookTooLong: (timeout: number) => {
    const message = `The method did not answer within ${timeout} milliseconds`;
    return new HubException(`${message}.`, { cause: new Error(`${message}, which is what the option handlerTimeout allows.`) });
  },
  uploadNotRead: () => new HubException('The upload was not read in time.'),
  canceled: () => new SignalRError('ERR_SIGNALR_CANCELED', 'The call was canceled.', 'OperationCanceledException'),
  readTooSlowly: () => new HubException('The stream cannot be held back, and was not read fast enough.'),
  resuming: (group: string) => new HubException(`The group ${show(group)} is being resumed already. Await the answer of the first call.`),
  streamInvoked: (target: string) =>
    new CallRefusal(`The client attempted to invoke the streaming '${target}' method with a non-streaming invocation.`),
  valueStreamed: (target: string) =>
    new CallRefusal(`The client attempted to invoke the non-streaming '${target}' method with a streaming invocation.`),
  argumentCount: (given: number, expected: string, streams: StreamCounts = { sent: 0, expected: 0 }) => {
    const message = `Invocation provides ${given} argument(s) but target expects ${expected}.`;
    return new BindingError(message, undefined, { cause: aboutStreams(message, streams.sent, streams.expected) });
  },
  argumentType: (position: number, type: string, given: unknown) =>
    new BindingError(
      'Error binding arguments. Make sure that the types of the provided values match the types of the hub method being invoked.',
      'InvalidDataException',
      { cause: new TypeError(`Parameter ${position} has to be a ${type}. It was given ${show(given)}.`) },
    ),
  /** The method is the library's own, so that its caller may know what it takes. */
  resumedWrongly: (position: number, expected: string, given: unknown) =>
    new BindingError(`Parameter ${position} has to be ${expected}. It was given ${show(given)}.`, 'HubException'),
};

/** A client that was asked something is not, or no longer, connected. */
export class ClientGoneError extends SignalRError {
  constructor(
    readonly connectionId: string,
    what: string,
  ) {
    super('ERR_SIGNALR_CLIENT_GONE', `Connection '${connectionId}' ${what}.`, 'IOException');
  }
}

/** Why a client did not answer a call. Texts are ASP.NET Core's where it has them. */
export const clientErrors = {
  failed: (message: string) => new HubException(message),
  /** @param reason - why, as whoever aborted the signal has said. */
  canceled: (reason?: unknown) => new HubException('Invocation canceled by the server.', { cause: reason }),
  unknown: (connectionId: string) => new ClientGoneError(connectionId, 'does not exist'),
  disconnected: (connectionId: string) => new ClientGoneError(connectionId, 'disconnected'),
  timedOut: (target: string, timeout: number) =>
    new SignalRError(
      'ERR_SIGNALR_CLIENT_TIMEOUT',
      `The client did not answer '${target}' within ${timeout} milliseconds.`,
      'TimeoutException',
    ),
};

/** The caller asked for something that cannot be; the message is the whole answer. */
export class CallRefusal extends SignalRError {
  constructor(message: string) {
    super('ERR_SIGNALR_REFUSED', message);
  }
}

/** The call did not reach the method: there is none, or its arguments do not fit. */
export class BindingError extends SignalRError {
  constructor(message: string, name = 'InvalidDataException', options?: { cause?: unknown }) {
    super('ERR_SIGNALR_BINDING', message, name, options);
  }
}

export const wrongUse = (message: string): SignalRError => new SignalRError('ERR_SIGNALR_USE', message);

/** Names and numbers come from clients as often as not: their calls get the sentence, and the log is not theirs to fill. */
export const refusal = (message: string): SignalRError => new SignalRError('ERR_SIGNALR_USE', message, 'HubException');

/** A mistake that keeps the application from starting; the texts stand in boot-errors.ts. */
export const bootError = (message: string): SignalRError => new SignalRError('ERR_SIGNALR_BOOT', message);
