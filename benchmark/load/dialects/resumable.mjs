import { TEXT } from '../frames.mjs';
import { json } from './signalr.mjs';

const HANDSHAKE = Buffer.from('{"protocol":"json","version":2}\x1e');
const PING = Buffer.from('{"type":6}\x1e');
const ACK = '{"type":8,';
const EIGHT = ACK.charCodeAt(ACK.length - 2);
/** Half of what a server keeps. Official clients acknowledge once a second, whatever has come. */
const ACKNOWLEDGE_AFTER = 500;

/** Acknowledges what a client hears. */
class Ears {
  #client;
  #count = 0;

  constructor(client) {
    this.#client = client;
  }

  /** What the server acknowledges is no message that is counted. */
  hear(bytes, start, end) {
    if (bytes[start + ACK.length - 2] === EIGHT && bytes.toString('latin1', start, start + ACK.length) === ACK) return;
    if (++this.#count % ACKNOWLEDGE_AFTER === 0) this.#client.say(Buffer.from(`${ACK}"sequenceId":${this.#count}}\x1e`), TEXT);
    this.#client.hear(bytes, start, end);
  }
}

const ears = new WeakMap();

/** The JSON of clients that may come back after a break: they negotiate it, and acknowledge what they hear. */
export const resumable = {
  ...json,
  negotiation: 'useStatefulReconnect=true',
  greet: (client) => client.say(HANDSHAKE, TEXT),
  greeted(client, bytes, start, end) {
    ears.set(client, new Ears(client));
    const next = json.greeted(client, bytes, start, end);
    client.say(PING, TEXT);
    return next;
  },
  cut: (bytes, start, end, client) => json.cut(bytes, start, end, ears.get(client)),
};
