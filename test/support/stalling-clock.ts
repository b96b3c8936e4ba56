import { FakeClock } from '../../lib/testing/fake-clock.js';

/** A clock whose process may lose time between two ticks. */
export class StallingClock extends FakeClock {
  lost = 0;

  override now(): number {
    return super.now() + this.lost;
  }

  override onTick(task: (now: number) => void): () => void {
    return super.onTick((now) => task(now + this.lost));
  }
}
