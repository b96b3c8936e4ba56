/** What happens in the house, for logs, metrics and traces. */
export interface EventMap {
  /** A peer finished its handshake and its `onConnected` ran. */
  connected: { endpoint: string; connectionId: string; userIdentifier: string | undefined };
  /** A connection has ended and its `onDisconnected` ran. */
  disconnected: { endpoint: string; connectionId: string; code: string; error: Error | undefined };
  /** A hub method was called and has answered; `error` is what it threw. */
  invoked: { endpoint: string; connectionId: string; target: string; error: unknown };
  /** Something failed where nobody else could be told. */
  failed: { endpoint: string; doing: string; error: unknown };
}

type Listener<E> = (event: E) => void;

/** The typed list of listeners; without a listener an event costs one look at a map. */
export class Events {
  private readonly listeners = new Map<keyof EventMap, Set<Listener<never>>>();

  /** Whether anybody listens: makers of an event ask first, so that nothing is built for nobody. */
  has(name: keyof EventMap): boolean {
    return this.listeners.has(name);
  }

  /** Adds a listener; the function that comes back removes it. */
  on<N extends keyof EventMap>(name: N, listener: Listener<EventMap[N]>): () => void {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener));
    return () => {
      if (all.delete(listener) && all.size === 0) this.listeners.delete(name);
    };
  }

  /** Tells the listeners; what one of them throws is its own affair and stops nobody. */
  emit<N extends keyof EventMap>(name: N, event: EventMap[N]): void {
    for (const listener of this.listeners.get(name) ?? []) {
      try {
        (listener as Listener<EventMap[N]>)(event);
      } catch (error) {
        if (name !== 'failed') this.emit('failed', { endpoint: event.endpoint, doing: `telling a listener of '${name}'`, error });
      }
    }
  }
}
