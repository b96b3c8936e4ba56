import { describe, expect, it } from '@jest/globals';
import { isIdle, isSilent } from '../../lib/connections/heartbeat.js';

const pulse = { lastSent: 1_000, lastReceived: 2_000 };

describe('a connection', () => {
  it('is idle from the moment on at which nothing has been sent for the interval', () => {
    expect(isIdle(pulse, 15_999, 15_000)).toBe(false);
    expect(isIdle(pulse, 16_000, 15_000)).toBe(true);
  });

  it('is idle however much the peer says', () => {
    expect(isIdle({ lastSent: 0, lastReceived: 15_000 }, 15_000, 15_000)).toBe(true);
  });

  it('is silent when it was not heard for longer than the time-out', () => {
    expect(isSilent(pulse, 32_000, 30_000)).toBe(false);
    expect(isSilent(pulse, 32_001, 30_000)).toBe(true);
  });

  it('is silent however much is sent to it', () => {
    expect(isSilent({ lastSent: 30_001, lastReceived: 0 }, 30_001, 30_000)).toBe(true);
  });
});
