import type { CloseCode } from './close-reason.js';
import type { WhenSlow } from './slowness.js';

/** The limits that refuse something, by the names of their options. */
export type LimitName =
  | 'connections'
  | 'connectionsPerUser'
  | 'connectionsPerAddress'
  | 'connectionsPerSecond'
  | 'invocationsPerSecond'
  | 'eventsPerSecond'
  | 'groupsPerConnection'
  | 'streamsPerConnection'
  | 'channelsPerConnection'
  | 'pendingNegotiations'
  | 'pendingClientResults'
  | 'nameLength';

/** What happens in the house, for logs, metrics and traces. */
export interface EventMap {
  /** A peer finished its handshake and its `onConnected` ran. */
  connected: { endpoint: string; connectionId: string; userIdentifier: string | undefined };
  /** A client that may come back was cut off; it is waited for. */
  interrupted: { endpoint: string; connectionId: string };
  /** It has come back. */
  resumed: { endpoint: string; connectionId: string };
  /** A connection has ended and its `onDisconnected` ran. */
  disconnected: { endpoint: string; connectionId: string; code: CloseCode; error: Error | undefined };
  /** A connection has ended before it was connected: its handshake was not done, or `onConnected` has refused it. */
  unconnected: { endpoint: string; connectionId: string; code: CloseCode; error: Error | undefined };
  /** A call of a client is over: of a hub method, up to the end of its stream if it has one, or an event of a channel. */
  invoked: {
    endpoint: string;
    connectionId: string;
    /** As the application has it; undefined for what does not exist: what a client wrote is never here, and may be anything. */
    method: string | undefined;
    /** In milliseconds; undefined for a call that never ran, or began before anybody listened. */
    duration: number | undefined;
    /** What it threw. */
    error: unknown;
  };
  /** A socket of a channel has joined its topic. */
  joined: { endpoint: string; connectionId: string; topic: string };
  /** It has left. */
  left: { endpoint: string; connectionId: string; topic: string };
  /** Messages were dropped for a client that reads too slowly; told once a second. One that is closed for it is told of by `disconnected`. */
  dropped: {
    endpoint: string;
    connectionId: string;
    /** How many messages, and how many bytes they were, of text characters. */
    count: number;
    bytes: number;
    /** By which they were dropped. */
    policy: WhenSlow;
  };
  /** Somebody was refused something, for it would have passed a limit. */
  limited: {
    endpoint: string;
    /** The name of the option, such as 'connectionsPerUser', and its value. */
    limit: LimitName;
    value?: number | undefined;
    /** Who it was, as far as that is known. */
    address?: string | undefined;
    userIdentifier?: string | undefined;
    connectionId?: string | undefined;
  };
  /** Messages of other servers were lost on their way here. */
  gap: {
    endpoint: string;
    /** How many; undefined where nobody can know. */
    missed: number | undefined;
  };
  /** A frame has come or goes out, of a connection that began when somebody listened already. What is in it is told to nobody. */
  framed: {
    endpoint: string;
    connectionId: string;
    direction: 'in' | 'out';
    /** One of a few words of ours. */
    kind: string;
    /** In bytes, of text that goes out in characters. */
    size: number;
    /** As the application has it, where a client calls something that exists. */
    method: string | undefined;
  };
  /** A request, or an upgrade, was answered with a status of 400 or more. */
  refused: {
    endpoint: string;
    /** The method, and the path without its query, where tokens are. */
    asked: string;
    status: number;
    /** The sentence, or the document, that the client got. */
    reason: string;
  };
  /** Something failed where nobody else could be told. */
  failed: { endpoint: string; doing: string; error: unknown };
}

type Listener<E> = (event: E) => unknown;

interface Entry {
  readonly listener: Listener<never>;
}

/** The typed list of listeners; without a listener an event costs one look at a map. */
export class Events {
  /** The lists are never changed but replaced: whoever begins to listen or stops while an event is told does not disturb it. */
  private readonly entries = new Map<keyof EventMap, readonly Entry[]>();

  /** Whether anybody listens: makers of an event ask first, so that nothing is built for nobody. */
  has(name: keyof EventMap): boolean {
    return this.entries.has(name);
  }

  /** Adds a listener; the function that comes back removes it. */
  on<N extends keyof EventMap>(name: N, listener: Listener<EventMap[N]>): () => void {
    const entry: Entry = { listener };
    this.entries.set(name, [...(this.entries.get(name) ?? []), entry]);
    return () => this.remove(name, entry);
  }

  /** Tells the listeners; what one of them throws, or rejects with, is its own affair and stops nobody. */
  emit<N extends keyof EventMap>(name: N, event: EventMap[N]): void {
    for (const { listener } of this.entries.get(name) ?? NOBODY) {
      try {
        const result = (listener as Listener<EventMap[N]>)(event);
        if (result instanceof Promise) result.catch((error: unknown) => this.listenerFailed(name, event, error));
      } catch (error) {
        this.listenerFailed(name, event, error);
      }
    }
  }

  private listenerFailed(name: keyof EventMap, { endpoint }: { endpoint: string }, error: unknown): void {
    if (name !== 'failed') this.emit('failed', { endpoint, doing: `telling a listener of '${name}'`, error });
  }

  private remove(name: keyof EventMap, entry: Entry): void {
    const others = (this.entries.get(name) ?? []).filter((other) => other !== entry);
    if (others.length > 0) this.entries.set(name, others);
    else this.entries.delete(name);
  }
}

const NOBODY: readonly Entry[] = [];
