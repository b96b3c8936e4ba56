import { TICK } from '../common/clock.js';

/** How long more may wait than is kept, in milliseconds; as ASP.NET Core. */
export const PATIENCE = 5_000;

/** So much of the time in which the server itself does not read is not counted: what keeps it from reading may be what waits for the acknowledgement. */
const MOST_HELD_BACK = 60_000;

/** Sees that a peer which is told more than is kept for it acknowledges in time. Asked once a second. */
export class AckWatch {
  private since: number | undefined;
  private heldBack = 0;

  /** Whether so much has waited for so long that it is the end. */
  isOver(isPressed: boolean, now: number): boolean {
    if (!isPressed) this.restart();
    // What has begun since the last look is taken to have begun right after it.
    else this.since ??= now - TICK;
    return this.since !== undefined && now - this.since >= PATIENCE;
  }

  /** The peer has acknowledged something that helps, or nothing waits. */
  restart(): void {
    this.since = undefined;
    this.heldBack = 0;
  }

  /** So many milliseconds were not the peer's silence. */
  excuse(time: number): void {
    if (this.since !== undefined) this.since += time;
  }

  /** The peer was not read in the last second. */
  excuseHeldBack(): void {
    if (this.since === undefined || this.heldBack >= MOST_HELD_BACK) return;
    this.heldBack += TICK;
    this.excuse(TICK);
  }
}
