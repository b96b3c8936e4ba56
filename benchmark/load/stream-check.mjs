import { MessageCheck } from './message-check.mjs';
import { FIRST_NUMBER } from './numbered-bytes.mjs';

/** Checks what a stream of numbers consists of: its items, and its end. */
export class StreamCheck {
  #dialect;
  #id;
  #itemLength;
  #end;
  #items;

  constructor(dialect, id) {
    const item = dialect.item(id, FIRST_NUMBER);
    this.#dialect = dialect;
    this.#id = id;
    this.#itemLength = item.length;
    this.#end = dialect.end(id);
    this.#items = new MessageCheck(dialect, item, { kind: 'item', id });
  }

  /** How many items were not as they were expected, and had to be read. */
  get decoded() {
    return this.#items.decoded;
  }

  /** Whether a message is the completion of the stream, without an error or a result. */
  isEnd(bytes, start, end) {
    if (end - start === this.#itemLength) return false;
    return bytes.compare(this.#end, 0, this.#end.length, start, end) === 0 || this.#readsAsEnd(Buffer.from(bytes.subarray(start, end)));
  }

  take({ ledger, issued }, bytes, start, end) {
    this.#items.take(ledger, issued, bytes, start, end);
  }

  #readsAsEnd(message) {
    try {
      const { kind, id } = this.#dialect.read(message);
      return kind === 'end' && id === this.#id;
    } catch {
      return false;
    }
  }
}
