/** A socket as the services of its dialect see it. */
export interface ServedSocket {
  readonly topic: string;
  /** The payload of its join. */
  readonly params: unknown;
  /** Whether a guard stands on its channel. */
  readonly isGuarded: boolean;
  /** The most characters that a name may have. */
  readonly nameLength: number;
  /** Throws what cannot be written for. */
  push(event: string, args: readonly unknown[]): Promise<void>;
  broadcast(event: string, args: readonly unknown[], isForItself: boolean): Promise<void>;
  /** @param key - undefined for the key that it has where nobody says otherwise. */
  track(meta: unknown, key: unknown): Promise<void>;
  untrack(): Promise<void>;
  /** Asks the guards of its channel, as they are asked before an event; rejects where they let nobody pass. */
  askGuards(event: string, payload: unknown): Promise<void>;
  /** Its session brings another token; rejects where the endpoint does not let that in. */
  renew(token: string): Promise<void>;
  leave(): void;
}

/** What a dialect does by itself with an event. */
export interface DialectService {
  /** Set where the guards of the channel are asked by the service itself, and not before it. */
  readonly asksGuards?: boolean;
  /** What it returns is the reply, undefined is none. */
  serve(socket: ServedSocket, payload: unknown): unknown;
}

/** What a dialect does by itself on the channels of its endpoint. */
export interface DialectServices {
  /** Whether clients are told in every channel who is there. */
  readonly keepsPresence: boolean;
  /** By event: in place of the handlers of the channel, on sockets that have joined. */
  readonly events: ReadonlyMap<string, DialectService>;
  /** Looks at a join before its guards and `@Join` do; what it throws refuses it. */
  join(socket: ServedSocket): void | Promise<void>;
}
