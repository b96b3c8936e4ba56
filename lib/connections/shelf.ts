import { Strip } from './strip.js';

/** What is larger than this in one piece does not trouble the garbage collector, and would leave the shelf large. */
const LARGEST = 65_535;

/** A length takes two bytes: those of a number that is no larger. */
const LENGTH = 2;

/** Messages side by side outside of the heap: all of them texts, or all of them bytes. */
export class Shelf {
  private readonly data = new Strip();
  private readonly lengths = new Strip();
  private isText = true;

  /**
   * Adds messages at the end.
   *
   * @param data - all of them in one piece.
   * @returns false, with nothing added, for what it cannot take: large pieces, text beyond ASCII, and bytes where there are texts.
   */
  push(data: string | Uint8Array, messages: readonly { readonly length: number }[]): boolean {
    const isText = typeof data === 'string';
    const fits = data.length <= LARGEST && (isText === this.isText || this.data.length === 0);
    if (!fits || (isText && Buffer.byteLength(data) !== data.length)) return false;
    this.isText = isText;
    const start = this.data.add(data.length);
    if (isText) this.data.bytes.write(data, start, 'latin1');
    else this.data.bytes.set(data, start);
    this.note(messages);
    return true;
  }

  /** Forgets the first so many messages, and says how long they were. */
  drop(count: number): number {
    const length = this.measure(0, count);
    this.data.drop(length);
    this.lengths.drop(count * LENGTH);
    return length;
  }

  /** How long so many messages are that have so many before them. */
  measure(before: number, count: number): number {
    const { bytes, start } = this.lengths;
    const first = start + before * LENGTH;
    let length = 0;
    for (let at = first; at < first + count * LENGTH; at += LENGTH) length += bytes[at] | (bytes[at + 1] << 8);
    return length;
  }

  /** So much of it, with so much before it. */
  read(offset: number, length: number): string | Uint8Array {
    const start = this.data.start + offset;
    const piece = this.data.bytes.subarray(start, start + length);
    return this.isText ? piece.toString('latin1') : Buffer.from(piece);
  }

  clear(): void {
    this.data.clear();
    this.lengths.clear();
  }

  private note(messages: readonly { readonly length: number }[]): void {
    let at = this.lengths.add(messages.length * LENGTH);
    const { bytes } = this.lengths;
    for (const { length } of messages) {
      bytes[at++] = length;
      bytes[at++] = length >> 8;
    }
  }
}
