import { PreparedCall, FIRST_NUMBER } from './numbered-bytes.mjs';
import { openClients } from './open.mjs';

/** What is written at a time, in bytes. */
const BLOCK = 16_384;
/** Between two calls of the one that never reads, in milliseconds: 3 MiB a second. */
const PAUSE = 5;
const LONG = 'x'.repeat(BLOCK);
const SHORT = 'x'.repeat(32);

/** One client that asks for a lot and reads nothing of it, and one that calls as fast as the server takes it. Whoever is cut comes again. */
export class Mischief {
  /** How often one of them was cut. */
  cuts = 0;
  #target;
  #clients = new Set();
  #hasEnded = false;

  constructor(target) {
    this.#target = target;
  }

  static async begin(target) {
    const mischief = new Mischief(target);
    await Promise.all([mischief.#open(LONG, false), mischief.#open(SHORT, true)]);
    return mischief;
  }

  end() {
    this.#hasEnded = true;
    for (const client of this.#clients) client.close();
  }

  async #open(text, reads) {
    const [client] = await openClients(1, this.#target);
    this.#clients.add(client);
    client.onFailure = () => this.#again(client, text, reads);
    if (!reads) client.pause();
    if (this.#hasEnded) client.close();
    else if (reads) this.#pour(client, this.#block(text));
    else this.#drip(client, this.#block(text));
  }

  #again(client, text, reads) {
    this.cuts++;
    this.#clients.delete(client);
    // A server that refuses it is spared it.
    if (!this.#hasEnded) this.#open(text, reads).catch(() => {});
  }

  /** The next as soon as the operating system has taken the last. */
  #pour(client, block) {
    client.send(block, (error) => {
      if (!error && this.#clients.has(client) && !this.#hasEnded) this.#pour(client, block);
    });
  }

  /** At a pace that would be no flood if it read the answers. */
  #drip(client, block) {
    if (!this.#clients.has(client) || this.#hasEnded) return;
    client.send(block);
    setTimeout(() => this.#drip(client, block), PAUSE);
  }

  #block(text) {
    const { dialect } = this.#target;
    const call = new PreparedCall(dialect.call('Echo', [text], dialect.hasIds ? String(FIRST_NUMBER) : undefined), dialect.opcode);
    const bytes = Buffer.alloc(call.length);
    call.writeTo(bytes, 0, FIRST_NUMBER);
    return Buffer.concat(Array(Math.ceil(BLOCK / call.length)).fill(bytes));
  }
}
