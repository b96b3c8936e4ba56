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
 * A rejection for a caller who may not be listening. Who awaits it gets the error; if nobody does within this turn of the event loop, `report`
 * gets it, once. It never becomes an unhandled rejection, which would end the process.
 */
export function unheardRejection(error: unknown, report: (error: unknown) => void): Promise<never> {
  const promise = new ObservedPromise<never>((_, reject) => reject(error));
  void Promise.prototype.then.call(promise, undefined, () => undefined);
  setImmediate(() => {
    if (!promise.isObserved) report(error);
  });
  return promise;
}
