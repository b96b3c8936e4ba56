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
 * @param wanted - `kind` ('answer' or 'event'), `target` of an event, `length` of its text, and whether it `hasId`.
 */
export function numberOf(message, wanted) {
  if (message.kind !== wanted.kind || message.target !== wanted.target || typeof message.value !== 'string') return undefined;
  const number = Number(message.value.slice(-String(FIRST_NUMBER).length));
  if (message.value !== numberedText(wanted.length, number)) return undefined;
  return wanted.hasId && message.id !== String(number) ? undefined : number;
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
