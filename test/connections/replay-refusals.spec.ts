import { beforeEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '../../lib/connections/outbox.js';
import { Replay } from '../../lib/connections/replay.js';
import { nextTurn } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';

describe('what a replay refuses', () => {
  let transport: FakeTransport;
  let replay: Replay;

  beforeEach(() => {
    transport = new FakeTransport();
    replay = new Replay(new Outbox(transport, { highWaterMark: 50, maximum: 100 }), { bufferSize: 1_000, maximumMessages: 3 }, 100);
    replay.open();
  });

  it('because its outbox is full is not kept, has no number and does not count as said', async () => {
    transport.bufferedAmount = 99;
    expect([replay.push('a'), replay.push('refused')]).toEqual([true, false]);
    expect(replay.said).toBe(1);
    expect(() => replay.acknowledge(2)).toThrow('end with 1');
    await nextTurn();
    replay.hold();
    replay.open();
    await nextTurn();
    expect(transport.written).toEqual(['a', 'a']);
  });

  it('because too much waits does not count as said', () => {
    for (const text of ['a', 'b', 'c', 'x'.repeat(90)]) replay.push(text);
    expect(replay.push('refused')).toBe(false);
    expect([replay.said, replay.backlog]).toEqual([93, 93]);
  });
});
