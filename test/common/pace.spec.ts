import { describe, expect, it } from '@jest/globals';
import { FakeClock } from 'nestjs-signalr/testing';
import { Pace } from '../../lib/common/pace.js';
import { TokenBucket } from '../../lib/common/token-bucket.js';

const times = <T>(count: number, work: () => T): T[] => Array.from({ length: count }, work);

describe('a bucket of tokens', () => {
  it('has as many as a second brings, and then one after the other', () => {
    const bucket = new TokenBucket(4, 0);
    expect(times(5, () => bucket.take(0))).toEqual([true, true, true, true, false]);
    expect([bucket.take(249), bucket.take(250), bucket.take(251)]).toEqual([false, true, false]);
  });

  it('never holds more than that, however long nobody takes any', () => {
    const bucket = new TokenBucket(2, 0);
    expect(times(3, () => bucket.take(3_600_000))).toEqual([true, true, false]);
  });

  it('says how long the next one takes', () => {
    const bucket = new TokenBucket(2, 0);
    expect(bucket.wait(0)).toBe(0);
    times(2, () => bucket.take(0));
    expect([bucket.wait(0), bucket.wait(250), bucket.wait(500)]).toEqual([500, 250, 0]);
  });
});

describe('the pace of a client', () => {
  it('is fine up to the number, too fast up to twice as many, and then a flood', () => {
    const pace = new Pace(new FakeClock(), 2);
    expect(times(5, () => pace.step())).toEqual(['fine', 'fine', 'too fast', 'too fast', 'flood']);
  });

  it('that is a half too fast is refused a third of the time, and is never a flood', async () => {
    const clock = new FakeClock();
    const pace = new Pace(clock, 2);
    const steps: string[] = [];
    for (let second = 0; second < 30; second++) {
      steps.push(...times(3, () => pace.step()));
      await clock.advance(1_000);
    }
    expect(steps.filter((step) => step === 'too fast')).toHaveLength(30);
    expect(steps).not.toContain('flood');
  });

  it('is not looked at where there is no number', () => expect(Pace.of(new FakeClock(), Infinity)).toBeUndefined());
});
