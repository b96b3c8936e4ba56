import type { CloseReason } from '../common/close-reason.js';
import type { Payload } from '../common/payload.js';

/** The names of the transports as a client reads them in the answer to its negotiation. */
export type TransportName = 'WebSockets' | 'ServerSentEvents' | 'LongPolling';

/**
 * A stream of text, or of bytes, in which messages have frames of their own; or documents, of which each write is one: a text is one of text, bytes
 * are one of bytes.
 */
export type TransportFormat = 'text' | 'binary' | 'documents';

/**
 * What carries bytes to and from one peer. It knows no protocol: what arrives goes to `Connection.receive` as it came, however it was cut.
 * When it ends by itself it calls `Connection.transportClosed` once; or `transportLost`, when it broke off and its peer could come by another one.
 */
export interface Transport {
  /** As in the negotiation; raw streams have none. */
  readonly name: TransportName | undefined;
  /** Bytes that were written and that the operating system has not taken yet. */
  readonly bufferedAmount: number;
  /** Grows with what the operating system takes; where it is undefined, only a fall of {@link bufferedAmount} shows that it has. */
  readonly taken?: number | undefined;
  /** Calls back once, when the operating system has taken all that was written. Only asked for while something waits; not kept at the end. */
  onceDrained(callback: () => void): void;
  /** Set where it carries no bytes but text. */
  readonly isTextOnly?: boolean;
  /** Set where the peer comes by itself all the time: it is sent no pings, and is not expected to send any. */
  readonly hasInherentKeepAlive?: boolean;
  /** Whether the peer still has to fetch what is left, or to hear of the end, when its connection has ended. */
  readonly isAwaited?: boolean;
  /**
   * Whether a socket of the peer is still there, or something that is on its way to it: until then the peer counts among those of its address. A transport
   * of which this is true when its connection ends calls `Connection.transportEnded` as soon as it is not any more.
   */
  readonly isStanding?: boolean;
  /** Writes the bytes of one turn of the event loop, as text or as binary. */
  write(data: string | Uint8Array): void;
  /** Writes bytes that other peers get too; the transport may keep its form of them in the payload. */
  writeShared(payload: Payload): void;
  /** What is written from now on; until somebody says so it is text. */
  setFormat(format: TransportFormat): void;
  /** Hands on at once what it would keep for the end of the turn. */
  flush?(): void;
  /** Holds back what is written until {@link uncork}, so that several documents are one piece of work for the operating system. */
  cork?(): void;
  uncork?(): void;
  /** Reads nothing until {@link resume}: the peer is held back by its own network. */
  pause(): void;
  /** Goes on reading. */
  resume(): void;
  /** A second has passed. A transport that has this sees for itself that its peer takes what it is sent. */
  tick?(now: number): void;
  /** Before {@link close}: a peer that floods is not read for a while, and hears only then that it is over. */
  detain?(): void;
  /** Tells such a peer now: the server itself goes. */
  discharge?(): void;
  /** Lets go of a peer that has come, or may come, by another way: no goodbye, and no word about it to the connection. */
  abandon?(): void;
  /**
   * Writes what is left, says goodbye where there is a way to, and cuts a peer that does not answer. Repeated calls do nothing.
   *
   * @param code - of a WebSocket's close frame.
   */
  close(reason: CloseReason, code?: number): void;
  /** After {@link close}: waits for its peer no longer. */
  cut?(): void;
}
