/**
 * The kinds of hub messages and their numbers on the wire.
 *
 * @see signalr.md §1.9: SignalR Hub Protocol, "JSON Encoding"
 */
export const MessageType = {
  Invocation: 1,
  StreamItem: 2,
  Completion: 3,
  StreamInvocation: 4,
  CancelInvocation: 5,
  Ping: 6,
  Close: 7,
  Ack: 8,
  Sequence: 9,
} as const;

/** Extra data of a message; the .NET client puts `traceparent` and `tracestate` there. */
export type MessageHeaders = Readonly<Record<string, string>>;

/** A message with more headers than this is not read. */
export const MOST_HEADERS = 100;

/** A call: with an `invocationId` it is answered by exactly one completion, without one it never is. */
export interface InvocationMessage {
  type: typeof MessageType.Invocation;
  headers?: MessageHeaders;
  invocationId?: string;
  target: string;
  arguments: readonly unknown[];
  streamIds?: readonly string[];
}

/** One item of a stream, from either side; `invocationId` names the stream. */
export interface StreamItemMessage {
  type: typeof MessageType.StreamItem;
  headers?: MessageHeaders;
  invocationId: string;
  item: unknown;
}

/**
 * The end of a call or of a stream: an error, a result, or neither. There is a result when the property is there at all (`'result' in message`):
 * null or undefined is the result of a method that returns nothing. Without the property it is the end of a stream. A non-empty error wins.
 */
export interface CompletionMessage {
  type: typeof MessageType.Completion;
  headers?: MessageHeaders;
  invocationId: string;
  error?: string;
  result?: unknown;
}

/** A call whose result is a stream. */
export interface StreamInvocationMessage {
  type: typeof MessageType.StreamInvocation;
  headers?: MessageHeaders;
  invocationId: string;
  target: string;
  arguments: readonly unknown[];
  streamIds?: readonly string[];
}

/** The caller no longer wants the answer of `invocationId`. */
export interface CancelInvocationMessage {
  type: typeof MessageType.CancelInvocation;
  headers?: MessageHeaders;
  invocationId: string;
}

/** "I am here": sent when nothing else was. */
export interface PingMessage {
  type: typeof MessageType.Ping;
}

/** The sender ends the connection. */
export interface CloseMessage {
  type: typeof MessageType.Close;
  error?: string;
  allowReconnect?: boolean;
}

/** "I have received everything up to `sequenceId`." */
export interface AckMessage {
  type: typeof MessageType.Ack;
  sequenceId: number;
}

/** "The next message that I send has this id." */
export interface SequenceMessage {
  type: typeof MessageType.Sequence;
  sequenceId: number;
}

/** Every message of the hub protocol. */
export type HubMessage =
  | InvocationMessage
  | StreamItemMessage
  | CompletionMessage
  | StreamInvocationMessage
  | CancelInvocationMessage
  | PingMessage
  | CloseMessage
  | AckMessage
  | SequenceMessage;
