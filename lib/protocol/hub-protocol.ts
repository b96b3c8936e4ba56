import type { Framing } from './framing.js';
import type { HubMessage } from './messages.js';

/** Whether a protocol's bytes are text (UTF-8) or binary; a transport that carries text alone refuses binary ones. */
export type TransferFormat = 'text' | 'binary';

/**
 * A wire encoding of hub messages. Implementations are pure: no IO, no state between calls, no knowledge of connections.
 */
export interface HubProtocol {
  /** The name that a client asks for in its handshake; compared without case. */
  readonly name: string;
  /** The highest version that is served; clients ask for this one or a lower one. */
  readonly version: number;
  /** What the bytes of this protocol are. */
  readonly transferFormat: TransferFormat;
  /** How messages are cut out of the stream of bytes. */
  readonly framing: Framing;
  /**
   * Reads the message between `start` and `end`, which are the borders that {@link framing} found. Keeps no slice of `bytes`.
   *
   * @returns the message, or undefined when its type is unknown: newer peers may know more kinds, they are skipped.
   * @throws SignalRError named `InvalidDataException` for bytes that are no message; the connection ends then.
   */
  parse(bytes: Buffer, start: number, end: number): HubMessage | undefined;
  /**
   * Writes one message with its frame, ready for the wire.
   *
   * @throws TypeError or RangeError when a value in it cannot be encoded (it contains itself, is too deep for the stack, or is a bigint beyond
   * the format), and what a user's `toJSON` or replacer throws: this ends the call that the value belongs to, and nothing else.
   */
  write(message: HubMessage): string | Uint8Array;
  /**
   * Makes a function that writes the items of one stream as `write` does, and sooner. Asked once for each stream; a protocol that has nothing to
   * gain leaves it out.
   *
   * @throws what `write` throws.
   */
  writerOfItems?(invocationId: string): (item: unknown) => string | Uint8Array;
  /**
   * Writes a call once more, with one more argument at its end. The others stay as `write` has written them, and are not read. Hubs that keep a
   * history of their groups ask for it: what is kept was written before its place in the history was known.
   *
   * @param call - what `write` has made of an invocation without streams.
   * @param argument - plain data, which no replacer of the application is shown.
   */
  addArgument?(call: string | Uint8Array, argument: unknown): string | Uint8Array;
}
