import { describe, expect, it } from '@jest/globals';
import { FakeClock } from 'nestjs-signalr/testing';
import { Doorman } from '../../../lib/nest/connect-gate.js';

describe('a doorman who waits for somebody else', () => {
  it('fails as that does, and waits no longer', async () => {
    const clock = new FakeClock();
    await expect(new Doorman(clock).within(Promise.reject(new TypeError('broken')), 1_000)).rejects.toThrow('broken');
    expect((Reflect.get(clock, 'timers') as Set<unknown>).size).toBe(0);
  });

  it('does not hear of what fails after its time, and nobody does', async () => {
    const clock = new FakeClock();
    let fail: (error: Error) => void = () => undefined;
    const asked = new Doorman(clock).within(new Promise<never>((_, reject) => (fail = reject)), 1_000);
    await clock.advance(1_000);
    fail(new TypeError('too late'));
    expect(await asked).toMatchObject({ refusal: { status: 503 } });
  });
});
