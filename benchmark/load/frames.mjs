export const TEXT = 0x1;
export const BINARY = 0x2;
const CLOSE = 0x8;

const FINAL = 0x80;
const MASKED = 0x80;

/** Any mask but zeros, which would spare a server the work. */
export const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** One whole frame of a client (RFC 6455 §5.2), and where its payload begins. */
export function clientFrame(payload, opcode) {
  const { length } = payload;
  if (length > 0xffff) throw new RangeError('The load generator sends no frame of that length.');
  const lengthBytes = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  const [first, ...others] = lengthBytes;
  const masked = payload.map((byte, index) => byte ^ MASK[index & 3]);
  const bytes = Buffer.from([FINAL | opcode, MASKED | first, ...others, ...MASK, ...masked]);
  return { bytes, start: bytes.length - length };
}

/** Finds the frames of a server in what a socket reads, however it was cut. Copies only what is not there whole. */
export class FrameReader {
  #rest;
  #take;

  /** @param take - called with the bytes and the borders of each payload. */
  constructor(take) {
    this.#take = take;
  }

  push(chunk, from, to) {
    let bytes = chunk;
    let at = from;
    let end = to;
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, chunk.subarray(from, to)]);
      at = 0;
      end = bytes.length;
    }
    at = this.#readFrames(bytes, at, end);
    this.#rest = at < end ? Buffer.from(bytes.subarray(at, end)) : undefined;
  }

  /** Returns where the first unfinished frame begins. */
  #readFrames(bytes, from, end) {
    let at = from;
    while (end - at >= 2) {
      const header = headerLength(bytes[at + 1]);
      if (end - at < header) break;
      const start = at + header;
      const next = start + payloadLength(bytes, at, header);
      if (next > end) break;
      if (bytes[at] !== (FINAL | TEXT) && bytes[at] !== (FINAL | BINARY)) throw new Error(describe(bytes, at, start, next));
      this.#take(bytes, start, next);
      at = next;
    }
    return at;
  }
}

function headerLength(second) {
  return second < 126 ? 2 : second === 126 ? 4 : 10;
}

function payloadLength(bytes, at, header) {
  if (header === 2) return bytes[at + 1];
  return header === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUIntBE(at + 4, 6);
}

/** No server here pings by frames, or splits messages: whatever is no whole message is a fault. */
function describe(bytes, at, start, end) {
  const kind = bytes[at] & 0xf;
  return kind === CLOSE
    ? `closed by the server: ${bytes.toString('utf8', start + 2, end)}`
    : `a frame that is no whole message, of kind ${kind}`;
}
