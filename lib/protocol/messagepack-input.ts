import { Head, Kind, kinds, lengths, sizes } from './messagepack-format.js';

/** Up to here a look at each byte is cheaper than a call of `toString`: 4 ns a byte against 60. */
const SHORT_TEXT = 8;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Reads one message from its first byte to its last. No length is believed that the message has no room for, so what is allocated for it can
 * never be much larger than the message.
 *
 * @internal
 */
export class MessagePackInput {
  /** The first byte of the value that was opened last. */
  head = 0;
  /** Its length, where it has one: bytes of texts, items of lists, pairs of maps. */
  length = 0;

  /** @param at - where the next byte is read. */
  constructor(
    readonly bytes: Buffer,
    public at: number,
    readonly end: number,
  ) {}

  /** Moves into the next value: to the bytes of a number, text, extension …, or to the first item of a list or a map. */
  open(): Kind {
    if (this.at >= this.end) return Kind.None;
    const head = this.bytes[this.at++];
    this.head = head;
    const size = sizes[head];
    if (size > this.end - this.at) return Kind.None;
    const kind = kinds[head] as Kind;
    if (kind < Kind.Text) return kind;
    this.length = size === 0 ? lengths[head] : this.takeLength(size);
    return this.least(kind) <= this.end - this.at ? kind : Kind.None;
  }

  /** Moves past the bytes of the number that was opened. */
  skipNumber(): void {
    this.at += sizes[this.head];
  }

  /** Takes the integer that was opened: a bigint where a number would not be exact. */
  integer(): number | bigint {
    const { bytes, at, head } = this;
    this.skipNumber();
    switch (head) {
      case Head.Uint8:
        return bytes[at];
      case Head.Uint16:
        return bytes.readUInt16BE(at);
      case Head.Uint32:
        return bytes.readUInt32BE(at);
      case Head.Uint64:
        return exact(bytes.readUInt32BE(at), bytes, at) ?? bytes.readBigUInt64BE(at);
      case Head.Int8:
        return bytes.readInt8(at);
      case Head.Int16:
        return bytes.readInt16BE(at);
      case Head.Int32:
        return bytes.readInt32BE(at);
      case Head.Int64:
        return exact(bytes.readInt32BE(at), bytes, at) ?? bytes.readBigInt64BE(at);
    }
    return head < Head.Negative ? head : head - 0x100;
  }

  /** Takes the float that was opened. */
  float(): number {
    const { at } = this;
    this.skipNumber();
    return this.head === Head.Float32 ? this.bytes.readFloatBE(at) : this.bytes.readDoubleBE(at);
  }

  /** Takes the text that was opened. What is no UTF-8 in it is U+FFFD, as for .NET. */
  text(): string {
    const { bytes, at } = this;
    this.at += this.length;
    if (this.length > SHORT_TEXT) return bytes.toString('utf8', at, this.at);
    let text = '';
    for (let index = at; index < this.at; index++) {
      if (bytes[index] > 0x7f) return bytes.toString('utf8', at, this.at);
      text += String.fromCharCode(bytes[index]);
    }
    return text;
  }

  /** Takes the bytes that were opened, as a copy. */
  binary(): Uint8Array {
    const { at } = this;
    this.at += this.length;
    return new Uint8Array(this.bytes.subarray(at, this.at));
  }

  private takeLength(size: number): number {
    const { bytes, at } = this;
    this.at += size;
    if (size === 1) return bytes[at];
    return size === 2 ? bytes.readUInt16BE(at) : bytes.readUInt32BE(at);
  }

  /** The fewest bytes that what was opened can have: an extension has its type beside its data, a map two values for each pair. */
  private least(kind: Kind): number {
    if (kind === Kind.Map) return 2 * this.length;
    return kind === Kind.Extension ? this.length + 1 : this.length;
  }
}

/** @returns undefined for an integer that is not safe as a number. */
function exact(high: number, bytes: Buffer, at: number): number | undefined {
  const value = high * TWO_TO_32 + bytes.readUInt32BE(at + 4);
  return Number.isSafeInteger(value) ? value : undefined;
}
