import { protocolErrors } from '../common/errors.js';

/** Ends every message of a text protocol; JSON text never contains it unescaped. */
export const RECORD_SEPARATOR = '\u001e';
const SEPARATOR_BYTE = 0x1e;

/** Where the frame that was found begins and ends, and where the next one begins. */
export interface Cursor {
  start: number;
  end: number;
  next: number;
}

/** One way of cutting a stream of bytes into messages. */
export interface Framing {
  /**
   * Finds the frame that begins at `offset` and moves `cursor` to it.
   *
   * @param scanned - how far an earlier call has looked in vain, so that a frame in many small pieces is read once and not once for each piece.
   * @param maximum - the most bytes that a frame may have, 0 for no limit.
   * @returns false when the frame has not arrived whole.
   * @throws SignalRError `InvalidDataException` when the frame is, or is bound to become, larger than `maximum`.
   */
  seek(bytes: Buffer, offset: number, scanned: number, maximum: number, cursor: Cursor): boolean;
}

/** Messages that end with 0x1E. */
export const textFraming: Framing = {
  seek(bytes, offset, scanned, maximum, cursor) {
    const end = bytes.indexOf(SEPARATOR_BYTE, scanned);
    const size = (end < 0 ? bytes.length : end + 1) - offset;
    if (maximum > 0 && size > maximum) throw protocolErrors.messageTooLarge(maximum);
    if (end < 0) return false;
    cursor.start = offset;
    cursor.end = end;
    cursor.next = end + 1;
    return true;
  },
};

/** Five bytes of seven bits each, of which the last one has three: 2³¹ - 1 is the largest length. */
const LAST_SHIFT = 28;
const LAST_BYTE = 7;

/**
 * Messages that begin with their length in bytes, a VarInt (LEB128) of one to five bytes; more of them than the length needs are accepted. A
 * length of zero is a frame without bytes, which is for the protocol to judge.
 *
 * `maximum` counts the length's own bytes too. A larger frame is refused as soon as its length is read, and nothing is allocated for it.
 *
 * @see signalr.md §1.10: SignalR Hub Protocol, "MessagePack Encoding"; the error is that of ASP.NET Core's BinaryMessageParser
 */
export const binaryFraming: Framing = {
  seek(bytes, offset, _scanned, maximum, cursor) {
    let at = offset;
    let length = 0;
    let byte = 0;
    for (let shift = 0; shift === 0 || byte >= 0x80; shift += 7) {
      if (at === bytes.length) return false;
      byte = bytes[at++];
      if (shift === LAST_SHIFT && byte > LAST_BYTE) throw protocolErrors.frameTooLong();
      length |= (byte & 0x7f) << shift;
    }
    cursor.start = at;
    cursor.end = cursor.next = at + length;
    if (maximum > 0 && cursor.next - offset > maximum) throw protocolErrors.messageTooLarge(maximum);
    return cursor.next <= bytes.length;
  },
};

/**
 * Cuts what arrives into frames, however the transport split or joined them. Between two calls it keeps at most one unfinished frame, as a copy:
 * a slice would keep the whole chunk it came in alive. While it is held back it keeps all that has come and was not handed on.
 */
export class FrameReader {
  private rest: Buffer | undefined;
  private restLength = 0;
  /** How much of the rest was looked at in vain. */
  private scanned = 0;
  /** Set while no more frames are to be handed on; also from within `onFrame`. */
  isHeld = false;
  private readonly cursor: Cursor = { start: 0, end: 0, next: 0 };

  /** @param framing - may be replaced from within `onFrame`: what follows is then cut the new way. */
  constructor(
    public framing: Framing,
    private readonly maximum: number,
  ) {}

  /** Whether bytes of an unfinished frame are waiting for the rest of it. */
  get isPartial(): boolean {
    return this.scanned > 0;
  }

  /** Whether bytes are waiting that were held back. */
  get isBehind(): boolean {
    return this.restLength > this.scanned;
  }

  /**
   * Takes what arrived and hands on every complete frame, in order.
   *
   * @throws what `onFrame` throws, and the framing's own errors; the reader is not to be used after that.
   */
  push(chunk: Buffer, onFrame: (bytes: Buffer, start: number, end: number) => void): void {
    let { scanned } = this;
    const bytes = this.restLength > 0 ? this.append(chunk) : chunk;
    let offset = 0;
    while (!this.isHeld && offset < bytes.length && this.framing.seek(bytes, offset, scanned, this.maximum, this.cursor)) {
      offset = scanned = this.cursor.next;
      onFrame(bytes, this.cursor.start, this.cursor.end);
    }
    this.keep(bytes, offset);
  }

  /** Forgets an unfinished frame: its rest will not come. */
  reset(): void {
    this.rest = undefined;
    this.restLength = this.scanned = 0;
  }

  /** Doubles the room where it must: a frame that comes a byte at a time costs no more than one that comes at once. */
  private append(chunk: Buffer): Buffer {
    const length = this.restLength + chunk.length;
    let room = this.rest as Buffer;
    if (room.length < length) {
      room = Buffer.allocUnsafeSlow(Math.max(length, room.length * 2));
      (this.rest as Buffer).copy(room, 0, 0, this.restLength);
      this.rest = room;
    }
    chunk.copy(room, this.restLength);
    return room.subarray(0, length);
  }

  private keep(bytes: Buffer, offset: number): void {
    this.restLength = bytes.length - offset;
    this.scanned = this.isHeld ? 0 : this.restLength;
    if (this.restLength === 0) this.rest = undefined;
    else if (this.isHeld && this.rest !== undefined) this.rest = offset > 0 ? bytes.subarray(offset) : this.rest;
    else if (offset > 0 || this.rest === undefined) this.rest = Buffer.from(bytes.subarray(offset));
  }
}
