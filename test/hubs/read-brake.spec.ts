import { beforeEach, describe, expect, it } from '@jest/globals';
import { Level, ReadBrake } from '../../lib/hubs/read-brake.js';

describe('a level of what waits', () => {
  let log: string[];
  let isAsked: boolean;
  let level: Level;

  beforeEach(() => {
    log = [];
    isAsked = false;
    const reading = { pause: () => void log.push('pause'), resume: () => void log.push('resume') };
    level = new Level(100, new ReadBrake(reading, () => isAsked));
  });

  it('holds the client back from its bound on, until half of that is gone', () => {
    level.rise(100);
    expect(log).toEqual([]);
    level.rise(101);
    level.fall(51);
    expect(log).toEqual(['pause']);
    level.fall(50);
    expect(log).toEqual(['pause', 'resume']);
  });

  it('is sixteen times as high while the client is asked', () => {
    isAsked = true;
    level.rise(1_600);
    expect(log).toEqual([]);
    level.rise(1_601);
    level.fall(801);
    expect(log).toEqual(['pause']);
    level.fall(800);
    expect(log).toEqual(['pause', 'resume']);
  });

  it('gives way when the client is asked while it is held back', () => {
    level.rise(101);
    isAsked = true;
    level.relieve(101);
    level.rise(1_601);
    level.relieve(1_601);
    expect(log).toEqual(['pause', 'resume', 'pause']);
  });
});
