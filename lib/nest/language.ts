import type { Givens } from './call.js';

/** What methods of one kind of class may have as parameters. */
export interface Language {
  /** For texts: 'a hub', 'a channel'. */
  readonly speaker: string;
  readonly givens: Givens;
  /** Whether clients can send streams. */
  readonly takesUploads: boolean;
  /** The kind that Nest's own `@ConnectedSocket()` stands for. */
  readonly connectedSocket: string;
  /** Classes of ours that no client can send: the kind of parameter that they are, and what it is missing without its decorator. */
  readonly types: ReadonlyMap<unknown, { readonly kind: string; readonly decorator: string }>;
  /** The decorators that mean something, for texts. */
  readonly decorators: string;
}
