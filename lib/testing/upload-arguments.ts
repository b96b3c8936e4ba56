import { asError } from '../common/errors.js';
import { MessageType, type CompletionMessage, type StreamItemMessage } from '../protocol/messages.js';

/** What a client can upload: an Observable of any make, a Subject of the official client among them, an async generator, a ReadableStream. */
type Uploadable = { subscribe(observer: object): unknown } | AsyncIterable<unknown>;

/** The arguments of a call as they go over the wire: streams are sent beside them. */
export interface SplitArguments {
  readonly plain: unknown[];
  readonly streams: ReadonlyMap<string, Uploadable>;
  /** Undefined where there are none. */
  readonly streamIds: string[] | undefined;
}

/** Writes a message; what it promises is that there is room for the next one. False when nobody reads any more. */
type Write = (message: StreamItemMessage | CompletionMessage) => Promise<boolean>;

/** @param nextId - gives each stream its id. */
export function splitArguments(given: readonly unknown[], nextId: () => string): SplitArguments {
  const streams = new Map(given.filter(isUploadable).map((stream) => [nextId(), stream]));
  return {
    plain: given.filter((value) => !isUploadable(value)),
    streams,
    streamIds: streams.size === 0 ? undefined : [...streams.keys()],
  };
}

/** Sends what the streams say, and how they end. */
export function upload(streams: ReadonlyMap<string, Uploadable>, write: Write): void {
  for (const [invocationId, stream] of streams) {
    const next = (item: unknown): Promise<boolean> => write({ type: MessageType.StreamItem, invocationId, item });
    const end = (error?: string): void => void write({ type: MessageType.Completion, invocationId, error });
    const error = (failure: unknown): void => end(asError(failure).message);
    if ('subscribe' in stream) stream.subscribe({ next, error, complete: () => end() });
    else sendAll(stream, next).then(() => end(), error);
  }
}

async function sendAll(items: AsyncIterable<unknown>, send: (item: unknown) => Promise<boolean>): Promise<void> {
  for await (const item of items) if (!(await send(item))) return;
}

function isUploadable(value: unknown): value is Uploadable {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as { subscribe?: unknown }).subscribe === 'function' || Symbol.asyncIterator in value;
}
