/** So many a second, and as many at once after a pause. It is reckoned when somebody asks: there is no timer. */
export class TokenBucket {
  private tokens: number;
  private last: number;

  /** @param now - of a clock that only ever moves forward, in milliseconds. */
  constructor(
    private readonly perSecond: number,
    now: number,
  ) {
    this.tokens = perSecond;
    this.last = now;
  }

  /** Takes one token; false where there is none. */
  take(now: number): boolean {
    this.fill(now);
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }

  /** How long it takes until there is one, in milliseconds. */
  wait(now: number): number {
    this.fill(now);
    return Math.max(0, ((1 - this.tokens) * 1_000) / this.perSecond);
  }

  private fill(now: number): void {
    this.tokens = Math.min(this.perSecond, this.tokens + ((now - this.last) * this.perSecond) / 1_000);
    this.last = now;
  }
}
