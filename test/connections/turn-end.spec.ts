import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Outbox } from '../../lib/connections/outbox.js';
import { atEndOfTurn, type Writer } from '../../lib/connections/turn-end.js';
import { nextTurn } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';

const MARKS = { highWaterMark: 10, maximum: 100 };
const MANY = 1_000;

describe('the end of a turn', () => {
  let log: string[];

  beforeEach(() => {
    log = [];
  });

  const writerOf = (name: string): Writer => ({ turnEnded: () => log.push(name) });
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
  const turnsUntil = async (isDone: () => boolean): Promise<number> => {
    for (let turns = 0; ; turns++) {
      if (isDone()) return turns;
      await nextTurn();
    }
  };

  it('writes for many in one callback, in the order in which they asked', async () => {
    const scheduled = jest.spyOn(process, 'nextTick');
    names(100).forEach((name) => atEndOfTurn(writerOf(name)));
    const callbacks = scheduled.mock.calls.length;
    scheduled.mockRestore();
    expect(log).toEqual([]);
    await nextTurn();
    expect(callbacks).toBe(1);
    expect(log).toEqual(names(100));
  });

  it('I09: leaves turns of the event loop to others where there are many, and forgets nobody', async () => {
    names(MANY).forEach((name) => atEndOfTurn(writerOf(name)));
    expect(await turnsUntil(() => log.length === MANY)).toBeGreaterThan(5);
    expect(log).toEqual(names(MANY));
    await nextTurn();
    expect(log).toHaveLength(MANY);
  });

  it('takes a part of a large crowd in each turn, so that calls which fill the turns do not hold it up', async () => {
    names(20 * MANY).forEach((name) => atEndOfTurn(writerOf(name)));
    const turns = await turnsUntil(() => log.length === 20 * MANY);
    expect(turns).toBeGreaterThan(20);
    expect(turns).toBeLessThan(80);
    expect(log).toEqual(names(20 * MANY));
  });

  it('lets nobody who is spoken to meanwhile wait for those that are left over', async () => {
    names(MANY).forEach((name) => atEndOfTurn(writerOf(name)));
    await turnsUntil(() => log.length > 0);
    atEndOfTurn(writerOf('answer'));
    await nextTurn();
    expect(log.indexOf('answer')).toBeLessThan(MANY / 2);
    await turnsUntil(() => log.length > MANY);
    expect(log.filter((name) => name !== 'answer')).toEqual(names(MANY));
  });

  it('keeps the order of two crowds of whom neither can be written to at once', async () => {
    names(MANY).forEach((name) => atEndOfTurn(writerOf(`a${name}`)));
    await turnsUntil(() => log.length > 0);
    names(MANY).forEach((name) => atEndOfTurn(writerOf(`b${name}`)));
    await turnsUntil(() => log.length === 2 * MANY);
    for (const crowd of ['a', 'b']) expect(log.filter((name) => name.startsWith(crowd))).toEqual(names(MANY).map((name) => crowd + name));
  });

  it('forgets nobody else where one throws, and the application goes on', () => {
    const callbacks: (() => void)[] = [];
    const later = (callback: unknown): never => callbacks.push(callback as () => void) as never;
    const spies = [
      jest.spyOn(process, 'nextTick').mockImplementation(later),
      jest.spyOn(globalThis, 'setImmediate').mockImplementation(later),
    ];
    const broken = ['5', '200', '990'];
    names(MANY).forEach((name) => atEndOfTurn(broken.includes(name) ? { turnEnded: fail } : writerOf(name)));
    let failures = 0;
    for (let callback = callbacks.shift(); callback !== undefined; callback = callbacks.shift()) failures += Number(throws(callback));
    spies.forEach((spy) => spy.mockRestore());
    expect(failures).toBe(broken.length);
    expect(new Set(log).size).toBe(MANY - broken.length);
  });

  it('joins what is said of a second broadcast to what a peer still waits for', async () => {
    const sinks = names(MANY).map(() => new FakeTransport());
    const outboxes = sinks.map((sink) => new Outbox(sink, MARKS));
    for (const outbox of outboxes) outbox.push('a');
    await turnsUntil(() => sinks[0].written.length > 0);
    for (const outbox of outboxes) outbox.push('b');
    await turnsUntil(() => sinks.every(({ written }) => written.join('') === 'ab'));
    expect(sinks[0].written).toEqual(['a', 'b']);
    expect(sinks[MANY - 1].written).toEqual(['ab']);
  });

  it('does not make the goodbye of a peer wait, and says nothing twice', async () => {
    const sinks = names(MANY).map(() => new FakeTransport());
    const outboxes = sinks.map((sink) => new Outbox(sink, MARKS));
    for (const outbox of outboxes) outbox.push('news');
    outboxes[900].push(' and goodbye');
    outboxes[900].flush();
    expect(sinks[900].written).toEqual(['news and goodbye']);
    await turnsUntil(() => sinks[MANY - 1].written.length > 0);
    expect(sinks[900].written).toEqual(['news and goodbye']);
  });

  it('lets nobody wait longer for those whose outboxes are flushed all the time', async () => {
    const streams = names(MANY).map(() => new Outbox(new FakeTransport(), MARKS));
    for (let items = 0; items < 50; items++) for (const outbox of streams) sayAndFlush(outbox);
    const last = new FakeTransport();
    new Outbox(last, MARKS).push('news');
    expect(await turnsUntil(() => last.written.length > 0)).toBeLessThan(20);
  });
});

function fail(): never {
  throw new Error('a transport fails');
}

function throws(callback: () => void): boolean {
  try {
    callback();
    return false;
  } catch {
    return true;
  }
}

function sayAndFlush(outbox: Outbox): void {
  outbox.push('item');
  outbox.flush();
}
