import { describe, expect, it } from '@jest/globals';
import { StreamShare } from '../../lib/hubs/stream-share.js';

describe('what waits of one stream', () => {
  it('is what it has said, less what was taken, whoever else says something in between', () => {
    const share = new StreamShare();
    share.add(10, 10);
    share.add(10, 20);
    share.add(5, 125);
    const seen = [0, 5, 20, 60, 120, 123, 125].map((taken) => share.waiting(taken));
    expect(seen).toEqual([25, 20, 5, 5, 5, 2, 0]);
  });

  it('is nothing where nothing was said', () => {
    const share = new StreamShare();
    share.add(0, 7);
    expect([share.waiting(0), share.waiting(7)]).toEqual([0, 0]);
  });
});
