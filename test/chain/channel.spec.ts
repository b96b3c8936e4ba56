// oxlint-disable jest/expect-expect -- to wait until something happens is what some of these tests assert
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Channel, Socket } from '../../lib/browser/chain.client.js';
import { ChainPage, happens } from '../support/chain-page.js';
import type { AskedStream, ChainServer } from '../support/chain-server.js';

let page: ChainPage;
let server: ChainServer;
let socket: Socket;

beforeEach(() => {
  page = new ChainPage();
  page.open();
  ({ server } = page);
  socket = page.socket();
});

afterEach(() => page.close());

/** A channel that has joined over a stream that is open. */
async function joined(topic = 'room:1', params: object = {}): Promise<{ channel: Channel; stream: AskedStream; joinRef: number }> {
  const channel = socket.channel(topic, params);
  const ready = happens(channel, 'join:ok');
  channel.join();
  const stream = (await server.stream()).open();
  const { joinRef } = await server.join(stream);
  await ready;
  return { channel, stream, joinRef };
}

const keep = (channel: Channel, event: string): unknown[] => {
  const kept: unknown[] = [];
  channel.on(event, (payload: unknown) => kept.push(payload));
  return kept;
};

describe('joining', () => {
  it('sends the parameters, with the ref for joinRef', async () => {
    socket.channel('room:1', { name: 'Ada' }).join();
    (await server.stream()).open();
    const { joinRef, ref, topic, event, payload } = await server.posted();
    expect({ topic, event, payload }).toEqual({ topic: 'room:1', event: '_join', payload: { name: 'Ada' } });
    expect(joinRef).toBe(ref);
    expect(ref).toBeGreaterThan(0);
  });

  it('tells the reply', async () => {
    const channel = socket.channel('room:1').join();
    const reply = happens(channel, 'join:ok');
    await server.join((await server.stream()).open(), { members: 3 });
    expect(await reply).toEqual({ members: 3 });
    expect(channel.state).toBe('joined');
  });

  it('M05: that is refused tells the reason, and is tried again after longer and longer times', async () => {
    const channel = socket.channel('room:1').join();
    const stream = (await server.stream()).open();
    for (const wait of [1_000, 2_000, 5_000, 10_000, 10_000]) {
      const refused = happens(channel, 'join:error');
      const { joinRef, ref } = await server.posted('_join');
      stream.say([1, joinRef, ref, 1, { reason: 'full' }]);
      expect(await refused).toEqual({ reason: 'full' });
      expect(channel.state).toBe('errored');
      await page.passes(wait);
    }
  });

  it('that is not answered is taken back, and tried again', async () => {
    const channel = socket.channel('room:1').join(5_000);
    (await server.stream()).open();
    const first = await server.posted('_join');
    const timedOut = happens(channel, 'join:timeout');
    await page.passes(5_000);
    await timedOut;
    expect(await server.posted('_leave')).toMatchObject({ topic: 'room:1', joinRef: first.joinRef });
    await page.passes(1_000);
    expect((await server.posted('_join')).joinRef).toBeGreaterThan(first.ref);
  });

  it('asks a function for the parameters each time', async () => {
    let times = 0;
    const channel = socket.channel('room:1', () => ({ times: ++times })).join();
    const stream = (await server.stream()).open();
    const first = await server.posted('_join');
    const refused = happens(channel, 'join:error');
    stream.say([1, first.joinRef, first.ref, 1]);
    await refused;
    await page.passes(1_000);
    expect([first.payload, (await server.posted('_join')).payload]).toEqual([{ times: 1 }, { times: 2 }]);
  });

  it('twice is an error of the page', async () => {
    const { channel } = await joined();
    expect(() => channel.join()).toThrow(/The channel 'room:1' was joined before\./);
  });

  it.each(['', 'a,b', 'room:*'])("cannot be asked for under the name '%s'", (topic) => {
    expect(() => socket.channel(topic)).toThrow(/A topic has to be a text/);
  });

  it('by another channel closes the one before', async () => {
    const { channel, stream } = await joined();
    const closed = happens(channel, '_close');
    socket.channel('room:1').join();
    expect(await closed).toBe('replaced');
    await server.join(stream);
    expect(channel.state).toBe('closed');
  });
});

describe('pushing', () => {
  it('tells the reply', async () => {
    const { channel, stream, joinRef } = await joined();
    const push = channel.push('add', { a: 1 });
    const answered = new Promise((resolve) => push.on('ok', resolve));
    const frame = await server.posted('add');
    expect(frame).toMatchObject({ joinRef, topic: 'room:1', payload: { a: 1 } });
    stream.say([1, joinRef, frame.ref, 0, { sum: 2 }]);
    expect(await answered).toEqual({ sum: 2 });
    expect(await new Promise((resolve) => push.on('ok', resolve))).toEqual({ sum: 2 });
  });

  it('tells a refusal', async () => {
    const { channel, stream, joinRef } = await joined();
    const refused = new Promise((resolve) => channel.push('add').on('error', resolve));
    const { ref, payload } = await server.posted('add');
    expect(payload).toEqual({});
    stream.say([1, joinRef, ref, 1, { reason: 'no' }]);
    expect(await refused).toEqual({ reason: 'no' });
  });

  it('without an answer ends after the timeout, once', async () => {
    const { channel, stream, joinRef } = await joined();
    const ends: string[] = [];
    const push = channel.push('add', {}, 2_000);
    push.on('ok', () => ends.push('ok')).on('timeout', () => ends.push('timeout'));
    const { ref } = await server.posted('add');
    await page.passes(2_000);
    stream.say([1, joinRef, ref, 0]);
    await page.passes(1);
    expect(ends).toEqual(['timeout']);
  });

  it('before the join is answered waits for that, but not longer than its timeout', async () => {
    const channel = socket.channel('room:1').join();
    channel.push('late', {}, 100);
    channel.push('one');
    channel.push('two');
    const stream = (await server.stream()).open();
    await page.passes(100);
    await server.join(stream);
    expect((await server.posted()).event).toBe('one');
    expect((await server.posted()).event).toBe('two');
  });

  it('keeps the order: the next POST waits for the answer to the one before', async () => {
    const { channel } = await joined();
    let answer!: (response: Response) => void;
    server.answerPost = () => new Promise((resolve) => (answer = resolve));
    for (const event of ['one', 'two']) channel.push(event);
    await server.posted('one');
    const second = server.posted('two');
    let hasCome = false;
    void second.then(() => (hasCome = true));
    await page.passes(10);
    expect(hasCome).toBe(false);
    answer(new Response(null));
    await second;
  });

  it('tells what the server says to a message that it does not take', async () => {
    const { channel } = await joined();
    server.answerPost = () => new Response('Too large.', { status: 413 });
    const refused = new Promise((resolve) => channel.push('add', 'x').on('error', resolve));
    expect(await refused).toEqual({ reason: 'Too large.' });
    expect(channel.canPush).toBe(true);
  });

  it('asks for a channel that was joined, and for an event', async () => {
    expect(() => socket.channel('room:2').push('add')).toThrow(/before channel\.join\(\) was called/);
    const { channel } = await joined();
    for (const event of ['', 'a,b']) expect(() => channel.push(event)).toThrow(/An event has to be a text/);
  });
});

describe('what the server says', () => {
  it('reaches the listeners of the event', async () => {
    const { channel, stream, joinRef } = await joined();
    const heard = keep(channel, 'new_msg');
    const second = happens(channel, 'new_msg').then(() => happens(channel, 'new_msg'));
    stream.say([2, 'room:1', 'new_msg', { body: 'to all' }]);
    stream.say([2, 'room:2', 'new_msg', { body: 'elsewhere' }]);
    stream.say([0, joinRef, 0, 'room:1', 'new_msg', { body: 'to one' }]);
    await second;
    expect(heard).toEqual([{ body: 'to all' }, { body: 'to one' }]);
  });

  it('of an older join is passed over', async () => {
    const { channel, stream, joinRef } = await joined();
    const heard = keep(channel, 'new_msg');
    stream.say([0, joinRef + 100, 0, 'room:1', 'new_msg', 'stale']);
    stream.say([0, joinRef, 0, 'room:1', 'new_msg', 'fresh']);
    await happens(channel, 'new_msg');
    expect(heard).toEqual(['fresh']);
  });

  it('reaches no listener that was taken off', async () => {
    const { channel, stream } = await joined();
    const heard: string[] = [];
    const first = (): void => void heard.push('first');
    channel.on('x', first).on('x', () => void heard.push('second'));
    channel.off('x', first);
    stream.say([2, 'room:1', 'x']);
    await happens(channel, 'x');
    expect(heard).toEqual(['second']);
  });

  it('reaches every listener although one throws, which the page hears of as of any error', async () => {
    const { channel, stream } = await joined();
    const later = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => undefined);
    channel.on('x', () => {
      throw new Error('a bug of the page');
    });
    const heard = happens(channel, 'x');
    stream.say([2, 'room:1', 'x', 1]);
    expect(await heard).toBe(1);
    expect(later.mock.calls.map(([task]) => task).pop()).toThrow('a bug of the page');
    later.mockRestore();
  });

  it.each(['not JSON', '{}', '[7]', 'null', '[1,5,77,0]'])('is passed over when it is %s', async (text) => {
    const { channel, stream } = await joined();
    stream.write(`data: ${text}\n\n`);
    stream.say([2, 'room:1', 'x', 1]);
    expect(await happens(channel, 'x')).toBe(1);
  });

  it('may be that the channel has failed: it joins again', async () => {
    const { channel, stream, joinRef } = await joined();
    const failed = new Promise((resolve) => channel.onError(resolve));
    stream.say([0, joinRef, 0, 'room:1', '_error', { reason: 'crashed' }]);
    expect(await failed).toEqual({ reason: 'crashed' });
    await page.passes(1_000);
    await server.join(stream);
  });

  it('may be that the channel is closed: it stays so', async () => {
    const { channel, stream, joinRef } = await joined();
    const closed = new Promise((resolve) => channel.onClose(() => resolve(channel.state)));
    stream.say([0, joinRef, 0, 'room:1', '_close']);
    expect(await closed).toBe('closed');
  });
});

describe('leaving', () => {
  it('closes the channel when the server has answered', async () => {
    const { channel, stream, joinRef } = await joined();
    const closed = happens(channel, '_close');
    const left = new Promise((resolve) => channel.leave().on('ok', resolve));
    const { ref, joinRef: of } = await server.posted('_leave');
    expect([of, channel.state]).toEqual([joinRef, 'leaving']);
    stream.say([1, joinRef, ref, 0]);
    expect([await closed, await left]).toEqual(['leave', {}]);
    expect(channel.state).toBe('closed');
  });

  it('without an answer closes it after the timeout', async () => {
    const { channel } = await joined();
    const closed = happens(channel, '_close');
    channel.leave(500);
    await page.passes(500);
    await closed;
  });

  it('gives up a join that failed, and what waits for it', async () => {
    const channel = socket.channel('room:1').join();
    const stream = (await server.stream()).open();
    const refused = new Promise((resolve) => channel.push('add').on('error', resolve));
    const { joinRef, ref } = await server.posted('_join');
    stream.say([1, joinRef, ref, 1]);
    await happens(channel, 'join:error');
    channel.leave();
    const leave = await server.posted('_leave');
    stream.say([1, joinRef, leave.ref, 0]);
    expect(await refused).toEqual({ reason: 'closed' });
    await page.passes(20_000);
    expect(channel.state).toBe('closed');
  });

  it('the last channel ends the connection after a while', async () => {
    const { channel, stream } = await joined();
    const closed = happens(socket, 'close');
    channel.leave(0);
    await page.passes(0);
    await page.passes(4_999);
    expect(stream.signal.aborted).toBe(false);
    await page.passes(1);
    await closed;
    expect(stream.signal.aborted).toBe(true);
    expect(page.timers).toBe(0);
  });
});
