import { isObservable, type Observable } from 'rxjs';

/** What a hub method may return to answer with a stream. */
export type StreamSource = Observable<unknown> | AsyncIterable<unknown> | ReadableStream<unknown>;

/** Whether a result is a stream: an Observable, an AsyncIterable or a ReadableStream. Arrays and texts are values. */
export function isStream(result: unknown): result is StreamSource {
  if (typeof result !== 'object' || result === null) return false;
  return isObservable(result) || Symbol.asyncIterator in result || typeof (result as ReadableStream).getReader === 'function';
}

/** Lets go of a stream that nobody is going to read: a generator gets its `return()`, a ReadableStream its `cancel()`. */
export async function abandon(source: StreamSource): Promise<void> {
  if (isObservable(source)) return;
  if ('cancel' in source) await source.cancel();
  else await source[Symbol.asyncIterator]().return?.();
}
