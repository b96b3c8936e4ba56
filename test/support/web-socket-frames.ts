import { randomBytes } from 'node:crypto';

/** A frame of RFC 6455 §5.2 as it stood on the wire. */
export interface WireFrame {
  readonly final: boolean;
  /** The three reserved bits; 4 is a compressed message. */
  readonly reserved: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

export const Opcode = { Continuation: 0x0, Text: 0x1, Binary: 0x2, Close: 0x8, Ping: 0x9, Pong: 0xa } as const;

/** Reads frames by the letter of the RFC, and from nothing else: no other implementation can be wrong with it. */
export class FrameDecoder {
  private chunks: Buffer[] = [];
  private length = 0;
  /** Nothing is looked at before so many bytes have come. */
  private needed = 2;

  /** Bytes of a frame that has not come whole. */
  get rest(): number {
    return this.length;
  }

  push(chunk: Uint8Array): WireFrame[] {
    this.chunks.push(Buffer.from(chunk));
    this.length += chunk.length;
    const frames: WireFrame[] = [];
    while (this.length >= this.needed) {
      const bytes = this.joined();
      const size = sizeOf(bytes);
      if (bytes.length < size.total) {
        this.needed = size.total;
        break;
      }
      frames.push(readFrame(bytes, size));
      this.chunks = [bytes.subarray(size.total)];
      this.length -= size.total;
      this.needed = 2;
    }
    return frames;
  }

  private joined(): Buffer {
    const bytes = Buffer.concat(this.chunks);
    this.chunks = [bytes];
    return bytes;
  }
}

interface FrameSize {
  readonly header: number;
  readonly total: number;
}

/** The whole size as far as it is known: of the header first, of the frame when the header is there. */
function sizeOf(bytes: Buffer): FrameSize {
  const short = bytes[1] & 0x7f;
  const masked = bytes[1] >> 7;
  const header = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + 4 * masked;
  if (bytes.length < header) return { header, total: header };
  const payload = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  return { header, total: header + payload };
}

function readFrame(bytes: Buffer, { header, total }: FrameSize): WireFrame {
  const masked = (bytes[1] & 0x80) !== 0;
  const payload = Buffer.from(bytes.subarray(header, total));
  if (masked) applyMask(payload, bytes.subarray(header - 4, header));
  return { final: (bytes[0] & 0x80) !== 0, reserved: (bytes[0] >> 4) & 0x7, opcode: bytes[0] & 0xf, masked, payload };
}

/**
 * A masked frame, as clients send them.
 *
 * @param opcode - with the reserved bits, as they stand in one byte.
 */
export function clientFrame(opcode: number, payload: Uint8Array | string = '', final = true): Buffer {
  const data = Buffer.from(payload as string);
  const mask = randomBytes(4);
  applyMask(data, mask);
  const length = lengthBytes(data.length);
  length[0] |= 0x80;
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode]), length, mask, data]);
}

function lengthBytes(length: number): Buffer {
  if (length <= 125) return Buffer.from([length]);
  if (length <= 0xffff) return Buffer.from([126, length >> 8, length & 0xff]);
  const bytes = Buffer.from([127, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeUInt32BE(length, 5);
  return bytes;
}

/** What stands in a close frame. */
export function closePayload(code: number, reason = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

function applyMask(data: Buffer, mask: Uint8Array): void {
  for (let i = 0; i < data.length; i++) data[i] ^= mask[i % 4];
}
