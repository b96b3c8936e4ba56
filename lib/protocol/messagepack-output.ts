import { Head } from './messagepack-format.js';

/** As large as Node's own pool: a message that is kept long keeps no more than this alive. */
const SLAB = 8_192;
/** The longest length that a frame can begin with. */
const PREFIX_ROOM = 5;
/** The longest head of a text. */
const TEXT_ROOM = 5;
/** Up to here a look at each character is cheaper than a call of `write`: 2 to 3 ns a character against 60. */
const SHORT_TEXT = 16;
/** Up to here room is made for the most bytes that a text could have, beyond for those that it has. */
const LONG_TEXT = 1_024;

/**
 * Where messages are written, one behind the other in a shared block of memory, each with its length before it.
 *
 * @internal
 */
export class MessagePackOutput {
  private bytes = Buffer.alloc(0);
  private start = 0;
  private at = 0;

  begin(): void {
    this.start = this.at;
    this.reserve(PREFIX_ROOM);
    this.at += PREFIX_ROOM;
  }

  /** @returns the message with its length. Nothing is ever written to these bytes again. */
  finish(): Uint8Array {
    const { bytes, at } = this;
    const start = this.putPrefix(at - this.start - PREFIX_ROOM);
    if (bytes.length > SLAB) this.forget();
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, at - start);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  uint8(head: number, value: number): void {
    this.reserve(2);
    this.bytes[this.at++] = head;
    this.bytes[this.at++] = value;
  }

  uint16(head: number, value: number): void {
    this.reserve(3);
    this.bytes[this.at] = head;
    this.at = this.bytes.writeUInt16BE(value, this.at + 1);
  }

  uint32(head: number, value: number): void {
    this.reserve(5);
    this.bytes[this.at] = head;
    this.at = this.bytes.writeUInt32BE(value, this.at + 1);
  }

  uint64(head: number, high: number, low: number): void {
    this.uint32(head, high);
    this.word(low);
  }

  word(value: number): void {
    this.reserve(4);
    this.at = this.bytes.writeUInt32BE(value, this.at);
  }

  float64(head: number, value: number): void {
    this.reserve(9);
    this.bytes[this.at] = head;
    this.at = this.bytes.writeDoubleBE(value, this.at + 1);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A number of 32 bits in as few bytes as it needs, behind the first byte of its row or one of the two that follow it. */
  shortest(head: number, value: number): void {
    if (value <= 0xff) this.uint8(head, value);
    else if (value <= 0xffff) this.uint16(head + 1, value);
    else this.uint32(head + 2, value);
  }

  /** A text with its head. Lone surrogates become U+FFFD: UTF-8 has no form for them. */
  text(value: string): void {
    const { length } = value;
    this.reserve(TEXT_ROOM + (length > LONG_TEXT ? Buffer.byteLength(value) : 3 * length));
    if (length > SHORT_TEXT || !this.putAscii(value)) this.putUtf8(value);
  }

  /** A place in the message, for `replace`. */
  mark(): number {
    return this.at - this.start;
  }

  /** Writes what stands from one mark to another once more, in no more bytes than it had. What follows it moves up. */
  replace(from: number, to: number, write: () => void): void {
    const rest = this.start + to;
    const end = this.at;
    this.at = this.start + from;
    write();
    this.bytes.copyWithin(this.at, rest, end);
    this.at += end - rest;
  }

  private putAscii(value: string): boolean {
    const { bytes } = this;
    let at = this.at + 1;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    bytes[this.at] = Head.ShortText + value.length;
    this.at = at;
    return true;
  }

  /** Most texts are ASCII, so the size of the head is guessed: to count the bytes first would cost as much as to write them. */
  private putUtf8(value: string): void {
    const { bytes, at } = this;
    const guessed = at + textHeadSize(value.length);
    const length = bytes.write(value, guessed);
    const start = at + textHeadSize(length);
    if (start !== guessed) bytes.copyWithin(start, guessed, guessed + length);
    if (length < 32) this.byte(Head.ShortText + length);
    else this.shortest(Head.Text, length);
    this.at += length;
  }

  /** The length goes right before the message, whatever of the room for it that needs. */
  private putPrefix(length: number): number {
    const { bytes } = this;
    let at = this.start + PREFIX_ROOM - prefixSize(length);
    const start = at;
    let rest = length;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at] = rest;
    return start;
  }

  private reserve(size: number): void {
    if (this.at + size > this.bytes.length) this.grow(size);
  }

  private grow(size: number): void {
    const written = this.at - this.start;
    const needed = written + size;
    const room = Buffer.allocUnsafeSlow(needed > SLAB ? needed * 2 : SLAB);
    this.bytes.copy(room, 0, this.start, this.at);
    this.bytes = room;
    this.start = 0;
    this.at = written;
  }

  /** What a large message needed belongs to that message alone. */
  private forget(): void {
    this.bytes = Buffer.alloc(0);
    this.at = 0;
  }
}

function prefixSize(length: number): number {
  let size = 1;
  for (let limit = 0x80; length >= limit; limit *= 0x80) size++;
  return size;
}

function textHeadSize(length: number): number {
  if (length < 32) return 1;
  if (length <= 0xff) return 2;
  return length <= 0xffff ? 3 : 5;
}
