import { isObservable, Observable, type Observer, type Subscription } from 'rxjs';
import type { HubCall } from '../hubs/hub.call.js';
import { abandon, isStream, paced, PacedStream, type StreamSource } from '../hubs/streams.js';

/** What became of a call that interceptors stand around. */
type Told = { readonly value: unknown } | { readonly error: unknown } | 'complete';

/** Keeps what an Observable says until there is somebody to listen. */
class Relay implements Observer<unknown> {
  private listener: Observer<unknown> | undefined;
  private kept: Told[] = [];

  /** @param ended - called when it ends and nobody listens: with all that it said. */
  constructor(private readonly ended: (told: readonly Told[]) => void) {}

  next(value: unknown): void {
    if (this.listener === undefined) this.kept.push({ value });
    else this.listener.next(value);
  }

  error(error: unknown): void {
    if (this.listener === undefined) this.end({ error });
    else this.listener.error(error);
  }

  complete(): void {
    if (this.listener === undefined) this.end('complete');
    else this.listener.complete();
  }

  listen(listener: Observer<unknown>): void {
    this.listener = listener;
    for (const told of this.kept.splice(0)) replay(told, listener);
  }

  private end(told: Told): void {
    this.kept.push(told);
    this.ended(this.kept);
  }
}

/**
 * The result of a method that interceptors stand around. Whether it is a stream the method itself says: then interceptors see its items, which
 * begin to come when somebody wants them; else its last value is the result.
 *
 * @param answer - makes what interceptors make of the method; it is given the method.
 * @param run - the method.
 */
export function intercepted(
  call: HubCall,
  run: () => unknown,
  answer: (run: () => Promise<unknown>) => Promise<Observable<unknown>>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let subscription: Subscription | undefined;
    const relay = new Relay((told) => settle(told, resolve, reject));
    const offer = (source: StreamSource, begin: () => void): void => {
      const items = new Observable<unknown>((listener) => {
        relay.listen(listener);
        begin();
        return () => subscription?.unsubscribe();
      });
      const leave = (): unknown => {
        subscription?.unsubscribe();
        return abandon(source);
      };
      resolve(isObservable(source) ? items : new PacedStream(items, leave));
    };
    const handle = async (): Promise<unknown> => {
      const result = await run();
      return isStream(result) ? held(result, call, offer) : result;
    };
    answer(handle)
      .then((answer$) => (subscription = answer$.subscribe(relay)))
      .catch(reject);
  });
}

/** The items of a method's stream, which begin to come when the other end of the interceptors is listened to. */
function held(source: StreamSource, call: HubCall, offer: (source: StreamSource, begin: () => void) => void): Observable<unknown> {
  return new Observable((subscriber) => {
    offer(source, () => subscriber.add(itemsOf(source, call).subscribe(subscriber)));
  });
}

function itemsOf(source: StreamSource, call: HubCall): Observable<unknown> {
  if (isObservable(source)) return source;
  return source instanceof PacedStream ? source.items : paced(source, () => call.room());
}

function settle(told: readonly Told[], resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  const last = told.at(-1) as Told;
  if (typeof last === 'object' && 'error' in last) return reject(last.error);
  const value = told.at(-2);
  resolve(typeof value === 'object' && 'value' in value ? value.value : undefined);
}

function replay(told: Told, listener: Observer<unknown>): void {
  if (told === 'complete') listener.complete();
  else if ('error' in told) listener.error(told.error);
  else listener.next(told.value);
}
