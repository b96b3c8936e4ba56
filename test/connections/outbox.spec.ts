import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Payload } from '../../lib/common/payload.js';
import { Outbox } from '../../lib/connections/outbox.js';
import { nextTurn } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';

const MARKS = { highWaterMark: 10, maximum: 100 };

describe('an outbox', () => {
  let sink: FakeTransport;
  let outbox: Outbox;

  beforeEach(() => {
    sink = new FakeTransport();
    outbox = new Outbox(sink, MARKS);
  });

  const push = (...items: (string | Uint8Array | Payload)[]): boolean[] => items.map((item) => outbox.push(item));
  const written = async (): Promise<string> => {
    await nextTurn();
    return sink.written.map((data) => Buffer.from(data).toString()).join('|');
  };

  it('writes nothing before the end of the turn, then all of it at once and in order', async () => {
    push('a', 'b', 'c');
    expect(sink.written).toEqual([]);
    await nextTurn();
    expect(sink.written).toEqual(['abc']);
  });

  it('writes once for each turn in which something is said', async () => {
    push('a');
    expect(await written()).toBe('a');
    push('b', 'c');
    expect(await written()).toBe('a|bc');
    expect(await written()).toBe('a|bc');
  });

  it('hands on what stands alone in its turn as it is, without a copy', async () => {
    const bytes = Buffer.from('alone');
    push(bytes);
    await nextTurn();
    expect(sink.written[0]).toBe(bytes);
  });

  it('hands on a shared payload that stands alone, so that its frame is made once for all peers', async () => {
    const payload = new Payload('for all');
    push(payload);
    await nextTurn();
    expect(sink.shared).toEqual([payload]);
    expect(sink.shared[0]).toBe(payload);
    expect(sink.written).toEqual([]);
  });

  it.each<[string, () => (string | Uint8Array | Payload)[]]>([
    ['a payload and text', () => [new Payload('ab'), 'c']],
    ['text and a payload', () => ['a', new Payload('bc')]],
    ['two payloads', () => [new Payload('ab'), new Payload('c')]],
    ['nothing, then text', () => ['', 'abc']],
    ['text, then nothing', () => ['abc', '']],
    ['nothing twice, then text', () => ['', '', 'abc']],
    ['text and bytes', () => ['a', Buffer.from('bc')]],
    ['bytes and text', () => [Buffer.from('ab'), 'c']],
    ['bytes between texts', () => ['a', Buffer.from('b'), 'c']],
    ['a text between bytes', () => [Buffer.from('a'), 'b', new Uint8Array([0x63])]],
    ['a binary payload among texts', () => ['a', new Payload(Buffer.from('b')), 'c']],
    ['no bytes at all, then text', () => [new Uint8Array(), 'abc']],
  ])('joins %s in the order in which they came', async (_, items) => {
    push(...items());
    expect(await written()).toBe('abc');
    expect(sink.shared).toEqual([]);
  });

  it('writes characters outside of ASCII next to bytes as UTF-8', async () => {
    push('é€', Buffer.from([0xff]), '😀');
    await nextTurn();
    expect(sink.written).toEqual([Buffer.concat([Buffer.from('é€'), Buffer.from([0xff]), Buffer.from('😀')])]);
  });

  it('writes what waits when it is flushed, and nothing more at the end of the turn', async () => {
    push('a', 'b');
    outbox.flush();
    expect(sink.written).toEqual(['ab']);
    outbox.flush();
    expect(await written()).toBe('ab');
  });

  it('still writes what comes after a flush in the same turn', async () => {
    push('a');
    outbox.flush();
    push('b');
    expect(await written()).toBe('a|b');
  });

  it('loses nothing that is said while it is being written', async () => {
    const answers = ['second', 'third'];
    jest.spyOn(sink, 'write').mockImplementation((data) => {
      sink.written.push(data);
      const answer = answers.shift();
      if (answer !== undefined) push(answer);
    });
    push('first');
    await nextTurn();
    await nextTurn();
    expect(sink.written).toEqual(['first', 'second', 'third']);
  });

  describe('that is full', () => {
    it('refuses what would go beyond the bound, and keeps the rest', async () => {
      sink.isStuck = true;
      expect(push('x'.repeat(60), 'y'.repeat(40), 'z')).toEqual([true, true, false]);
      expect(await written()).toBe('x'.repeat(60) + 'y'.repeat(40));
    });

    it('I02 does not take for slow a peer to which much is said in one turn: it is written to first', async () => {
      expect(push('x'.repeat(60), 'y'.repeat(40), 'z', new Payload('u'.repeat(100)), Buffer.alloc(500))).toEqual(Array(5).fill(true));
      await nextTurn();
      expect([...sink.written, ...sink.shared.map(({ data }) => data)].map(({ length }) => length)).toEqual([100, 1, 500, 100]);
    });

    it('counts what its sink has not sent yet', () => {
      sink.isStuck = true;
      sink.bufferedAmount = 95;
      expect(push('12345', '6')).toEqual([true, false]);
    });

    it('takes more when the sink has sent it', async () => {
      push('x'.repeat(100));
      await nextTurn();
      sink.bufferedAmount = 100;
      expect(push('y')).toEqual([false]);
      sink.bufferedAmount = 99;
      expect(push('y')).toEqual([true]);
    });

    it('has room again once it is flushed', () => {
      push('x'.repeat(100));
      outbox.flush();
      expect(push('y'.repeat(100))).toEqual([true]);
    });

    it('counts the bytes of shared payloads, and of those that are mixed', () => {
      sink.isStuck = true;
      expect(push(new Payload('x'.repeat(60)), Buffer.alloc(40), new Payload('z'))).toEqual([true, true, false]);
    });
  });

  describe('and a message larger than the bound', () => {
    it('sends it to a peer that has taken all before', async () => {
      expect(push('x'.repeat(1_000))).toEqual([true]);
      expect(await written()).toBe('x'.repeat(1_000));
    });

    it('does not send it to a peer for which something waits', () => {
      sink.isStuck = true;
      expect(push('a', 'x'.repeat(1_000))).toEqual([true, false]);
      outbox.flush();
      sink.bufferedAmount = 1;
      expect(push('x'.repeat(1_000))).toEqual([false]);
    });

    it('lets nothing follow it until it is sent', () => {
      sink.isStuck = true;
      expect(push('x'.repeat(1_000), 'a')).toEqual([true, false]);
    });
  });
});

describe('an outbox in which much waits', () => {
  const make = (): { sink: FakeTransport; outbox: Outbox } => {
    const sink = new FakeTransport();
    return { sink, outbox: new Outbox(sink, MARKS) };
  };

  it('is congested beyond its mark, here and in its sink together', () => {
    const { sink, outbox } = make();
    sink.bufferedAmount = 4;
    outbox.push('123456');
    expect([outbox.backlog, outbox.isCongested]).toEqual([10, false]);
    outbox.push('7');
    expect([outbox.backlog, outbox.isCongested]).toEqual([11, true]);
  });

  it('has room a turn later where the sink takes it at once', async () => {
    const { sink, outbox } = make();
    outbox.push('x'.repeat(11));
    await outbox.room();
    expect([sink.written.length, outbox.isCongested]).toEqual([1, false]);
  });

  it('has room when its sink has drained, for all who wait', async () => {
    const { sink, outbox } = make();
    sink.bufferedAmount = 50;
    const told: number[] = [];
    const waiting = [1, 2].map(async (who) => outbox.room().then(() => told.push(who)));
    await nextTurn();
    await nextTurn();
    expect(told).toEqual([]);
    sink.bufferedAmount = 0;
    sink.drain();
    await Promise.all(waiting);
    expect(told).toEqual([1, 2]);
  });

  it('lets everybody go on when nothing will be sent any more', async () => {
    const { sink, outbox } = make();
    sink.bufferedAmount = 50;
    const waiting = outbox.room();
    outbox.release();
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('a hundred outboxes', () => {
  it('give each peer the same payload, not a copy', async () => {
    const payload = new Payload('news');
    const sinks = Array.from({ length: 100 }, () => new FakeTransport());
    for (const sink of sinks) new Outbox(sink, MARKS).push(payload);
    await nextTurn();
    expect(sinks.every(({ shared }) => shared.length === 1 && shared[0] === payload)).toBe(true);
  });
});
