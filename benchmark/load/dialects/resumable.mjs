import { TEXT } from '../frames.mjs';
import { json } from './signalr.mjs';

const HANDSHAKE = Buffer.from('{"protocol":"json","version":2}\x1e');
const PING = Buffer.from('{"type":6}\x1e');
const ACK = '{"type":8,';
/** Half of what a server keeps. Official clients acknowledge once a second, whatever has come. */
const ACKNOWLEDGE_AFTER = 500;

/** How many messages each client has heard. */
const counts = new WeakMap();

/** The JSON of clients that may come back after a break: they negotiate it, and acknowledge what they hear. */
export const resumable = {
  ...json,
  negotiation: 'useStatefulReconnect=true',
  greet: (client) => client.say(HANDSHAKE, TEXT),
  greeted(client, bytes, start, end) {
    counts.set(client, 0);
    const next = json.greeted(client, bytes, start, end);
    client.say(PING, TEXT);
    return next;
  },
  cut(bytes, start, end, client) {
    const heard = { hear: (from, messageStart, messageEnd) => count(client, from, messageStart, messageEnd) };
    json.cut(bytes, start, end, heard);
  },
};

/** What the server acknowledges is no message that is counted. */
function count(client, bytes, start, end) {
  if (bytes.toString('latin1', start, start + ACK.length) === ACK) return;
  const number = counts.get(client) + 1;
  counts.set(client, number);
  if (number % ACKNOWLEDGE_AFTER === 0) client.say(Buffer.from(`${ACK}"sequenceId":${number}}\x1e`), TEXT);
  client.hear(bytes, start, end);
}
