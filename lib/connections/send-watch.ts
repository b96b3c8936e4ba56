import { TICK } from '../common/clock.js';

/** Notices a peer that takes nothing of what is written to it. Asked once a second, like all that depends on time. */
export class SendWatch {
  private pending = 0;
  private taken = 0;
  private since = 0;

  /** @param timeout - how long a peer may take nothing, in milliseconds. */
  constructor(private readonly timeout: number) {}

  /**
   * @param pending - the bytes that the peer has still to take.
   * @param taken - those that it has taken; where nobody counts them it has taken some when fewer are pending than before.
   */
  isStalled(pending: number, now: number, taken = -pending): boolean {
    // What has begun since the last look is taken to have begun right after it.
    if (this.pending === 0 || taken > this.taken) this.since = now - TICK;
    this.pending = pending;
    this.taken = taken;
    return pending > 0 && now - this.since >= this.timeout;
  }
}
