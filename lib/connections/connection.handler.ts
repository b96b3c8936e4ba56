import type { CloseReason } from '../common/close-reason.js';

/** One connection's other half: what the peer says is told to it, in order. Nothing of it throws. */
export interface ConnectionHandler {
  /**
   * Bytes arrived; a slice that is only valid during the call. Where documents are spoken it is exactly one of them.
   *
   * @param isBinary - whether it came as bytes and not as text, where a transport can tell.
   */
  receive(bytes: Buffer, isBinary: boolean): void;
  /** The transport ended without a word. Once what has arrived is dealt with, the handler closes the connection for this reason. */
  transportClosed(reason: CloseReason): void;
  /** The transport broke off, and the peer is waited for. Only for a connection that keeps what it sends. */
  interrupted?(): void;
  /** The peer has come by another transport, of which nothing is known yet; maybe before the one it had broke off. */
  resumed?(): void;
  /** What is said waits for an acknowledgement of the peer, which may stand behind what is not read. Only for a connection that keeps what it sends. */
  relieve?(): void;
  /** A second has passed: the place for everything that depends on time. */
  tick(now: number): void;
  /** The same user has authenticated anew. */
  renewed?(): void;
  /**
   * The connection is going to be closed: what the peer has asked for and is being done comes to its end, and nothing else begins. Settles when
   * nothing is done any more; undefined where that is so now.
   */
  finish?(): Promise<void> | undefined;
  /** The last words to a peer that can still hear, if there are any. */
  farewell(reason: CloseReason): string | Uint8Array | undefined;
  /** The code of a WebSocket's close frame, where the language has codes of its own. */
  closeCode?(reason: CloseReason): number;
  /** The transport was told to close and the signal has fired: now the slow things, users' hooks among them. Settles when all is done. */
  closed(reason: CloseReason): Promise<void>;
}
