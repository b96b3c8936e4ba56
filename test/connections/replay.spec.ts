import { beforeEach, describe, expect, it } from '@jest/globals';
import { Payload } from '../../lib/common/payload.js';
import { Outbox } from '../../lib/connections/outbox.js';
import { Replay } from '../../lib/connections/replay.js';
import { nextTurn } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';

const SECOND = 1_000;

describe('a replay', () => {
  let transport: FakeTransport;
  let outbox: Outbox;

  beforeEach(() => {
    transport = new FakeTransport();
    outbox = new Outbox(transport, { highWaterMark: 500, maximum: 1_000 });
  });

  function replayOf(bounds: { bufferSize?: number; maximumMessages?: number } = {}, { isOpen = true } = {}): Replay {
    const replay = new Replay(outbox, { bufferSize: 100, maximumMessages: 10, ...bounds }, 1_000);
    if (isOpen) replay.open();
    return replay;
  }

  /** What was written since the last time. */
  async function written(): Promise<string> {
    await nextTurn();
    const all = [...transport.written.splice(0), ...transport.shared.splice(0).map(({ data }) => data)];
    return all.map((data) => Buffer.from(data as string).toString()).join('');
  }

  const push = (replay: Replay, text: string): boolean[] => Array.from(text, (letter) => replay.push(letter));

  it('says what it is given, at the end of the turn', async () => {
    const replay = replayOf();
    push(replay, 'abc');
    expect(transport.written).toEqual([]);
    expect(await written()).toBe('abc');
  });

  it('says nothing before the peer can hear, and then all of it', async () => {
    const replay = replayOf({}, { isOpen: false });
    push(replay, 'abc');
    expect(await written()).toBe('');
    replay.open();
    expect(await written()).toBe('abc');
  });

  it('says again after a break what was not acknowledged, and what was said meanwhile', async () => {
    const replay = replayOf();
    push(replay, 'abcd');
    await written();
    replay.acknowledge(2);
    replay.hold();
    push(replay, 'ef');
    expect([await written(), replay.next]).toEqual(['', 3]);
    replay.open();
    expect(await written()).toBe('cdef');
  });

  it('does not say again what is said while it is open', async () => {
    const replay = replayOf();
    push(replay, 'a');
    replay.open();
    expect(await written()).toBe('a');
  });

  it('has a next message where none is left, too', () => {
    const replay = replayOf();
    expect(replay.next).toBe(1);
    push(replay, 'abc');
    expect(replay.next).toBe(1);
    replay.acknowledge(3);
    expect(replay.next).toBe(4);
  });

  it('takes an ack again and again, and an old one, for nothing', async () => {
    const replay = replayOf();
    push(replay, 'abc');
    for (const number of [2, 2, 1, 0]) replay.acknowledge(number);
    replay.hold();
    await written();
    replay.open();
    expect(await written()).toBe('c');
  });

  it.each([-1, 4])('refuses an ack of message %d of three', (number) => {
    const replay = replayOf();
    push(replay, 'abc');
    expect(() => replay.acknowledge(number)).toThrow(`An Ack has the id ${number}; the messages that can be acknowledged end with 3.`);
  });

  it('keeps a message of many as it is, with the frame that was made for all', async () => {
    const replay = replayOf();
    const payload = new Payload('shared');
    replay.push(payload);
    await nextTurn();
    replay.hold();
    replay.open();
    await nextTurn();
    expect(transport.shared).toEqual([payload, payload]);
    expect(transport.shared[1]).toBe(payload);
  });

  describe('of a turn with several messages', () => {
    it('says them again one by one as they are acknowledged', async () => {
      const replay = replayOf();
      push(replay, 'abc');
      await written();
      push(replay, 'de');
      await written();
      replay.acknowledge(2);
      replay.hold();
      replay.open();
      expect(await written()).toBe('cde');
    });

    it('does not take for a message what is of the moment and stood between them', async () => {
      const replay = replayOf();
      push(replay, 'ab');
      outbox.push('ping');
      push(replay, 'c');
      expect(await written()).toBe('abpingc');
      replay.acknowledge(1);
      replay.hold();
      replay.open();
      expect(await written()).toBe('bc');
    });

    it('keeps what others get, too, for itself', async () => {
      const replay = replayOf();
      const payload = new Payload('shared');
      replay.push('a');
      replay.push(payload);
      await written();
      replay.acknowledge(1);
      replay.hold();
      replay.open();
      await nextTurn();
      expect(transport.shared).toEqual([payload]);
    });

    it('says the right ones again when an ack, or a break, comes within the turn', async () => {
      const replay = replayOf();
      push(replay, 'abc');
      replay.acknowledge(1);
      push(replay, 'd');
      expect(await written()).toBe('abcd');
      push(replay, 'e');
      replay.hold();
      push(replay, 'f');
      outbox.moveTo(transport);
      replay.open();
      push(replay, 'g');
      expect(await written()).toBe('bcdefg');
      replay.acknowledge(3);
      replay.hold();
      replay.open();
      expect(await written()).toBe('defg');
    });

    it('keeps nothing of it once it has stopped', async () => {
      const replay = replayOf();
      replay.stop();
      push(replay, 'abc');
      await written();
      replay.hold();
      replay.open();
      expect(await written()).toBe('');
    });
  });

  describe('that is full', () => {
    it('keeps so many messages, and the rest wait until there is room', async () => {
      const replay = replayOf({ maximumMessages: 3 });
      push(replay, 'abcdefg');
      expect(await written()).toBe('abc');
      replay.acknowledge(1);
      expect(await written()).toBe('d');
      replay.acknowledge(4);
      expect(await written()).toBe('efg');
    });

    it('keeps so many bytes, and the one more that goes beyond', async () => {
      const replay = replayOf({ bufferSize: 10 });
      for (const text of ['123456789', '1234567', 'x']) replay.push(text);
      expect(await written()).toBe('1234567891234567');
      replay.acknowledge(1);
      expect(await written()).toBe('x');
    });

    it('does not number what waits: it cannot be acknowledged', () => {
      const replay = replayOf({ maximumMessages: 3 });
      push(replay, 'abcd');
      expect(() => replay.acknowledge(4)).toThrow('end with 3');
    });

    it('lets so much wait and no more, and counts 64 bytes beside each message', () => {
      const replay = replayOf({ maximumMessages: 1 });
      push(replay, 'a');
      const waiting = push(replay, 'x'.repeat(20));
      expect(waiting.filter(Boolean)).toHaveLength(16);
      expect(waiting.lastIndexOf(true)).toBe(15);
    });

    it('lets one message wait that is larger than that', async () => {
      const replay = replayOf({ maximumMessages: 1 });
      push(replay, 'a');
      expect([replay.push('x'.repeat(2_000)), replay.push('y')]).toEqual([true, false]);
      replay.acknowledge(1);
      expect(await written()).toHaveLength(2_001);
    });

    it('says what waits after a break as well, when it comes to be kept', async () => {
      const replay = replayOf({ maximumMessages: 2 });
      push(replay, 'ab');
      replay.hold();
      push(replay, 'cd');
      await written();
      replay.open();
      expect(await written()).toBe('ab');
      replay.acknowledge(2);
      expect(await written()).toBe('cd');
    });

    it('has room when there is an ack', async () => {
      const replay = replayOf({ maximumMessages: 2 });
      expect(replay.isCongested).toBe(false);
      push(replay, 'ab');
      expect(replay.isCongested).toBe(true);
      const room = replay.room();
      replay.acknowledge(1);
      await room;
      expect(replay.isCongested).toBe(false);
    });

    it('is stuck when messages have waited for five seconds without an ack that helps', () => {
      const replay = replayOf({ maximumMessages: 1 });
      push(replay, 'abc');
      const stuck = [1, 2, 3, 4].map((second) => replay.isStuck(second * SECOND));
      replay.acknowledge(1);
      for (const second of [5, 6, 7, 8, 9]) stuck.push(replay.isStuck(second * SECOND));
      expect(stuck).toEqual([...Array(8).fill(false), true]);
    });

    it('is not stuck where nobody waits', () => {
      const replay = replayOf({ maximumMessages: 1 });
      push(replay, 'a');
      expect([1, 100].map((second) => replay.isStuck(second * SECOND))).toEqual([false, false]);
    });

    it('is stuck with a stream that waits for room, as long as the peer could acknowledge', () => {
      const replay = replayOf({ maximumMessages: 1 });
      push(replay, 'a');
      void replay.room();
      const stuck = [1, 5].map((second) => replay.isStuck(second * SECOND));
      replay.hold();
      stuck.push(replay.isStuck(100 * SECOND));
      expect(stuck).toEqual([false, true, false]);
    });
  });

  describe('counts', () => {
    it('all that was said, and what of it has not been taken', async () => {
      const replay = replayOf({ maximumMessages: 4 });
      push(replay, 'abcdef');
      expect([replay.said, replay.backlog]).toEqual([6, 6]);
      await written();
      expect([replay.said, replay.backlog]).toEqual([6, 2]);
    });

    it('what was said in a break as not taken', async () => {
      const replay = replayOf();
      replay.hold();
      push(replay, 'ab');
      expect([replay.said, replay.backlog]).toEqual([2, 2]);
      replay.open();
      await written();
      expect([replay.said, replay.backlog]).toEqual([2, 0]);
    });
  });

  describe('that stops', () => {
    it('says all that waits, and keeps nothing from then on', async () => {
      const replay = replayOf({ maximumMessages: 2 });
      push(replay, 'abcd');
      replay.stop();
      push(replay, 'efgh');
      expect([await written(), replay.isOn, replay.isCongested]).toEqual(['abcdefgh', false, false]);
      replay.hold();
      replay.open();
      expect(await written()).toBe('');
    });

    it('lets those go on who wait for room', async () => {
      const replay = replayOf({ maximumMessages: 1 });
      push(replay, 'a');
      const room = replay.room();
      replay.release();
      await expect(room).resolves.toBeUndefined();
    });
  });
});
