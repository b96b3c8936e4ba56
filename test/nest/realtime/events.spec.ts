import { beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, UseGuards, type CanActivate, type ExecutionContext, type INestApplicationContext } from '@nestjs/common';
import { Channel, Channels, ChannelSocket, HandleIn, HandleOut, Join, phoenix, Presence } from 'nestjs-signalr';
import { channelsOf } from '../../support/channel-app.js';
import { ChannelPeer, type PeerOptions } from '../../support/channel-peer.js';

const realtime = { path: '/socket', dialect: phoenix({ realtime: true }) };
const plain = { path: '/plain', dialect: phoenix() };

const said = (event: string, payload: unknown = {}) => ({ type: 'broadcast', event, payload });

@Channel('realtime:room:*')
class RoomChannel {
  @Join() join() {}

  @HandleIn('broadcast')
  broadcast(payload: unknown) {
    return { handled: payload };
  }

  @HandleIn('presence')
  presence() {
    return { handled: 'presence' };
  }

  @HandleIn('access_token')
  accessToken() {
    return { handled: 'access_token' };
  }

  @HandleIn('other')
  other() {
    return { handled: 'other' };
  }
}

let asked: unknown[] = [];

@Injectable()
class QuietGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const data: unknown = context.switchToWs().getData();
    const { status, user } = context.switchToWs().getClient<ChannelSocket>();
    asked.push([context.switchToWs().getPattern(), data, status, user]);
    return (data as { event?: string }).event !== 'loud';
  }
}

@Channel('realtime:quiet:*')
@UseGuards(QuietGuard)
class QuietChannel {
  @Join() join() {}

  @HandleOut('broadcast')
  mark(payload: { event: string }) {
    return payload.event === 'hidden' ? undefined : { ...payload, marked: true };
  }
}

/** Joins as realtime-js does. */
async function joined(app: INestApplicationContext, topic: string, config: object = {}, options?: PeerOptions): Promise<ChannelPeer> {
  const peer = await ChannelPeer.open(app, options);
  expect(await peer.join(topic, { config })).toEqual({ status: 'ok', response: {} });
  await peer.next('presence_state');
  return peer;
}

const ROOM = 'realtime:room:1';

beforeEach(() => {
  asked = [];
});

describe('without realtime', () => {
  it.each(['broadcast', 'presence', 'access_token'])('%s is an event like any other', async (event) => {
    const peer = await ChannelPeer.in(await channelsOf([RoomChannel], { channels: [plain] }), ROOM, { path: '/plain' });
    expect(await peer.push(ROOM, event, said('x'))).toMatchObject({ status: 'ok', response: { handled: expect.anything() } });
  });
});

describe('a broadcast', () => {
  it('reaches everybody else, whatever their endpoint, and is not answered', async () => {
    const app = await channelsOf([RoomChannel], { channels: [realtime, plain] });
    const [ada, bob] = [await joined(app, ROOM), await joined(app, ROOM)];
    const other = await ChannelPeer.in(app, ROOM, { path: '/plain' });
    ada.tell(ROOM, 'broadcast', said('cursor', { x: 1 }));
    expect(await bob.next('broadcast')).toEqual(said('cursor', { x: 1 }));
    expect(await other.next('broadcast')).toEqual(said('cursor', { x: 1 }));
    expect(await ada.heard()).toEqual([]);
  });

  it('reaches its client and is answered where the join says so', async () => {
    const peer = await joined(await channelsOf([RoomChannel], { channels: [realtime] }), ROOM, { broadcast: { self: true, ack: true } });
    expect(await peer.push(ROOM, 'broadcast', said('cursor'))).toEqual({ status: 'ok', response: {} });
    expect(await peer.next('broadcast')).toEqual(said('cursor'));
  });

  it.each<[string, unknown]>([
    ['without an event', { type: 'broadcast', payload: {} }],
    ['with an event that is no text', said(7 as never)],
    ['with an event that is nothing', said('')],
    ['that is a list', [said('x')]],
    ['that is null', null],
  ])('%s is refused', async (_, payload) => {
    const peer = await joined(await channelsOf([RoomChannel], { channels: [realtime] }), ROOM);
    const reason = "a broadcast has to be { type: 'broadcast', event, payload }, and its event a text";
    expect(await peer.push(ROOM, 'broadcast', payload)).toEqual({ status: 'error', response: { reason } });
    expect(await peer.push(ROOM, 'other')).toMatchObject({ status: 'ok' });
  });

  it('has an event no longer than names may be', async () => {
    const peer = await joined(await channelsOf([RoomChannel], { channels: [realtime], limits: { nameLength: 20 } }), ROOM);
    expect(await peer.push(ROOM, 'broadcast', said('x'.repeat(21)))).toEqual({
      status: 'error',
      response: { reason: 'the event of a broadcast has at most 20 characters' },
    });
  });

  it('of bytes is refused where its names have no room in a frame of bytes', async () => {
    const topic = `realtime:room:${'é'.repeat(200)}`;
    const peer = await joined(await channelsOf([RoomChannel], { channels: [realtime] }), topic, { broadcast: { ack: true } });
    peer.transport.send(
      Buffer.concat([Buffer.from([3, 0, 1, topic.length, 1, 0, 0]), Buffer.from(`9${topic}e`, 'latin1'), Buffer.from([1])]),
    );
    const reason = 'a broadcast of bytes has room for 255 bytes each of topic, event and metadata';
    expect(await peer.replyTo('9')).toEqual({ status: 'error', response: { reason } });
  });

  it('passes the guards of the channel, and its @HandleOut', async () => {
    const app = await channelsOf([QuietChannel], { channels: [realtime] });
    const topic = 'realtime:quiet:1';
    const [ada, bob] = [await joined(app, topic, {}, { user: 'ada' }), await joined(app, topic)];
    expect(await ada.push(topic, 'broadcast', said('loud'))).toEqual({ status: 'error', response: { reason: 'unauthorized' } });
    for (const event of ['hidden', 'cursor']) ada.tell(topic, 'broadcast', said(event));
    expect(await bob.next('broadcast')).toEqual({ ...said('cursor'), marked: true });
    expect(asked).toContainEqual(['broadcast', said('cursor'), 'joined', 'ada']);
  });
});

describe('the presence of realtime-js', () => {
  it('M06: is tracked under the key of the join, in channels that say nothing of presence', async () => {
    const app = await channelsOf([RoomChannel], { channels: [realtime] });
    const [ada, bob] = [await joined(app, ROOM, { presence: { key: '__proto__' } }), await joined(app, ROOM)];
    const track = { type: 'presence', event: 'track', payload: { mood: 'glad' } };
    expect(await ada.push(ROOM, 'presence', track)).toEqual({ status: 'ok', response: {} });
    const { joins } = (await bob.next('presence_diff')) as { joins: object };
    expect(Object.entries(joins)).toEqual([['__proto__', { metas: [{ mood: 'glad', phx_ref: expect.any(String) }] }]]);
    expect(await ada.push(ROOM, 'presence', { event: 'untrack' })).toEqual({ status: 'ok', response: {} });
    expect(await app.get(Presence).count(ROOM)).toBe(0);
  });

  it.each<[string, PeerOptions, RegExp]>([
    ['the user', { user: { sub: 'ada' } }, /^ada$/],
    ['the socket, where there is no user,', {}, /\.1$/],
  ])('is that of %s where the join names no key', async (_, options, key) => {
    const app = await channelsOf([RoomChannel], { channels: [realtime] });
    const peer = await joined(app, ROOM, { presence: { key: '' } }, options);
    await peer.push(ROOM, 'presence', { event: 'track', payload: {} });
    expect(await app.get(Presence).list(ROOM)).toMatchObject([{ key: expect.stringMatching(key) }]);
  });

  it.each<[string, unknown]>([
    ['something else', { event: 'shout' }],
    ['a list', { event: 'track', payload: [] }],
    ['a text', { event: 'track', payload: 'glad' }],
    ['null', null],
  ])('is refused for %s', async (_, payload) => {
    const peer = await joined(await channelsOf([RoomChannel], { channels: [realtime] }), ROOM);
    const reason = expect.stringContaining("presence has to be { event: 'track', payload }");
    expect(await peer.push(ROOM, 'presence', payload)).toEqual({ status: 'error', response: { reason } });
  });

  it('is refused for a key that is longer than names may be', async () => {
    const peer = await joined(await channelsOf([RoomChannel], { channels: [realtime] }), ROOM, { presence: { key: 'x'.repeat(257) } });
    const reason = 'the key of a presence has at most 256 characters';
    expect(await peer.push(ROOM, 'presence', { event: 'track' })).toEqual({ status: 'error', response: { reason } });
  });
});

describe('a join of realtime-js', () => {
  it.each<[string, object, string]>([
    ['wants to hear of a database', { postgres_changes: [{ event: '*' }] }, 'postgres_changes is not served here'],
    ['is private where nobody guards', { private: true }, 'private channels need a guard, and none stands on this one'],
  ])('is refused where it %s', async (_, config, reason) => {
    const peer = await ChannelPeer.open(await channelsOf([RoomChannel], { channels: [realtime] }));
    expect(await peer.join(ROOM, { config })).toEqual({ status: 'error', response: { reason: expect.stringContaining(reason) } });
    expect(await peer.join(ROOM)).toMatchObject({ status: 'ok' });
  });

  it('may be private where a guard stands on the channel', async () => {
    const peer = await joined(await channelsOf([QuietChannel], { channels: [realtime] }), 'realtime:quiet:1', { private: true });
    expect(peer.session.sockets()).toHaveLength(1);
  });

  it.each([undefined, null, 7, [], { config: 7 }, { config: { broadcast: null, presence: 7, postgres_changes: 'all', private: 'no' } }])(
    'says nothing by %p',
    async (payload) => {
      const peer = await ChannelPeer.open(await channelsOf([RoomChannel], { channels: [realtime] }));
      expect(await peer.join(ROOM, payload)).toEqual({ status: 'ok', response: {} });
    },
  );
});

it('says what the server says, as it is', async () => {
  const app = await channelsOf([RoomChannel], { channels: [realtime] });
  const peer = await joined(app, ROOM);
  await app.get(Channels).broadcast(ROOM, 'broadcast', said('news'));
  await app.get(Channels).broadcast(ROOM, 'note', { n: 1 });
  expect(await peer.hearing(2)).toMatchObject([
    [null, null, ROOM, 'broadcast', said('news')],
    [null, null, ROOM, 'note', { n: 1 }],
  ]);
});

it.each<[object, string]>([
  [{ realtime: 'yes' }, 'realtime'],
  [{ realTime: true }, 'realTime'],
])('refuses the options %p', (options, name) => {
  expect(() => phoenix(options)).toThrow(name);
});
