import { BINARY, TEXT } from '../frames.mjs';
import { decode, encode } from '../messagepack.mjs';

const SEPARATOR = 0x1e;
const INVOCATION = 1;
const STREAM_ITEM = 2;
const COMPLETION = 3;
const STREAM_INVOCATION = 4;
const PING = 6;
const JSON_PING = `{"type":${PING}}`;
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
      if (!isJsonPing(bytes, at, separator)) client.hear(bytes, at, separator);
      at = separator + 1;
    }
  },
  call: (target, given, id, streamIds) =>
    json.record(Buffer.from(JSON.stringify({ type: INVOCATION, invocationId: id, target, arguments: given, streamIds }))),
  streamCall: (target, given, id) =>
    json.record(Buffer.from(JSON.stringify({ type: STREAM_INVOCATION, invocationId: id, target, arguments: given }))),
  answer: (target, id, result) => Buffer.from(JSON.stringify({ type: COMPLETION, invocationId: id, result })),
  event: (target, value) => Buffer.from(JSON.stringify({ type: INVOCATION, target, arguments: [value] })),
  item: (id, item) => Buffer.from(JSON.stringify({ type: STREAM_ITEM, invocationId: id, item })),
  end: (id) => Buffer.from(JSON.stringify({ type: COMPLETION, invocationId: id })),
  record: (message) => Buffer.from([...message, SEPARATOR]),
  read(bytes) {
    const { type, invocationId: id, target, arguments: given, item, result, error } = JSON.parse(bytes);
    if (type === INVOCATION) return { kind: 'event', target, value: given[0] };
    if (type === STREAM_ITEM) return { kind: 'item', id, value: item };
    if (type !== COMPLETION || error) return { kind: 'other' };
    return result === undefined ? { kind: 'end', id } : { kind: 'answer', id, value: result };
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
  call: (target, given, id = null, streamIds = []) => messagepack.record(encode([INVOCATION, {}, id, target, given, streamIds])),
  streamCall: (target, given, id) => messagepack.record(encode([STREAM_INVOCATION, {}, id, target, given, []])),
  answer: (target, id, result) => Buffer.from(encode([COMPLETION, {}, id, RESULT_KIND.value, result])),
  event: (target, value) => Buffer.from(encode([INVOCATION, {}, null, target, [value], []])),
  item: (id, item) => Buffer.from(encode([STREAM_ITEM, {}, id, item])),
  end: (id) => Buffer.from(encode([COMPLETION, {}, id, RESULT_KIND.nothing])),
  record: (message) => {
    const { length } = message;
    return Buffer.from(length < 0x80 ? [length, ...message] : [(length & 0x7f) | 0x80, length >> 7, ...message]);
  },
  read(bytes) {
    const [type, , id, third, fourth] = decode(bytes);
    if (type === INVOCATION) return { kind: 'event', target: third, value: fourth[0] };
    if (type === STREAM_ITEM) return { kind: 'item', id, value: third };
    if (type !== COMPLETION || third === RESULT_KIND.error) return { kind: 'other' };
    return third === RESULT_KIND.nothing ? { kind: 'end', id } : { kind: 'answer', id, value: fourth };
  },
};

/** A look at the length spares most messages the look at their text. */
function isJsonPing(bytes, start, end) {
  return end - start === JSON_PING.length && bytes.toString('latin1', start, end) === JSON_PING;
}
