import { describe, expect, it } from '@jest/globals';
import { createTestClient, type TestClient } from 'nestjs-signalr/testing';
import { Rooms } from '../../support/group-history.js';

const value = { when: new Date(7), bytes: Buffer.from([1, 2]), large: 2n ** 60n, list: new Set([1]), map: new Map([['k', 'v']]) };

async function enter({ app, hub }: Rooms, protocol: 'json' | 'messagepack'): Promise<TestClient> {
  const client = await createTestClient(app, hub as never, { protocol });
  await client.invoke('join', 'red');
  return client;
}

describe.each(['json', 'messagepack'] as const)('history over %s', (protocol) => {
  it('gives what was missed as it was sent to those who were there', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    const there = await enter(rooms, protocol);
    await rooms.say(value, 'red');
    const late = await enter(rooms, protocol);
    expect(await late.invoke('resume', 'red', start)).toEqual({ recovered: true, epoch: start.epoch, offset: 1 });
    const missed = await late.next('said');
    expect(missed).toEqual(await there.next('said'));
    expect(missed[1]).toEqual({ group: 'red', epoch: start.epoch, offset: 1 });
  });
});

describe('history', () => {
  it('keeps bytes and dates for MessagePack', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    await rooms.say(value, 'red');
    const late = await enter(rooms, 'messagepack');
    await late.invoke('resume', 'red', start);
    const [missed] = await late.next('said');
    expect(missed).toMatchObject({ when: new Date(7), bytes: new Uint8Array([1, 2]), large: 2n ** 60n });
  });

  it('takes whatever MessagePack may send for a position, and does no harm', async () => {
    const rooms = await Rooms.open();
    const client = await enter(rooms, 'messagepack');
    for (const since of [{ epoch: 'x', offset: 2n ** 60n }, { epoch: new Uint8Array(3), offset: 1 }, new Date(), new Uint8Array(9)]) {
      await expect(client.invoke('resume', 'red', since)).rejects.toThrow('due to an error on the server.');
    }
    await rooms.say('one', 'red');
    expect((await client.next('said'))[0]).toBe('one');
  });
});
