import { describe, expect, it } from '@jest/globals';
import { Channel, HandleIn, Join, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { turns } from '../support/changes.js';
import { log } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { Gate } from '../support/hub-gate.js';

@Channel('*')
class AnyChannel {
  static gate: Gate;

  @Join() join() {}

  @HandleIn('slow')
  async slow() {
    await AnyChannel.gate.pass();
    return 'done';
  }

  @HandleIn('copy')
  copy(payload: object) {
    return { admin: (Object.assign({}, payload) as { admin?: boolean }).admin ?? null, plain: ({} as { admin?: boolean }).admin ?? null };
  }

  @HandleIn('*')
  echo(payload: unknown) {
    return payload;
  }
}

const clock = new FakeClock();
const open = async (options?: SignalRModuleOptions): Promise<ChannelPeer> =>
  ChannelPeer.in(await channelsOf([AnyChannel], { clock, ...options }), 'room');

describe('what cannot be read', () => {
  it.each<[string, string | Uint8Array]>([
    ['no JSON', '{'],
    ['nothing', ''],
    ['no array', '{"topic":"room"}'],
    ['null', 'null'],
    ['a short array', '["1","1"]'],
    ['a topic that is no text', '["1","1",7,"copy",{}]'],
    ['an event that is no text', '["1","1","room",{"a":1},{}]'],
    ['a ref that is an object', '["1",{},"room","copy",{}]'],
    ['a join ref that is a list', '[[],"1","room","copy",{}]'],
    ['too deep a payload', `["1","1","room","copy",${'['.repeat(100_000).slice(0, 20_000)}`],
    ['no bytes at all', Buffer.alloc(0)],
    ['bytes of another kind', Buffer.from([9, 0, 0, 0, 0])],
    ['bytes that break off', Buffer.from([0, 200, 0, 0, 0])],
    ['bytes that are too few', Buffer.from([0, 1, 1])],
  ])('D02, E04: ends the session: %s', async (_, document) => {
    const app = await channelsOf([AnyChannel]);
    const [peer, other] = [await ChannelPeer.in(app, 'room'), await ChannelPeer.in(app, 'room')];
    peer.transport.send(document);
    expect(await peer.transport.closed).toMatchObject({ code: 1007, text: expect.stringMatching(/./) });
    expect(await other.push('room', 'x', 1)).toEqual({ status: 'ok', response: 1 });
  });

  it.each([3, 4])('says to a client of realtime-js, and to the log, what the dialect needs: bytes of kind %i', async (kind) => {
    const app = await channelsOf([AnyChannel]);
    const peer = await ChannelPeer.in(app, 'room');
    peer.transport.send(Buffer.from([kind, 0, 0, 0, 0, 0, 1]));
    const text = 'These are bytes of realtime-js, which the server speaks with the dialect phoenix({ realtime: true }).';
    expect(await peer.transport.closed).toMatchObject({ code: 1007, text });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(123);
    await peer.served;
    expect(log.of('SignalRChannels', 'warn')).toEqual([`channels /socket: ${peer.session.id} was closed: ${text}`]);
  });

  it('lets what came before be dealt with', async () => {
    AnyChannel.gate = new Gate();
    const peer = await open();
    peer.tell('room', 'slow');
    peer.transport.send('{');
    AnyChannel.gate.open();
    await peer.served;
    expect(peer.session.caller.closed).toBe(true);
  });

  it('D10: is a message that is too large', async () => {
    const peer = await open({ maximumReceiveMessageSize: 100 });
    expect(await peer.push('room', 'x', 'y'.repeat(50))).toMatchObject({ status: 'ok' });
    peer.tell('room', 'x', 'y'.repeat(100));
    expect(await peer.transport.closed).toMatchObject({ code: 1009 });
  });
});

describe('names and keys of a client', () => {
  it('D05: are data: a payload cannot change the prototype of what is copied from it', async () => {
    const peer = await open();
    peer.transport.send('["1","9","room","copy",{"__proto__":{"admin":true}}]');
    expect(await peer.replyTo('9')).toEqual({ status: 'ok', response: { admin: null, plain: null } });
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', '*', 'a\u0000b', '\u2028', '😀'.repeat(100)])(
    'M06: may be topics like any other: %j',
    async (topic) => {
      const peer = await open();
      expect(await peer.join(topic)).toEqual({ status: 'ok', response: {} });
      expect(await peer.push(topic, topic, 1)).toEqual({ status: 'ok', response: 1 });
      expect(peer.documents.some((document) => (JSON.parse(String(document)) as unknown[])[2] === topic)).toBe(true);
    },
  );
});

describe('a client that says more than it may', () => {
  const fill = (peer: ChannelPeer, count: number): void => {
    for (let i = 0; i < count; i++) peer.tell('room', 'slow', 'x'.repeat(100));
  };

  it('is not read while too much waits for its turn', async () => {
    AnyChannel.gate = new Gate();
    const peer = await open({ maximumReceiveMessageSize: 1_000 });
    fill(peer, 10);
    expect(peer.transport.isPaused).toBe(false);
    fill(peer, 10);
    expect(peer.transport.isPaused).toBe(true);
    AnyChannel.gate.open();
    await turns(5);
    expect(peer.transport.isPaused).toBe(false);
    expect(peer.documents).toHaveLength(21);
  });

  it('is not taken for silent while it is not read', async () => {
    AnyChannel.gate = new Gate();
    const peer = await open({ maximumReceiveMessageSize: 1_000 });
    fill(peer, 30);
    await clock.advance(200_000);
    expect(peer.session.caller.closed).toBe(false);
    AnyChannel.gate.open();
  });

  it('is answered with an error beyond eventsPerSecond, until the next second', async () => {
    const peer = await open({ limits: { eventsPerSecond: 5 } });
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await peer.push('room', 'x', i)).status);
    expect(answers).toEqual(['ok', 'ok', 'ok', 'ok', 'error', 'error']);
    expect(await peer.push('room', 'x')).toEqual({ status: 'error', response: { reason: 'too many events' } });
    await clock.advance(1_000);
    expect(await peer.push('room', 'x', 1)).toMatchObject({ status: 'ok' });
  });

  it('is closed beyond twice as many', async () => {
    const peer = await open({ limits: { eventsPerSecond: 5 } });
    for (let i = 0; i < 10; i++) peer.tell('room', 'x');
    expect(await peer.transport.closed).toMatchObject({ code: 1008, reason: { error: { code: 'ERR_SIGNALR_LIMIT' } } });
  });

  it('has its heartbeats answered beside its events, and is closed for a flood of them', async () => {
    const peer = await open({ limits: { eventsPerSecond: 5 } });
    const beat = (count: number): void => {
      for (let i = 0; i < count; i++) peer.say(null, `h${i}`, 'phoenix', 'heartbeat', {});
    };
    beat(10);
    expect(await peer.push('room', 'x', 1)).toMatchObject({ status: 'ok' });
    await clock.advance(1_000);
    beat(11);
    expect(await peer.transport.closed).toMatchObject({ code: 1008, reason: { error: { code: 'ERR_SIGNALR_LIMIT' } } });
    expect(peer.documents.filter((document) => String(document).includes('"h'))).toHaveLength(20);
  });

  it('gets no more than its outbox holds', async () => {
    const peer = await open({ outbox: { maximum: 1_000 } });
    peer.transport.bufferedAmount = 900;
    peer.tell('room', 'x', 'y'.repeat(200));
    expect(await peer.transport.closed).toMatchObject({ reason: { error: { code: 'ERR_SIGNALR_SLOW_CLIENT' } } });
  });
});
