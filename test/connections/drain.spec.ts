import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { Drain } from '../../lib/connections/drain.js';
import { drainOptions, type DrainOptions, type ResolvedDrainOptions } from '../../lib/connections/drain.options.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { FakeTransport } from '../support/fake-transport.js';
import { RecordingEndpoint, type RecordingHandler } from '../support/recording-endpoint.js';

const options = resolveOptions(connectionOptions);

/** A transport that notes when it is cut. */
class CutTransport extends FakeTransport {
  cut(): void {
    this.log.push('cut');
  }
}

const optionsOf = (given: DrainOptions): ResolvedDrainOptions =>
  resolveOptions({ drain: drainOptions }, { from: 'a test', options: { drain: given } }).drain;

describe('a drain', () => {
  let clock: FakeClock;
  let store: ConnectionStore;
  let endpoint: RecordingEndpoint;
  let isOver: boolean;

  beforeEach(() => {
    clock = new FakeClock();
    store = new ConnectionStore(clock, 15_000, 3);
    endpoint = new RecordingEndpoint('/chat');
    isOver = false;
  });

  const open = (count: number): RecordingHandler[] => {
    for (let index = 0; index < count; index++) store.open(endpoint, new CutTransport(), options, {});
    return endpoint.handlers;
  };

  /** By default chance makes no difference. */
  const drain = (given: DrainOptions = {}, chance = 0.5, last = async (): Promise<void> => undefined): Promise<void> => {
    return new Drain(store, optionsOf(given), () => chance).run(last).then(() => void (isOver = true));
  };

  const told = (): number => endpoint.handlers.filter(({ endedFor }) => endedFor.length > 0).length;

  /** How many were told after each of these moments, in milliseconds. */
  const toldAfter = async (...moments: number[]): Promise<number[]> => {
    const counts = [];
    for (const moment of moments) {
      await clock.advance(moment - clock.now());
      counts.push(told());
    }
    return counts;
  };

  it('is over at once when there is nobody', async () => {
    await drain();
    expect(isOver).toBe(true);
  });

  it('tells the first batch at once that it may come back, and is over with it', async () => {
    const [first] = open(2_000);
    await drain();
    expect(told()).toBe(2_000);
    expect(first.endedFor[0]).toMatchObject({ code: 'shutdown', allowReconnect: true });
  });

  it('lets nobody wait for his goodbye who was closed for a flood before', async () => {
    const discharge = jest.fn();
    const connection = store.open(endpoint, Object.assign(new FakeTransport(), { isStanding: true, discharge }), options, {});
    connection.close(closeReason('failed', { isFlood: true }));
    const draining = drain();
    await clock.advance(0);
    expect(discharge).toHaveBeenCalledTimes(1);
    connection.transportEnded();
    await draining;
  });

  it('tells the others batch by batch, and serves them meanwhile', async () => {
    open(5);
    const draining = drain({ batch: 2, interval: 1_000 });
    expect(await toldAfter(0, 999, 1_000, 1_999)).toEqual([2, 2, 4, 4]);
    expect(isOver).toBe(false);
    expect(await toldAfter(2_000)).toEqual([5]);
    await draining;
  });

  it.each([
    ['a quarter too early', 0, 750],
    ['a quarter too late', 1, 1_250],
  ])('sends a batch up to %s by chance', async (_, chance, moment) => {
    open(2);
    const draining = drain({ batch: 1 }, chance);
    expect(await toldAfter(moment - 1, moment)).toEqual([1, 2]);
    await draining;
  });

  it('moves faster where the time would be over before its last batch had its grace', async () => {
    open(100);
    const draining = drain({ batch: 1, interval: 1_000, grace: 1_000, timeout: 11_000 });
    for (let moment = 100; moment < 10_000; moment += 100) await clock.advance(100);
    expect(told()).toBe(100);
    await draining;
  });

  it('lets calls that run come to their end first, each connection for itself', async () => {
    const [quick, slow] = open(2);
    let finish = (): void => undefined;
    slow.whenFinishing = () => new Promise((resolve) => (finish = resolve));
    const draining = drain();
    await clock.advance(4_999);
    expect([quick, slow].map(({ endedFor }) => endedFor.length)).toEqual([1, 0]);
    finish();
    await draining;
    expect(told()).toBe(2);
  });

  it('waits for such calls no longer than their grace', async () => {
    const [stuck] = open(1);
    stuck.whenFinishing = () => new Promise(() => undefined);
    const draining = drain();
    expect(await toldAfter(4_999, 5_000)).toEqual([0, 1]);
    await draining;
  });

  it('says how many are told to go, and how many of them had to while their calls were running', async () => {
    const [done, ...stuck] = open(4);
    done.whenFinishing = async () => undefined;
    for (const one of stuck.slice(0, 2)) one.whenFinishing = () => new Promise(() => undefined);
    const said: unknown[] = [];
    const witness = { drainBegins: (count: number) => said.push(count), graceIsOver: (...late: number[]) => said.push(late) };
    const draining = new Drain(store, optionsOf({ batch: 2, interval: 0 }), () => 0.5).run(async () => undefined, witness);
    await clock.advance(0);
    expect(said).toEqual([4]);
    await clock.advance(5_000);
    await draining;
    expect(said).toEqual([4, [2, 5_000]]);
  });

  it('waits for hooks, and then for what comes last, but no longer than the time it has; what is left is cut', async () => {
    const [hooked] = open(1);
    hooked.whenClosed = () => new Promise(() => undefined);
    const draining = drain();
    await clock.advance(24_999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await draining;
    expect((hooked.connection.transport as CutTransport).log.at(-1)).toBe('cut');
  });

  it('L01: waits for peers that have still to take what was said, and cuts those that have not when the time is over', async () => {
    const [quick, silent] = open(2);
    for (const { connection } of [quick, silent]) Object.assign(connection.transport, { isStanding: true });
    const draining = drain({ timeout: 10_000 });
    await clock.advance(4_000);
    quick.connection.transportEnded();
    await clock.advance(5_999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await draining;
    expect([quick, silent].map(({ connection }) => (connection.transport as CutTransport).log.includes('cut'))).toEqual([false, true]);
  });

  it('L01: cuts as well who had gone before it began, and has not left yet', async () => {
    const [early] = open(1);
    Object.assign(early.connection.transport, { isStanding: true });
    early.connection.close(closeReason('aborted'));
    const draining = drain({ timeout: 10_000 });
    await clock.advance(10_000);
    await draining;
    expect((early.connection.transport as CutTransport).log.at(-1)).toBe('cut');
  });

  it('tells and cuts those whose batch has not come in time', async () => {
    open(3);
    const draining = drain({ batch: 1, interval: 1_000, grace: 0, timeout: 0 });
    await clock.advance(0);
    await draining;
    expect(told()).toBe(3);
  });

  it('ends who was on the way in when it began', async () => {
    open(2);
    const draining = drain({ batch: 1 });
    const [, , late] = open(1);
    await clock.advance(1_000);
    await draining;
    expect(late.endedFor).toHaveLength(1);
  });

  it('does what comes last when all have gone', async () => {
    open(1);
    let left = -1;
    await drain({}, 0.5, async () => void (left = store.size));
    expect(left).toBe(0);
  });

  it.each([
    [{ grace: 9_000, timeout: 10 }, 'drain.grace (9000) has to be less than drain.timeout (10) in a test.'],
    [{ grace: 25_000 }, 'drain.grace (25000) has to be less than drain.timeout (25000) in a test.'],
  ])('takes no grace that is longer than all of it: %j', (given, text) => {
    expect(() => drain(given)).toThrow(text);
  });

  it('gives no more grace than there is time where only that is said', () => {
    expect([optionsOf({}), optionsOf({ timeout: 10 })]).toMatchObject([
      { batch: 2_000, interval: 1_000, grace: 5_000, timeout: 25_000 },
      { grace: 10, timeout: 10 },
    ]);
  });
});
