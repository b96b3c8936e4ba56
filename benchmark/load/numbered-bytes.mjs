import { clientFrame, MASK } from './frames.mjs';
import { encode } from './messagepack.mjs';

/** Messages are numbered from here on: all numbers have the same length, so that one message becomes the next by its digits alone. */
export const FIRST_NUMBER = 10_000_000;
const DIGITS = 8;
const ZERO = 0x30;
const NO_MASK = [0, 0, 0, 0];
/** How MessagePack writes a number as large as these: a byte that says so, and four of it. */
const INTEGER = Buffer.from(encode(FIRST_NUMBER));

/** A call, ready to be sent; of one call to the next only the number changes. */
export class PreparedCall {
  #bytes;
  #start;
  #places;
  #mask;

  /**
   * @param payload - the bytes of the call whose number is `FIRST_NUMBER`.
   * @param opcode - of the frame that it is sent in; undefined where there are no frames.
   */
  constructor(payload, opcode) {
    const { bytes, start } = opcode === undefined ? { bytes: payload, start: 0 } : clientFrame(payload, opcode);
    this.#bytes = bytes;
    this.#start = start;
    this.#places = placesOf(payload);
    this.#mask = opcode === undefined ? NO_MASK : MASK;
  }

  get length() {
    return this.#bytes.length;
  }

  /** Writes the call of this number into `target` and returns where it ends. */
  writeTo(target, offset, number) {
    target.set(this.#bytes, offset);
    for (const place of this.#places) writeNumber(target, offset + this.#start, place, number, this.#mask);
    return offset + this.#bytes.length;
  }
}

/** What a message has to look like, byte for byte; of one message to the next only the number changes. */
export class ExpectedBytes {
  #bytes;
  #places;
  #integer;
  #number = FIRST_NUMBER;

  /** @param bytes - the message whose number is `FIRST_NUMBER`. */
  constructor(bytes) {
    this.#bytes = Buffer.from(bytes);
    this.#places = placesOf(bytes);
    this.#integer = bytes.indexOf(INTEGER);
  }

  equals(number, bytes, start, end) {
    if (end - start !== this.#bytes.length) return false;
    // A broadcast comes to a thousand connections under the same number.
    if (number !== this.#number) this.#renumber(number);
    return bytes.compare(this.#bytes, 0, this.#bytes.length, start, end) === 0;
  }

  #renumber(number) {
    this.#number = number;
    for (const place of this.#places) writeNumber(this.#bytes, 0, place, number, NO_MASK);
    if (this.#integer >= 0) this.#bytes.writeUInt32BE(number, this.#integer + 1);
  }
}

/** Where `FIRST_NUMBER` is written in these bytes. */
function placesOf(bytes) {
  const places = [];
  for (let at = bytes.indexOf(String(FIRST_NUMBER)); at >= 0; at = bytes.indexOf(String(FIRST_NUMBER), at + DIGITS)) places.push(at);
  return places;
}

/** Writes the digits at `place` of a payload that begins at `start`. */
function writeNumber(bytes, start, place, number, mask) {
  let rest = number;
  for (let index = place + DIGITS - 1; index >= place; index--) {
    const quotient = Math.trunc(rest / 10);
    bytes[start + index] = (ZERO + rest - quotient * 10) ^ mask[index & 3];
    rest = quotient;
  }
}
