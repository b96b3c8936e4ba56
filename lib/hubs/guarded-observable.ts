import { Observable, Subscriber, type Observer, type Operator, type Subscription } from 'rxjs';

/** Takes what a subscriber does not. */
export type Caught = (error: unknown) => void;

/** What `subscribe` takes: an observer, or up to three functions. */
export type Handlers = readonly unknown[];

/**
 * What pipes make of a stream whose errors are a client's doing. For a subscriber without an error handler, or one that throws, rxjs ends the
 * process: here it is reported, and all that comes later is handed on, as rxjs does it.
 */
export class GuardedObservable<T> extends Observable<T> {
  constructor(
    override source: Observable<unknown>,
    override operator: Operator<unknown, T> | undefined,
    private readonly caught: Caught,
  ) {
    super();
  }

  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    return new GuardedObservable(this, operator, this.caught);
  }

  override subscribe(...handlers: never[]): Subscription {
    return super.subscribe(guarded(handlers, this.caught) as Observer<unknown>);
  }
}

/** The same handlers as one observer that lets nothing escape. What an operator subscribes with is guarded at the end of its own pipe. */
export function guarded(handlers: Handlers, caught: Caught): Partial<Observer<unknown>> {
  const [first, error, complete] = handlers;
  if (isSubscriber(first)) return first;
  const observer = (typeof first === 'object' && first !== null ? first : { next: first, error, complete }) as Partial<Observer<unknown>>;
  const attempt = (handle: () => unknown): void => {
    try {
      handle();
    } catch (thrown) {
      caught(thrown);
    }
  };
  return {
    next: (item) => attempt(() => observer.next?.(item)),
    error: (failure: unknown) => attempt(() => (observer.error == null ? caught(failure) : observer.error(failure))),
    complete: () => attempt(() => observer.complete?.()),
  };
}

/** By shape as well: operators may come from another copy of rxjs. */
function isSubscriber(value: unknown): value is Subscriber<unknown> {
  if (value instanceof Subscriber) return true;
  const { next, add, unsubscribe } = (value ?? {}) as Partial<Subscriber<unknown>>;
  return [next, add, unsubscribe].every((method) => typeof method === 'function');
}
