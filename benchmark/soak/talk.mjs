import { openClients } from '../load/open.mjs';

/** Whoever waits longer for an answer will never get it. */
const PATIENCE = 60_000;

/** A client for which one can wait: what it asks has an answer, or rejects. */
export class Talk {
  #client;
  #dialect;
  #waiting = new Map();
  #lastId = 0;
  #failure;

  constructor(client, dialect) {
    this.#dialect = dialect;
    this.moveTo(client);
  }

  /** @param target - as of {@link openClients}. */
  static async open(target) {
    const [client] = await openClients(1, target);
    return new Talk(client, target.dialect);
  }

  /** Goes on over another connection; what is waited for is still waited for. */
  moveTo(client) {
    this.#client = client;
    client.onMessage = (_, bytes, start, end) => this.#hear(this.#dialect.read(bytes.subarray(start, end)));
    client.onFailure = (error) => this.#fail(error);
  }

  /** Loses its connection. */
  cut() {
    this.#client.close();
  }

  /** Calls a method and gets its result. */
  ask(target, ...given) {
    const id = this.id();
    return this.tell(this.#dialect.call(target, given, id), id);
  }

  /** Reads a stream and gets the number of its items, or of those that were read when it was enough. */
  stream(target, given, enough = Infinity) {
    const id = this.id();
    return this.tell(this.#dialect.streamCall(target, given, id), id, enough);
  }

  /** Says bytes and gets the answer to them, which names `id`. */
  tell(bytes, id, enough) {
    const answer = this.#expect(id, enough);
    this.say(bytes);
    return answer;
  }

  say(bytes) {
    this.#client.say(bytes);
  }

  id() {
    return String(++this.#lastId);
  }

  /** Is gone without a word. */
  leave() {
    this.#client.close();
    this.#fail(new Error('The client has left.'));
  }

  #expect(id, enough) {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const timer = setTimeout(() => reject(new Error('An answer has not come.')), PATIENCE);
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject), enough, items: 0 });
    });
  }

  #hear({ kind, id, value }) {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (kind === 'item' && ++waiting.items < waiting.enough) return;
    this.#waiting.delete(id);
    waiting.resolve(kind === 'answer' ? value : waiting.items);
  }

  #fail(error) {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
