import type { LogPosition } from '../delivery/log.js';

/** How far one connection is with what is sent to one of its groups, as long as it is in that. */
export class GroupReading {
  /** Of the first message that was sent to it since it is in the group: that and all that follows it came, or come, by themselves. */
  first: LogPosition | undefined;
  /** Whether the client is told what it has missed: what is sent now has to wait. */
  isResumed = false;
  /** Whether the connection is not in the group any more. */
  isOver = false;
  private last: LogPosition | undefined;

  /** A message is sent to the connection. */
  note(position: LogPosition): void {
    if (this.first?.epoch !== position.epoch) this.first = position;
    this.last = position;
  }

  /**
   * How far the connection is, of which nothing is wanted up to a position.
   *
   * @param waiting - the first message that it has still to get.
   */
  after({ epoch, offset }: LogPosition, waiting: LogPosition | undefined): LogPosition {
    if (waiting?.epoch === epoch) return { epoch, offset: waiting.offset - 1 };
    return { epoch, offset: this.last?.epoch === epoch ? Math.max(this.last.offset, offset) : offset };
  }
}
