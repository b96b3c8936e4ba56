import { TICK } from '../common/clock.js';

/** Notices a peer that takes nothing of what is written to it. Asked once a second, like all that depends on time. */
export class SendWatch {
  private pending = 0;
  private since = 0;

  /** @param timeout - how long a peer may take nothing, in milliseconds. */
  constructor(private readonly timeout: number) {}

  /** @param pending - the bytes that the peer has still to take. */
  isStalled(pending: number, now: number): boolean {
    // What has begun since the last look is taken to have begun right after it.
    if (this.pending === 0 || pending < this.pending) this.since = now - TICK;
    this.pending = pending;
    return pending > 0 && now - this.since >= this.timeout;
  }
}
