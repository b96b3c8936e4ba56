import { isObservable, Observable, type Subscriber } from 'rxjs';

/** A stream whose next item comes when it is asked for. An array is one where the client wants a stream. */
export type PullSource = AsyncIterable<unknown> | ReadableStream<unknown> | readonly unknown[];

/** What a hub method may return to answer with a stream. */
export type StreamSource = Observable<unknown> | Exclude<PullSource, readonly unknown[]> | PacedStream;

/** Says when a stream may go on; undefined for at once. */
export type Room = () => Promise<void> | undefined;

/** A stream of items that come by themselves, and yet not faster than they can be sent. */
export class PacedStream {
  /** @param leave - lets go of its source when nobody is going to subscribe. */
  constructor(
    readonly items: Observable<unknown>,
    readonly leave: () => unknown,
  ) {}
}

/** Reads a stream item by item. */
export interface StreamReader {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Lets go of the source: a generator gets its `return()`, a ReadableStream its `cancel()`. */
  stop(): unknown;
}

/** Whether a result is a stream: an Observable, an AsyncIterable or a ReadableStream. Arrays and texts are values. */
export function isStream(result: unknown): result is StreamSource {
  if (typeof result !== 'object' || result === null) return false;
  return isObservable(result) || result instanceof PacedStream || Symbol.asyncIterator in result || isReadable(result);
}

/** Lets go of a stream that nobody is going to read. */
export async function abandon(source: StreamSource): Promise<void> {
  if (source instanceof PacedStream) await source.leave();
  else if (!isObservable(source)) await readerOf(source).stop();
}

/** @throws what a stream throws that somebody else reads already. */
export function readerOf(source: PullSource): StreamReader {
  if (isReadable(source)) {
    const reader = source.getReader();
    return { next: () => reader.read() as Promise<IteratorResult<unknown>>, stop: () => reader.cancel() };
  }
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return { next: () => iterator.next(), stop: () => iterator.return?.() };
}

/** The items of a source as an Observable, which asks for the next one when there is room. */
export function paced(source: PullSource, room: Room): Observable<unknown> {
  return new Observable((subscriber) => {
    const reader = readerOf(source);
    void pump(reader, subscriber, room);
    return () => void Promise.resolve(reader.stop()).catch(() => undefined);
  });
}

async function pump(reader: StreamReader, subscriber: Subscriber<unknown>, room: Room): Promise<void> {
  try {
    for (let next = await reader.next(); next.done !== true && !subscriber.closed; next = await reader.next()) {
      subscriber.next(next.value);
      const wait = room();
      if (wait !== undefined) await wait;
    }
    subscriber.complete();
  } catch (error) {
    subscriber.error(error);
  }
}

function isReadable(value: object): value is ReadableStream<unknown> {
  return typeof (value as ReadableStream).getReader === 'function';
}
