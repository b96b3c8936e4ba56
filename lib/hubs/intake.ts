import { FrameReader, textFraming } from '../protocol/framing.js';
import type { Reading } from './read-brake.js';

const NOTHING = Buffer.alloc(0);

/** What a client sends, cut into messages. When it is held back, so is what has come already: bytes cost less than what is made of them. */
export class Intake implements Reading {
  readonly reader: FrameReader;
  private isOver = false;

  /**
   * @param maximum - the most bytes that a message may have, 0 for no limit.
   * @param take - takes a message.
   * @param broken - is told why nothing more can be read.
   */
  constructor(
    private readonly connection: Reading,
    maximum: number,
    private readonly take: (bytes: Buffer, start: number, end: number) => void,
    private readonly broken: (error: unknown) => void,
  ) {
    this.reader = new FrameReader(textFraming, maximum);
  }

  /** Never throws. */
  push(bytes: Buffer): void {
    try {
      this.reader.push(bytes, this.take);
    } catch (error) {
      this.broken(error);
    }
  }

  pause(): void {
    if (this.isOver) return;
    this.reader.isHeld = true;
    this.connection.pause();
  }

  /** What has come already is first. */
  resume(): void {
    this.reader.isHeld = false;
    if (this.reader.isBehind) setImmediate(this.readOn);
    else this.connection.resume();
  }

  /** Nothing more will come: what has come already is held back no longer. */
  finish(): void {
    this.isOver = true;
    this.reader.isHeld = false;
    if (this.reader.isBehind) this.push(NOTHING);
  }

  /** In a turn of its own: whoever lets it go on is in the midst of what was read before. */
  private readonly readOn = (): void => {
    if (this.reader.isHeld) return;
    this.push(NOTHING);
    if (!this.reader.isHeld) this.connection.resume();
  };
}
