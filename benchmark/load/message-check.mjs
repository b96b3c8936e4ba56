import { isDeepStrictEqual } from 'node:util';
import { ExpectedBytes, FIRST_NUMBER } from './numbered-bytes.mjs';

const TEXT = 'What a client says has to come back as it was said, and once. ';

/** A text of this length that ends with the number of its message. */
export function numberedText(length, number = FIRST_NUMBER) {
  const digits = String(number);
  return TEXT.slice(0, length - digits.length) + digits;
}

/**
 * The number of a message that was read, or undefined when it is not what a server should have said.
 *
 * @param wanted - `kind` ('answer', 'event' or 'item') and `target` of an event. The number stands in a text of this `length`, and also in the
 * id of what `hasId`; or only in the id, beside this `value`; or it is the value, beside this `id`.
 */
export function numberOf(message, wanted) {
  if (message.kind !== wanted.kind || message.target !== wanted.target) return undefined;
  if (wanted.length !== undefined) return numberInText(message, wanted);
  if (wanted.id === undefined) return isDeepStrictEqual(message.value, wanted.value) ? Number(message.id) : undefined;
  return message.id === wanted.id ? message.value : undefined;
}

function numberInText({ id, value }, { length, hasId }) {
  if (typeof value !== 'string') return undefined;
  const number = Number(value.slice(-String(FIRST_NUMBER).length));
  if (value !== numberedText(length, number)) return undefined;
  return hasId && id !== String(number) ? undefined : number;
}

/** Checks every message of one kind: byte for byte where it is the one that is due, by reading it where it is not. */
export class MessageCheck {
  /** How many were not as they were expected, and had to be read. */
  decoded = 0;
  #expected;
  #wanted;
  #dialect;

  constructor(dialect, expected, wanted) {
    this.#dialect = dialect;
    this.#expected = new ExpectedBytes(expected);
    this.#wanted = wanted;
  }

  /** Returns the number of a message that this connection had not got yet, or 0. */
  take(ledger, issued, bytes, start, end) {
    const due = ledger.next;
    if (due < issued && this.#expected.equals(due, bytes, start, end)) {
      ledger.advance();
      return due;
    }
    this.decoded++;
    const message = Buffer.from(bytes.subarray(start, end));
    const number = this.#numberIn(message);
    return ledger.take(number, issued, message.toString('latin1', 0, 120)) ? number : 0;
  }

  #numberIn(message) {
    try {
      return numberOf(this.#dialect.read(message), this.#wanted);
    } catch {
      return undefined;
    }
  }
}
