import { giveMemoryBack, takeMemory } from './spare-memory.js';

const NOTHING = Buffer.alloc(0);

/** Of the room that it needs, a strip has at least so much when its bytes are moved: they are not moved all the time. */
const ROOMY = 1.25;

/** Less than this is not worth its own piece of memory. */
const LEAST = 256;

/** Bytes in the order in which they came, in one piece of memory that the garbage collector neither looks into nor moves. */
export class Strip {
  bytes: Buffer = NOTHING;
  /** Where the first one stands. */
  start = 0;
  private end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Adds so many at the end, which the caller writes, and says where they stand. */
  add(length: number): number {
    if (this.end + length > this.bytes.length) this.makeRoom((this.length + length) * ROOMY);
    this.end += length;
    return this.end - length;
  }

  /** Forgets the first so many. */
  drop(length: number): void {
    this.start += length;
    if (this.start === this.end) this.clear();
  }

  clear(): void {
    giveMemoryBack(this.bytes);
    this.bytes = NOTHING;
    this.start = this.end = 0;
  }

  private makeRoom(length: number): void {
    const { bytes, start, end } = this;
    if (length > bytes.length) this.bytes = takeMemory(Math.max(length, LEAST));
    bytes.copy(this.bytes, 0, start, end);
    if (this.bytes !== bytes) giveMemoryBack(bytes);
    this.start = 0;
    this.end = end - start;
  }
}
