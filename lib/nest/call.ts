import type { OpeningRequest } from '../connections/connection.birth.js';

/** One call of a client on its way to a method, whatever language it speaks. */
export interface Call {
  /** Kept here by whoever compiled the handler, for the length of the call. */
  context: unknown;
  /** Who calls: what `getClient()` is. */
  readonly caller: object;
  /** The same for all of its calls: what a class with an instance for each caller has its instance for. */
  readonly owner: object;
  /** Whose request opened the connection; where there was none, what stands for it has this user. */
  readonly opener: { readonly request?: OpeningRequest | undefined; user?: unknown };
  /** What is called. */
  readonly target: string;
  /** What the client gave, in its order. */
  readonly arguments: readonly unknown[];
  /** The streams that come with it, where there can be any. */
  readonly uploads?: readonly unknown[];
  /** The same as guards and pipes see it. */
  readonly data: unknown;
  /** Whether the client wants a stream. */
  readonly wantsStream: boolean;
  /** Takes note of what failed and is no client's fault. */
  report(doing: string, error: unknown): void;
  /** When the next item of a stream may be sent. */
  room(): Promise<void> | undefined;
}

/** What the parameters of one language can be given beside arguments, by the kind that their decorators note down. */
export type Givens = ReadonlyMap<string, (call: never) => unknown>;
