import type { Clock } from './clock.js';
import { TokenBucket } from './token-bucket.js';

/** Who goes on so many times faster than is allowed does not do so by mistake. */
const FLOOD = 2;

/** How fast a client goes: what is too fast for it is to be refused, and who floods is to be closed. */
export class Pace {
  private readonly allowed: TokenBucket;
  private readonly borne: TokenBucket;

  constructor(
    private readonly clock: Clock,
    readonly perSecond: number,
  ) {
    this.allowed = new TokenBucket(perSecond, clock.now());
    this.borne = new TokenBucket(FLOOD * perSecond, clock.now());
  }

  /** @returns undefined where no pace is too fast: that costs nothing then. */
  static of(clock: Clock, perSecond: number): Pace | undefined {
    return perSecond === Infinity ? undefined : new Pace(clock, perSecond);
  }

  /** Counts one more, whatever becomes of it. */
  step(): 'fine' | 'too fast' | 'flood' {
    const now = this.clock.now();
    if (!this.borne.take(now)) return 'flood';
    return this.allowed.take(now) ? 'fine' : 'too fast';
  }
}
