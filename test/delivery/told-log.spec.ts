import { beforeEach, describe, expect, it } from '@jest/globals';
import { InProcessLog, type Log, type LogPosition } from '../../lib/delivery/log.js';
import { ToldLog, type Written } from '../../lib/delivery/told-log.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';

const bounds = { size: 10, ttl: 1_000 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A log whose answers to `append` the test gives. */
class SlowLog implements Log {
  readonly answers: (() => void)[] = [];
  private readonly log = new InProcessLog(new FakeClock());

  async append(key: string, value: string): Promise<LogPosition> {
    const position = await this.log.append(key, value, bounds);
    await new Promise<void>((resolve) => this.answers.push(resolve));
    if (value === 'lost') throw new Error('lost');
    return position;
  }

  read(key: string) {
    return this.log.read(key);
  }
}

describe('what is written to a log and told', () => {
  let slow: SlowLog;
  let log: ToldLog;
  let told: string[];

  const write = (value: string, ...keys: string[]): Promise<void> =>
    log.append(keys, value, bounds, (written: Written) => {
      const places = Array.from(written, ([key, { offset }]) => `${key}${offset}`);
      told.push(`${value} ${places.join('+')}`);
    });

  beforeEach(() => {
    slow = new SlowLog();
    log = new ToldLog(slow);
    told = [];
  });

  async function answerBackwards(): Promise<void> {
    await turn();
    for (const answer of slow.answers.splice(0).reverse()) {
      answer();
      await turn();
    }
  }

  it('is told in the order of the positions, under each of its keys', async () => {
    const writing = [write('one', 'a'), write('two', 'b'), write('three', 'a', 'b'), write('four', 'b'), write('five', 'c')];
    await answerBackwards();
    await Promise.all(writing);
    expect(told.filter((line) => !line.includes('c'))).toEqual(['two b1', 'one a1', 'three a2+b2', 'four b3']);
    expect(told[0]).toBe('five c1');
  });

  it('is told where it could be written, and is an error where it could not', async () => {
    const writing = [write('one', 'a'), write('lost', 'a').catch((error: Error) => error.message), write('two', 'a')];
    await answerBackwards();
    expect(await Promise.all(writing)).toEqual([undefined, 'lost', undefined]);
    expect(told).toEqual(['one a1', 'two a3']);
  });

  it('is read when it was told', async () => {
    void write('one', 'a');
    const read = log.read('a').then(({ entries }) => told.push(`read ${entries.length}`));
    await answerBackwards();
    await read;
    expect(told).toEqual(['one a1', 'read 1']);
  });
});
