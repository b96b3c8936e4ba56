import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelHistory } from '../../lib/channels/channel.history.js';
import type { ChannelMessage } from '../../lib/channels/channel.message.js';
import type { TopicHistory } from '../../lib/channels/channel.options.js';
import { reply as withMeta } from '../../lib/channels/message-meta.js';
import { readPosition, withRecovery, type Recovery } from '../../lib/channels/history.arrival.js';
import { InProcessLog, type Log, type LogPosition } from '../../lib/delivery/log.js';
import { PreparedMessage } from '../../lib/delivery/prepared-message.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { numbersFrom } from '../support/random-numbers.js';

const topic = 'room:1';
const bounds: TopicHistory = { mode: 'log', size: 5, ttl: 60_000 };

/** A topic, those who are in it, and what each was told. */
class Room {
  readonly reported: unknown[] = [];
  readonly history: ChannelHistory;
  private readonly members = new Set<Visitor>();

  constructor(
    log: Log,
    readonly options = bounds,
  ) {
    this.history = new ChannelHistory({
      log,
      prepare: () => undefined,
      deliver: (message) => this.deliver(message),
      report: (_, error) => this.reported.push(error),
    });
  }

  say(value: unknown): Promise<void> {
    return this.history.send({ isShared: true, topic, event: 'said', args: [value] }, this.options, undefined);
  }

  /** Comes in as a socket does: what was missed and what is said meanwhile is told when it is in. */
  async visit(since?: LogPosition): Promise<Visitor> {
    let visitor: Visitor | undefined;
    await this.history.admit({ topic, since, maximum: 10_000 }, this.options, (recovery, missed) => {
      visitor = new Visitor(recovery);
      for (const { message } of missed) visitor.told(message);
      this.members.add(visitor);
    });
    return visitor as Visitor;
  }

  private async deliver(message: ChannelMessage): Promise<void> {
    this.history.overhear(new PreparedMessage(message));
    for (const visitor of this.members) visitor.told(message);
  }
}

class Visitor {
  readonly values: unknown[] = [];
  position: LogPosition;

  constructor(readonly recovery: Recovery) {
    this.position = { epoch: recovery.epoch, offset: recovery.offset };
  }

  told({ args, offset = NaN }: ChannelMessage): void {
    this.values.push(args[0]);
    this.position = { ...this.position, offset };
  }
}

/** Answers when the test says so, and in the order that it says. */
function slowLog(log: Log): { log: Log; answers: (() => void)[] } {
  const answers: (() => void)[] = [];
  const later = async <T>(result: Promise<T>): Promise<T> => {
    const value = await result;
    await new Promise<void>((resolve) => answers.push(resolve));
    return value;
  };
  return { answers, log: { append: (...args) => later(log.append(...args)), read: (...args) => log.read(...args) } };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('The history of channels', () => {
  let log: InProcessLog;
  let room: Room;

  beforeEach(() => {
    log = new InProcessLog(new FakeClock());
    room = new Room(log);
  });

  it('tells whoever comes back exactly what was missed', async () => {
    const { position } = await room.visit();
    await room.say('a');
    await room.say('b');
    const { recovery, values } = await room.visit(position);
    expect(recovery).toEqual({ recovered: true, epoch: position.epoch, offset: position.offset + 2 });
    expect(values).toEqual(['a', 'b']);
  });

  it('tells nothing of it where not all of it is left, and where nobody asks', async () => {
    const { position } = await room.visit();
    for (const value of 'abcdef') await room.say(value);
    for (const since of [position, { ...position, epoch: 'another' }, { ...position, offset: position.offset + 7 }, undefined]) {
      const { recovery, values } = await room.visit(since);
      expect(recovery).toEqual({ recovered: false, epoch: position.epoch, offset: position.offset + 6 });
      expect(values).toEqual([]);
    }
  });

  it('tells the last value to whoever does not have it, where only that is kept', async () => {
    const latest = new Room(log, { mode: 'latest', size: 1, ttl: 60_000 });
    expect((await latest.visit()).values).toEqual([]);
    await latest.say('a');
    await latest.say('b');
    const { position, recovery, values } = await latest.visit();
    expect([recovery.recovered, values]).toEqual([false, ['b']]);
    const again = await latest.visit(position);
    expect([again.recovery.recovered, again.values]).toEqual([true, []]);
    await latest.say('c');
    const next = await latest.visit(position);
    expect([next.recovery.recovered, next.values]).toEqual([true, ['c']]);
    await latest.say('d');
    const late = await latest.visit(position);
    expect([late.recovery.recovered, late.values]).toEqual([false, ['d']]);
  });

  it('keeps the order of what is said, whatever the order in which the log answers', async () => {
    const { answers, log: slow } = slowLog(log);
    const slowRoom = new Room(slow);
    const visitor = await slowRoom.visit();
    const said = Promise.all(['a', 'b', 'c'].map((value) => slowRoom.say(value)));
    await turn();
    for (const answer of answers.reverse()) {
      answer();
      await turn();
    }
    await said;
    expect(visitor.values).toEqual(['a', 'b', 'c']);
  });

  it('keeps that order where the log fails in between', async () => {
    const { answers, log: slow } = slowLog(log);
    const failing: Log = {
      ...slow,
      append: (key, value, options) => (value.includes('lost') ? Promise.reject(new Error('down')) : slow.append(key, value, options)),
    };
    const slowRoom = new Room(failing);
    const visitor = await slowRoom.visit();
    const [first, lost, last] = ['a', 'lost', 'b'].map((value) => slowRoom.say(value));
    const failure = lost.catch((error: Error) => error.message);
    await turn();
    answers[1]();
    await turn();
    expect(visitor.values).toEqual([]);
    answers[0]();
    expect((await Promise.all([first, failure, last]))[1]).toBe('down');
    expect(visitor.values).toEqual(['a', 'b']);
  });

  it('tells nobody what the log did not take, and goes on', async () => {
    const failing: Log = {
      append: (key, value, options) => (value.includes('lost') ? Promise.reject(new Error('down')) : log.append(key, value, options)),
      read: (...args) => log.read(...args),
    };
    const failingRoom = new Room(failing);
    const visitor = await failingRoom.visit();
    const lost = failingRoom.say('lost');
    const kept = failingRoom.say('kept');
    await expect(lost).rejects.toThrow('down');
    await kept;
    expect(visitor.values).toEqual(['kept']);
    expect(failingRoom.reported).toEqual([]);
    void failingRoom.say('lost');
    await turn();
    await turn();
    expect(failingRoom.reported).toHaveLength(1);
  });

  it('loses and doubles nothing for those who come in while others talk', async () => {
    const random = numbersFrom(3);
    const big = new Room(log, { ...bounds, size: 1_000 });
    let [position, last] = [(await big.visit()).position, -1];
    const pending: Promise<void>[] = [];
    for (let step = 0; step < 100; step++) {
      const talk = (): void => {
        for (let count = random(3); count > 0; count--) pending.push(big.say(pending.length));
      };
      talk();
      const coming = big.visit(position);
      for (let tick = random(12); tick > 0; tick--) await Promise.resolve();
      talk();
      const visitor = await coming;
      talk();
      await Promise.all(pending);
      expect(visitor.values).toEqual(Array.from({ length: pending.length - 1 - last }, (_, i) => last + 1 + i));
      ({ position } = visitor);
      last = pending.length - 1;
    }
  });

  it('gives up on somebody to whom more is said while he comes in than is kept for him', async () => {
    const read = log.read.bind(log);
    let answer = (): void => {};
    log.read = async (...args) => (await new Promise<void>((resolve) => (answer = resolve)), read(...args));
    const visit = room.visit();
    for (let i = 0; i < 1_001; i++) await room.say(i);
    answer();
    await expect(visit).rejects.toThrow(topic);
  });

  it('tells nothing rather than more at once than may wait for a client', async () => {
    const { position } = await room.visit();
    await room.say('x'.repeat(6_000));
    const { recovery, values } = await room.visit(position);
    expect([recovery.recovered, values]).toEqual([false, []]);
  });

  it('reads and writes what a history holds once for all who come back together', async () => {
    const { position } = await room.visit();
    await room.say('a');
    let reads = 0;
    const read = log.read.bind(log);
    log.read = (...args) => (reads++, read(...args));
    const told = new Set<unknown>();
    const visit = { topic, since: position, maximum: 10_000 };
    const visits = Array.from({ length: 100 }, () =>
      room.history.admit(visit, bounds, (_, missed) => missed.forEach((one) => told.add(one))),
    );
    await Promise.all(visits);
    expect(reads).toBeLessThanOrEqual(2);
    expect(told.size).toBeLessThanOrEqual(2);
  });
});

describe('A join with history', () => {
  it.each([
    [{ recover: { epoch: 'e', offset: 3 } }, { epoch: 'e', offset: 3 }],
    [{ recover: { epoch: 'e', offset: '3' } }, undefined],
    [{ recover: { epoch: 1, offset: 3 } }, undefined],
    [{ recover: { epoch: 'e', offset: 1.5 } }, undefined],
    [{ recover: 'e' }, undefined],
    [{ recover: null }, undefined],
    [{}, undefined],
    [null, undefined],
    ['recover', undefined],
    [undefined, undefined],
  ])('finds in the payload %j the position %j', (payload, position) => expect(readPosition(payload)).toEqual(position));

  const recovery = { recovered: false, epoch: 'e', offset: 0 };

  it.each([
    ['nothing', undefined, { recovery }],
    ['null', null, { recovery }],
    ['an object', { a: 1 }, { a: 1, recovery }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1, recovery }],
    ['a text', 'welcome', { reply: 'welcome', recovery }],
    ['an ArrayBuffer', new Uint8Array([1]).buffer, { reply: new Uint8Array([1]), recovery }],
    ['a list', [1], { reply: [1], recovery }],
    ['a payload with metadata', withMeta({ a: 1 }, { id: '1' }), withMeta({ a: 1, recovery }, { id: '1' })],
    ['a map', new Map([['a', 1]]), { reply: new Map([['a', 1]]), recovery }],
  ])('is answered with %s and the recovery', (_, reply, expected) => expect(withRecovery(reply, recovery)).toEqual(expected));
});
