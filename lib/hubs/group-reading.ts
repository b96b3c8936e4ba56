import type { Payload } from '../common/payload.js';
import { PLACE, Queue } from '../common/queue.js';
import type { LogPosition } from '../delivery/log.js';

/** How far one connection is with what is sent to one of its groups, as long as it is in that. */
export class GroupReading {
  /** Of the first message that was sent to it since it is in the group: that and all that follows it came, or come, by themselves. */
  first: LogPosition | undefined;
  /** Whether the connection is not in the group any more. */
  isOver = false;
  /** What waits, in bytes. */
  heldSize = 0;
  private last: LogPosition | undefined;
  private held: Queue<Payload> | undefined;

  /** Whether what is sent now has to wait. */
  get isHeld(): boolean {
    return this.held !== undefined;
  }

  /** A message is sent to the connection. */
  note(position: LogPosition): void {
    if (this.first?.epoch !== position.epoch) this.first = position;
    this.last = position;
  }

  /** How far the connection is, of which nothing is wanted up to a position. */
  after({ epoch, offset }: LogPosition): LogPosition {
    return { epoch, offset: this.last?.epoch === epoch ? Math.max(this.last.offset, offset) : offset };
  }

  /** From now on what is sent waits. */
  beginHolding(): void {
    this.held = new Queue();
  }

  hold(payload: Payload): void {
    this.held?.push(payload);
    this.heldSize += payload.data.length + PLACE;
  }

  /** What waits, as long as there is any; from then on nothing has to. */
  *release(): Generator<Payload, void> {
    while (this.held !== undefined && this.held.length > 0) {
      const payload = this.held.shift();
      this.heldSize -= payload.data.length + PLACE;
      yield payload;
    }
    this.held = undefined;
  }

  /** The connection has left the group: what waits is not for it any more. */
  end(): void {
    this.isOver = true;
    this.held = undefined;
  }
}
