import { BINARY, TEXT } from '../frames.mjs';
import { decode, encode } from '../messagepack.mjs';

const SEPARATOR = 0x1e;
const INVOCATION = 1;
const COMPLETION = 3;
const PING = 6;
const RESULT_KIND = { error: 1, nothing: 2, value: 3 };

/** The handshake is JSON whatever follows it (SignalR Hub Protocol, "HandshakeRequest Message"). */
const handshake = (protocol) => ({
  path: '/hub',
  hasIds: true,
  greet: (client) => client.say(Buffer.from(`{"protocol":"${protocol}","version":1}\x1e`), TEXT),
  /** Returns where the messages begin. */
  greeted(client, bytes, start, end) {
    const separator = bytes.indexOf(SEPARATOR, start);
    if (separator < 0 || separator >= end) throw new Error('the handshake is not answered in one frame');
    const { error } = JSON.parse(bytes.toString('utf8', start, separator));
    if (error) throw new Error(error);
    client.ready();
    return separator + 1;
  },
});

export const json = {
  ...handshake('json'),
  opcode: TEXT,
  cut(bytes, start, end, client) {
    for (let at = start; at < end;) {
      const separator = bytes.indexOf(SEPARATOR, at);
      if (separator < 0 || separator >= end) throw new Error('a message does not end with its frame');
      if (bytes.toString('latin1', at, Math.min(at + 10, separator)) !== `{"type":${PING}}`) client.hear(bytes, at, separator);
      at = separator + 1;
    }
  },
  call: (target, given, id) => Buffer.from(`${JSON.stringify({ type: INVOCATION, invocationId: id, target, arguments: given })}\x1e`),
  answer: (target, id, result) => Buffer.from(JSON.stringify({ type: COMPLETION, invocationId: id, result })),
  event: (target, value) => Buffer.from(JSON.stringify({ type: INVOCATION, target, arguments: [value] })),
  read(bytes) {
    const { type, invocationId, target, arguments: given, result, error } = JSON.parse(bytes);
    if (type === INVOCATION) return { kind: 'event', target, value: given[0] };
    return type === COMPLETION && !error ? { kind: 'answer', id: invocationId, value: result } : { kind: 'other' };
  },
};

export const messagepack = {
  ...handshake('messagepack'),
  opcode: BINARY,
  cut(bytes, start, end, client) {
    for (let at = start; at < end;) {
      let length = bytes[at++];
      // Two bytes are as many as the messages of the benchmark need.
      if (length > 0x7f) length = (length & 0x7f) | (bytes[at++] << 7);
      if (at + length > end) throw new Error('a message does not end with its frame');
      if (length !== 2 || bytes[at + 1] !== PING) client.hear(bytes, at, at + length);
      at += length;
    }
  },
  call: (target, given, id = null) => withLength(encode([INVOCATION, {}, id, target, given, []])),
  answer: (target, id, result) => Buffer.from(encode([COMPLETION, {}, id, RESULT_KIND.value, result])),
  event: (target, value) => Buffer.from(encode([INVOCATION, {}, null, target, [value], []])),
  read(bytes) {
    const [type, , id, third, fourth] = decode(bytes);
    if (type === INVOCATION) return { kind: 'event', target: third, value: fourth[0] };
    return type === COMPLETION && third !== RESULT_KIND.error ? { kind: 'answer', id, value: fourth ?? null } : { kind: 'other' };
  },
};

function withLength(body) {
  return Buffer.from(body.length < 0x80 ? [body.length, ...body] : [(body.length & 0x7f) | 0x80, body.length >> 7, ...body]);
}
