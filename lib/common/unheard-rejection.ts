/** A promise that remembers whether anybody wants to know how it ends. */
class ObservedPromise<T> extends Promise<T> {
  isObserved = false;

  /** What `then` makes is an ordinary promise: only this one is watched. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // The one way to learn that somebody waits.
  // oxlint-disable-next-line unicorn/no-thenable
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isObserved = true;
    return super.then(onFulfilled, onRejected);
  }
}

/**
 * Does work for a caller who may not be listening. Who awaits the promise gets what the work throws; if nobody does within the turn of the event
 * loop in which it fails, `report` gets it, once. It never becomes an unhandled rejection, which would end the process.
 */
export function unlessUnheard<T>(work: () => T | Promise<T>, report: (error: unknown) => void): Promise<T> {
  const promise = new ObservedPromise<T>((resolve) => resolve(attempt(work)));
  void Promise.prototype.then.call(promise, undefined, (error: unknown) => {
    setImmediate(() => {
      if (!promise.isObserved) report(error);
    });
  });
  return promise;
}

async function attempt<T>(work: () => T | Promise<T>): Promise<T> {
  return work();
}

/** A rejection for a caller who may not be listening; see {@link unlessUnheard}. */
export function unheardRejection(error: unknown, report: (error: unknown) => void): Promise<never> {
  return unlessUnheard<never>(async () => {
    throw error;
  }, report);
}
