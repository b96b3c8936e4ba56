import { isObservable, Observable, type Subscriber } from 'rxjs';
import { isThenable } from '../common/thenable.js';

/** What is a value, and a stream where the client wants one. */
export type Listed = readonly unknown[] | IterableIterator<unknown>;

/** A stream whose next item comes when it is asked for. */
export type PullSource = AsyncIterable<unknown> | ReadableStream<unknown> | Listed;

/** What a hub method may return to answer with a stream. */
export type StreamSource = Observable<unknown> | Exclude<PullSource, Listed> | HeldStream;

/** Says when a stream may go on; undefined for at once. */
export type Room = () => Promise<void> | undefined;

/** A stream that begins when it is subscribed to, and keeps something open until then. */
export class HeldStream {
  /**
   * @param isPaced - whether its items come no faster than they can be sent.
   * @param leave - lets go of all that belongs to it, whether or not somebody has subscribed.
   */
  constructor(
    readonly items: Observable<unknown>,
    readonly isPaced: boolean,
    readonly leave: () => unknown,
  ) {}
}

/** Reads a stream item by item. */
export interface StreamReader {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Lets go of the source: a generator gets its `return()`, a ReadableStream its `cancel()`, a stream of Node is destroyed. */
  stop(): unknown;
}

/** Who wants the items of a source. */
export interface Reading {
  readonly room: Room;
  /** Has a source let go of that is not wanted any more. */
  letGo(stop: () => unknown): void;
}

/** Whether a result is a stream: an Observable, an AsyncIterable or a ReadableStream. Arrays and texts are values. */
export function isStream(result: unknown): result is StreamSource {
  if (typeof result !== 'object' || result === null) return false;
  return isObservable(result) || result instanceof HeldStream || Symbol.asyncIterator in result || isReadable(result);
}

/** Whether a value can be sent item by item: an array, or what a generator returns that is not async. A Map or a Set is a value as any. */
export function isListed(result: unknown): result is Listed {
  return Array.isArray(result) || isIterator(result);
}

function isIterator(value: unknown): value is IterableIterator<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.iterator in value && typeof (value as { next?: unknown }).next === 'function';
}

/** Lets go of a stream that nobody is going to read. */
export async function abandon(source: StreamSource | Listed): Promise<void> {
  if (source instanceof HeldStream) await source.leave();
  else if (!isObservable(source)) await readerOf(source).stop();
}

/**
 * Tells a source to stop, however it takes that.
 *
 * @returns settles when it has stopped; undefined where it has at once.
 */
export function letGo(stop: () => unknown, report: (error: unknown) => void): Promise<void> | undefined {
  try {
    const stopping = stop();
    if (isThenable(stopping)) return Promise.resolve(stopping).then(() => undefined, report);
  } catch (error) {
    report(error);
  }
  return undefined;
}

/** @throws what a stream throws that somebody else reads already. */
export function readerOf(source: PullSource): StreamReader {
  if (isReadable(source)) {
    const reader = source.getReader();
    return { next: () => reader.read() as Promise<IteratorResult<unknown>>, stop: () => reader.cancel() };
  }
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return { next: () => iterator.next(), stop: isOfNode(source) ? () => destroy(source) : () => iterator.return?.() };
}

/** The items of a source as an Observable, which asks for the next one when there is room. */
export function paced(source: PullSource, reading: Reading): Observable<unknown> {
  return new Observable((subscriber) => {
    const pump = new Pump(readerOf(source), subscriber, reading.room);
    void pump.run();
    return () => reading.letGo(() => pump.stop());
  });
}

/** Reads a source as long as somebody listens. */
class Pump {
  private hasEnded = false;

  constructor(
    private readonly reader: StreamReader,
    private readonly subscriber: Subscriber<unknown>,
    private readonly room: Room,
  ) {}

  async run(): Promise<void> {
    try {
      await this.readAll();
      this.hasEnded = true;
      this.subscriber.complete();
    } catch (error) {
      this.hasEnded = true;
      this.subscriber.error(error);
    }
  }

  /** A source that has ended by itself, or failed, is not told to. */
  stop(): unknown {
    return this.hasEnded ? undefined : this.reader.stop();
  }

  private async readAll(): Promise<void> {
    while (!this.subscriber.closed) {
      const next = await this.reader.next();
      if (next.done === true) return;
      this.subscriber.next(next.value);
      const wait = this.room();
      if (wait !== undefined) await wait;
    }
  }
}

/** What may be destroyed, and then says whether that went well. */
interface Destroyable {
  on(event: 'error', listener: () => void): unknown;
  destroy(): unknown;
}

/**
 * `return()` does nothing where nobody has begun to read, and waits for the next item where somebody has. What a stream fails for that is not wanted
 * any more, such as a file that is not there, is no news; and without a listener it would end the process.
 */
function destroy(stream: Destroyable): void {
  stream.on('error', () => undefined);
  stream.destroy();
}

function isOfNode(source: object): source is Destroyable {
  const { on, destroy: end } = source as Partial<Destroyable>;
  return typeof on === 'function' && typeof end === 'function';
}

function isReadable(value: object): value is ReadableStream<unknown> {
  return typeof (value as ReadableStream).getReader === 'function';
}
