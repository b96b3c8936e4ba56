/** What can be kept from reading: a connection. */
export interface Reading {
  pause(): void;
  resume(): void;
}

/** So many times more may wait while the client has to say something: that stands behind what it has sent before. */
const ASKED = 16;

/** Holds back a client, by its own network, as long as one of several has too much of it. */
export class ReadBrake {
  private holders = 0;

  /** @param isAsked - whether something is waited for that only the client can say: an answer, or an acknowledgement. */
  constructor(
    private readonly reading: Reading,
    readonly isAsked: () => boolean,
  ) {}

  hold(): void {
    if (this.holders++ === 0) this.reading.pause();
  }

  release(): void {
    if (--this.holders === 0) this.reading.resume();
  }
}

/** One of those who hold back a client: when more than `most` bytes wait with it, and until half of that is gone. While the client is asked it is more. */
export class Level {
  private isOver = false;

  constructor(
    private readonly most: number,
    private readonly brake: ReadBrake,
  ) {}

  /** More waits than before. */
  rise(bytes: number): void {
    if (this.isOver || bytes <= this.most || bytes <= this.bound) return;
    this.isOver = true;
    this.brake.hold();
  }

  /** Less waits than before. */
  fall(bytes: number): void {
    if (this.isOver && bytes <= this.bound / 2) this.release();
  }

  /** The client is asked something: what waits is read on, up to a bound. */
  relieve(bytes: number): void {
    if (bytes <= ASKED * this.most) this.release();
  }

  private get bound(): number {
    return this.brake.isAsked() ? ASKED * this.most : this.most;
  }

  private release(): void {
    if (!this.isOver) return;
    this.isOver = false;
    this.brake.release();
  }
}
