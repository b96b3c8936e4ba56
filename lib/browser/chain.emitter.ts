/** A callback for what a page listens to. */
// What comes off the wire has no type until somebody says one.
// oxlint-disable-next-line typescript/no-explicit-any
export type Listener = (...values: any[]) => void;

/** Calls back those who listen. */
export class Emitter {
  private readonly listeners = new Map<string, Set<Listener>>();

  /** Listens to an event. */
  on(event: string, listener: Listener): this {
    const known = this.listeners.get(event);
    if (known === undefined) this.listeners.set(event, new Set([listener]));
    else known.add(listener);
    return this;
  }

  /** Listens no longer. */
  off(event: string, listener: Listener): this {
    this.listeners.get(event)?.delete(listener);
    return this;
  }

  protected emit(event: string, ...values: unknown[]): void {
    for (const listener of Array.from(this.listeners.get(event) ?? [])) callSafely(listener, values);
  }
}

/** What a listener throws is the page's, which hears of it as of any error; the others are called all the same. */
export function callSafely(listener: Listener, values: unknown[]): void {
  try {
    listener(...values);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
