import { FIRST_NUMBER } from './numbered-bytes.mjs';

/** What went wrong on all connections of a run, with the first few words about it. */
export class Faults {
  wrong = 0;
  missing = 0;
  doubled = 0;
  outOfOrder = 0;
  samples = [];

  get total() {
    return this.wrong + this.missing + this.doubled + this.outOfOrder;
  }

  note(kind, text) {
    this[kind]++;
    if (this.samples.length < 5) this.samples.push(`${kind}: ${text}`);
  }

  toJSON() {
    const { total, wrong, missing, doubled, outOfOrder, samples } = this;
    return { total, wrong, missing, doubled, outOfOrder, samples };
  }
}

/** The messages that one connection has to get: the numbers from `first` on in steps, each once, in this order. */
export class Ledger {
  #first;
  #step;
  #faults;
  #late = new Set();
  /** The number that is due. */
  next;

  constructor(faults, first = FIRST_NUMBER, step = 1) {
    this.#faults = faults;
    this.#first = first;
    this.#step = step;
    this.next = first;
  }

  /** The message that was due has come. */
  advance() {
    this.next += this.#step;
  }

  /**
   * A message has come, whichever it is.
   *
   * @param number - undefined when it is none that anybody asked for.
   * @param issued - the first number that was not sent yet.
   * @returns whether it is one that was still to come.
   */
  take(number, issued, text = String(number)) {
    if (!this.#isMine(number, issued)) return this.#fault('wrong', text);
    if (number >= this.next) return this.#catchUp(number);
    if (!this.#late.delete(number)) return this.#fault('doubled', text);
    this.#fault('outOfOrder', text);
    return true;
  }

  /** What was to come before this number and has not is late. */
  skipTo(number) {
    for (; this.next < number; this.next += this.#step) this.#late.add(this.next);
  }

  /** All is said: what has not come by now is missing. */
  finish(issued) {
    this.skipTo(issued);
    for (const number of this.#late) this.#fault('missing', String(number));
    this.#late.clear();
  }

  #isMine(number, issued) {
    return Number.isInteger(number) && number >= this.#first && number < issued && (number - this.#first) % this.#step === 0;
  }

  /** What was skipped is late; whether it comes at all, the end tells. */
  #catchUp(number) {
    this.skipTo(number);
    this.advance();
    return true;
  }

  #fault(kind, text) {
    this.#faults.note(kind, text);
    return false;
  }
}
