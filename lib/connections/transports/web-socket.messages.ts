import { isUtf8 } from 'node:buffer';
import { mask, MASK } from './web-socket.mask.js';

/** The first byte of a frame that is a whole message, and not compressed (RFC 6455 §5.2). */
const TEXT = 0x81;
const BINARY = 0x82;

/** The second byte of a client's frame that says its own length. */
const MASKED = 0x80;
/** The length stands in the two bytes behind. */
const MEDIUM = 0xfe;
const LONG = 0xff;

/** Who is given the messages. */
export interface Hearer {
  /** Whether nothing more is wanted. */
  readonly isDeaf: boolean;
  received(data: Buffer, isBinary: boolean): void;
}

/**
 * Hands on the messages that stand whole, each in one short frame, at the beginning of what a client sent. All else is left to `ws`, and with it all
 * that is wrong.
 *
 * @remarks
 * `ws` makes four objects for each message, and where thousands of connections are mostly idle V8 takes those for long-lived: 360 bytes a message go
 * to the old generation, and what should be a small collection is a large one. This makes one object, and takes 0.2 µs a message where `ws` takes 0.6.
 *
 * @param maximum - of a message's length in bytes, 0 for none.
 * @returns how many bytes that were.
 */
export function readMessages(bytes: Buffer, maximum: number, hearer: Hearer): number {
  let at = 0;
  while (!hearer.isDeaf) {
    const body = bodyOf(bytes, at);
    const end = body + lengthAt(bytes, at);
    if (body === 0 || end > bytes.length || (maximum > 0 && end - body > maximum)) break;
    mask(bytes, body, end);
    const data = bytes.subarray(body, end);
    if (bytes[at] === TEXT && !isUtf8(data)) {
      // As it came: masking is its own opposite.
      mask(bytes, body, end);
      break;
    }
    hearer.received(data, bytes[at] === BINARY);
    at = end;
  }
  return at;
}

/** Where the payload begins of a frame that is read here; 0 for others. */
function bodyOf(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length || (bytes[at] !== TEXT && bytes[at] !== BINARY)) return 0;
  const second = bytes[at + 1];
  if (second < MASKED || second === LONG) return 0;
  const body = at + 2 + (second === MEDIUM ? 2 : 0) + MASK;
  return body > bytes.length ? 0 : body;
}

function lengthAt(bytes: Buffer, at: number): number {
  const second = bytes[at + 1];
  return second === MEDIUM ? (bytes[at + 2] << 8) | bytes[at + 3] : second - MASKED;
}
