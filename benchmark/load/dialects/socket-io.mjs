import { TEXT } from '../frames.mjs';

/** Packets of Engine.IO 4 are told by their first digit, those of Socket.IO by the second. */
const OPEN = '0';
const PING = '2';
const PONG = '3';
const CONNECT = '40';
const EVENT = '42';
const ACK = '43';

/** What gateways on `platform-socket.io` speak, over WebSockets from the start. */
export const socketIo = {
  path: '/socket.io/?EIO=4&transport=websocket',
  hasIds: true,
  opcode: TEXT,
  greet: () => {},
  greeted(client, bytes, start, end) {
    if (text(bytes, start, start + 1) === OPEN) client.say(Buffer.from(CONNECT), TEXT);
    else if (text(bytes, start, start + 2) === CONNECT) client.ready();
    else throw new Error(`no welcome: ${text(bytes, start, end)}`);
    return end;
  },
  cut(bytes, start, end, client) {
    if (end - start === 1 && text(bytes, start, end) === PING) client.say(Buffer.from(PONG), TEXT);
    else if (start < end) client.hear(bytes, start, end);
  },
  call: (event, given, id = '') => Buffer.from(`${EVENT}${id}${JSON.stringify([event, given.length === 1 ? given[0] : given])}`),
  answer: (event, id, value) => Buffer.from(`${ACK}${id}${JSON.stringify([value])}`),
  event: (event, value) => Buffer.from(`${EVENT}${JSON.stringify([event, value])}`),
  read(bytes) {
    const packet = bytes.toString();
    const kind = packet.slice(0, 2);
    const begin = packet.indexOf('[');
    const values = JSON.parse(packet.slice(begin));
    if (kind === ACK) return { kind: 'answer', id: packet.slice(2, begin), value: values[0] };
    return kind === EVENT ? { kind: 'event', target: values[0], value: values[1] } : { kind: 'other' };
  },
};

function text(bytes, start, end) {
  return bytes.toString('latin1', start, end);
}
