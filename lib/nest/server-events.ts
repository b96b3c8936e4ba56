/** What is needed of an HTTP server: its events, and how many listen to them. */
export interface EventServer {
  emit: (this: unknown, event: string, ...values: unknown[]) => boolean;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  listenerCount(event: string): number;
}

/** Takes an event, and says whether it has: then the listeners do not get it. */
export type Taker = (...values: unknown[]) => boolean;

const known = new WeakMap<EventServer, ServerEvents>();

/**
 * The events of one HTTP server before its listeners get them. A listener among others could not keep an event from them, and other WebSocket
 * servers destroy, or write into, every socket whose path they do not know.
 */
export class ServerEvents {
  private readonly takers = new Map<string, Set<Taker>>();
  private readonly restore: () => void;

  private constructor(private readonly server: EventServer) {
    const own = Object.getOwnPropertyDescriptor(server, 'emit');
    const { emit } = server;
    const offer: EventServer['emit'] = (event, ...values) => this.isTaken(event, values) || emit.call(server, event, ...values);
    server.emit = offer;
    this.restore = () => {
      // Somebody who has wrapped it meanwhile calls this one, which from now on takes nothing.
      if (server.emit !== offer) return;
      Reflect.deleteProperty(server, 'emit');
      if (own !== undefined) Object.defineProperty(server, 'emit', own);
    };
  }

  /** Offers every event of that name to `taker` first. The function that comes back ends it; after the last one the server is as it was. */
  static before(server: EventServer, event: string, taker: Taker): () => void {
    const events = known.get(server) ?? new ServerEvents(server);
    known.set(server, events);
    return events.add(event, taker);
  }

  private add(event: string, taker: Taker): () => void {
    const takers = this.takers.get(event) ?? new Set();
    this.takers.set(event, takers.add(taker));
    return () => this.remove(event, taker);
  }

  private isTaken(event: string, values: unknown[]): boolean {
    for (const take of this.takers.get(event) ?? []) if (take(...values)) return true;
    return false;
  }

  private remove(event: string, taker: Taker): void {
    const takers = this.takers.get(event);
    takers?.delete(taker);
    if (takers?.size === 0) this.takers.delete(event);
    if (this.takers.size > 0) return;
    this.restore();
    known.delete(this.server);
  }
}
