import { Decoder, Encoder } from '@msgpack/msgpack';

const SEPARATOR = '\x1e';
const encoder = new Encoder();
const decoder = new Decoder();

const json = {
  parse(data) {
    const text = data.toString();
    const messages = [];
    for (let at = 0; at < text.length;) {
      const end = text.indexOf(SEPARATOR, at);
      messages.push(JSON.parse(text.slice(at, end)));
      at = end + 1;
    }
    return messages;
  },
  write: (message) => JSON.stringify(message) + SEPARATOR,
};

/** The encoder is kept and lends its buffer: `encode()` makes a new one for each message, which would be slower than anybody's server. */
const messagepack = {
  parse(data) {
    const messages = [];
    for (let at = 0; at < data.length;) {
      const [length, start] = readLength(data, at);
      at = start + length;
      messages.push(messageOf(decoder.decode(data.subarray(start, at))));
    }
    return messages;
  },
  write(message) {
    const body = encoder.encodeSharedRef(partsOf(message));
    const start = body.length < 0x80 ? 1 : 2;
    const bytes = Buffer.allocUnsafe(start + body.length);
    writeLength(bytes, body.length);
    bytes.set(body, start);
    return bytes;
  },
};

function messageOf([type, , invocationId, third, fourth, streamIds]) {
  if (type === 2) return { type, invocationId, item: third };
  return { type, invocationId: invocationId ?? undefined, target: third, arguments: fourth, streamIds };
}

function partsOf({ type, invocationId, target, arguments: given, item, result }) {
  if (type === 1) return [1, {}, null, target, given, []];
  if (type === 2) return [2, {}, invocationId, item];
  return result === undefined ? [3, {}, invocationId, 2] : [3, {}, invocationId, 3, result];
}

/** Seven bits a byte, the lowest first. Returns the length, and where what it measures begins. */
function readLength(data, at) {
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = data[at++];
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [length, at];
  }
}

/** Two bytes are as many as the messages of the benchmark need. */
function writeLength(bytes, length) {
  if (length >= 0x4000) throw new RangeError('The naive server writes no message of that length.');
  if (length < 0x80) bytes[0] = length;
  else bytes.writeUInt16BE((((length & 0x7f) | 0x80) << 8) | (length >> 7), 0);
}

export const protocols = { json, messagepack };
