/** Whether a value is a promise, of whatever kind: what is none need not be awaited, which spares a turn of the microtask queue. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
