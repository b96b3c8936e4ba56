import { describe, expect, it } from '@jest/globals';
import { resumed, Rooms, textsOf } from '../../support/group-history.js';
import { invocation } from '../../support/hub-peer.js';

const LONG = 'x'.repeat(30_000);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A history of three megabytes, which is three times what may wait for a client. */
async function fullRooms(): Promise<{ rooms: Rooms; start: object; texts: string[] }> {
  const rooms = await Rooms.open();
  const start = await rooms.position('red');
  const texts = Array.from({ length: 100 }, (_, index) => `${index} ${LONG}`);
  for (const text of texts) await rooms.say(text, 'red');
  return { rooms, start, texts };
}

describe('what was missed', () => {
  it('is told to who reads, however much it is', async () => {
    const { rooms, start, texts } = await fullRooms();
    const ann = await rooms.enter('red');
    expect(await resumed(ann, 'red', start)).toMatchObject({ recovered: true, offset: 100 });
    expect(await textsOf(ann)).toEqual(texts);
  });

  it('is told no faster than the client reads, and what is sent meanwhile comes after it', async () => {
    const { rooms, start, texts } = await fullRooms();
    const ann = await rooms.enter('red');
    ann.stream.pause();
    ann.say(invocation('slow', 'resume', 'red', start));
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(ann.theirs.writableLength).toBeLessThan(200_000);
    await rooms.say('now', 'red');
    ann.stream.resume();
    while ((await ann.hear())['invocationId'] !== 'slow');
    expect(ann.heard.at(-1)).toMatchObject({ result: { recovered: true, offset: 101 } });
    expect(await textsOf(ann)).toEqual([...texts, 'now']);
  });

  it('ends the connection of who does not read, once as much has come in the meantime as may wait for a client', async () => {
    const { rooms, start } = await fullRooms();
    const ann = await rooms.enter('red');
    ann.stream.pause();
    ann.say(invocation('slow', 'resume', 'red', start));
    for (let turns = 0; turns < 20; turns++) await turn();
    for (let count = 0; count < 40; count++) await rooms.say(LONG, 'red');
    ann.stream.resume();
    await ann.served;
    expect(ann.heard.find(({ invocationId }) => invocationId === 'slow')).toBeUndefined();
  });

  it('is not known any more where a message of it is too large for a client that is not slow', async () => {
    const rooms = await Rooms.open({ outbox: { maximum: 10_000, highWaterMark: 4_000 } });
    const start = await rooms.position('red');
    await rooms.say('x'.repeat(5_000), 'red');
    const ann = await rooms.enter('red');
    expect(await resumed(ann, 'red', start)).toMatchObject({ recovered: true });
    await rooms.say('x'.repeat(7_000), 'red');
    const bob = await rooms.enter('red');
    expect(await resumed(bob, 'red', start)).toMatchObject({ recovered: false, offset: 2 });
    expect(await textsOf(bob)).toEqual([]);
  });

  it('J10: is read once where many come back at once', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    await rooms.say('one', 'red');
    const peers = await Promise.all(Array.from({ length: 50 }, () => rooms.enter('red')));
    const read = rooms.log.read.bind(rooms.log);
    let reads = 0;
    rooms.log.read = (...args) => {
      reads++;
      return read(...args);
    };
    const answers = await Promise.all(peers.map((peer) => resumed(peer, 'red', start)));
    expect(answers.every(({ recovered }) => recovered)).toBe(true);
    expect(reads).toBeLessThan(10);
  });
});
