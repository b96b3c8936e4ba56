import { connect } from 'node:net';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { json } from '../load/dialects/signalr.mjs';
import { clientFrame, TEXT } from '../load/frames.mjs';

const UPGRADE = [
  'GET /hub HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');
const HANDSHAKE = frame('{"protocol":"json","version":1}\x1e');

/** How long a nuisance waits for the server to lose its patience. */
const STUBBORNNESS = 15_000;

function frame(payload) {
  return clientFrame(Buffer.from(payload), TEXT).bytes;
}

/** A bare socket on which something is said at once, and that nobody reads from where `isDeaf`. */
async function intrude(port, pieces, isDeaf = false) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (isDeaf) socket.pause();
  else socket.resume();
  for (const piece of pieces) socket.write(piece);
  return socket;
}

/** Until the server has had enough, or the nuisance has. */
async function outstay(socket, patience = STUBBORNNESS) {
  const patient = new AbortController();
  await Promise.race([once(socket, 'close'), delay(patience, undefined, { signal: patient.signal })]).catch(() => {});
  patient.abort();
  socket.destroy();
}

/** Those who are not well-behaved. What the server makes of one of them is its business; that the others do not suffer is what counts. */
export const nuisances = {
  /** Calls as fast as the network takes it, and reads the answers. */
  async flooders({ port }) {
    const calls = Array.from({ length: 2_000 }, (_, id) => clientFrame(json.call('Echo', ['x'.repeat(50)], String(id)), TEXT).bytes);
    await outstay(await intrude(port, [UPGRADE, HANDSHAKE, Buffer.concat(calls)]), 2_000);
  },

  /** Asks for a stream without end and reads nothing of it. */
  async sloths({ port }) {
    const call = frame(json.streamCall('Generate', [0, 1e9], '1'));
    await outstay(await intrude(port, [UPGRADE, HANDSHAKE, call], true));
  },

  /** Says what is no message. */
  async babblers({ port }) {
    const noise = Array.from({ length: 5 }, () => frame(`${'{['.repeat(Math.random() * 100)}\x1e`));
    await outstay(await intrude(port, [UPGRADE, HANDSHAKE, ...noise]));
  },

  /** Is gone before anything has begun, at whichever place. */
  async quitters({ port }) {
    const all = Buffer.concat([Buffer.from(UPGRADE), HANDSHAKE]);
    await outstay(await intrude(port, [all.subarray(0, Math.random() * all.length)]), 50);
  },

  /** Negotiates, and never comes. */
  async knockers({ port }) {
    for (let time = 0; time < 10; time++) {
      const asked = request({ host: '127.0.0.1', port, path: '/hub/negotiate?negotiateVersion=1', method: 'POST', agent: false }).end();
      const [response] = await once(asked, 'response');
      await once(response.resume(), 'end');
    }
  },
};
