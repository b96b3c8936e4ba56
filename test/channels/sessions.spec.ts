import { describe, expect, it } from '@jest/globals';
import { ForbiddenException } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import {
  Channel,
  ChannelEndpoint,
  ChannelException,
  Channels,
  ChannelSession,
  ChannelSocket,
  CloseReason,
  HandleIn,
  Join,
  Leave,
  phoenix,
  Socket,
  type OnSocketConnected,
  type OnSocketDisconnected,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { log } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';

let noted: unknown[] = [];
let connect: (session: ChannelSession) => unknown = () => undefined;

@ChannelEndpoint('/socket', { dialect: phoenix() })
class UserSocket implements OnSocketConnected, OnSocketDisconnected {
  onConnected(session: ChannelSession) {
    return connect(session);
  }

  onDisconnected(session: ChannelSession, reason: CloseReason) {
    noted.push(['disconnected', session.id, reason.code, reason.allowReconnect, reason instanceof CloseReason]);
  }
}

@Channel('room:*')
class RoomChannel {
  @Join()
  join(payload: { refuse?: boolean } | undefined) {
    if (payload?.refuse) throw new ChannelException('full');
  }

  @HandleIn('session')
  session(_payload: unknown, @Socket() { session, user, endpoint, dialect }: ChannelSocket<{ id: string } | undefined>) {
    const { id, params, data, closed, sockets } = session;
    return { id, params, user, data: [...data], closed, endpoint, dialect, topics: sockets.map(({ topic }) => topic) };
  }

  @HandleIn('of')
  of(payload: string, @Socket() socket: ChannelSocket) {
    return { topic: socket.of(payload)?.topic ?? null, same: socket.session.socket(socket.topic)?.id === socket.id };
  }

  @HandleIn('rename')
  rename(payload: string, @Socket() socket: ChannelSocket) {
    socket.user = { id: payload };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket) {
    noted.push(['left', socket.topic, socket.session.closed]);
  }
}

const clock = new FakeClock();

const open = (options: SignalRModuleOptions = {}): Promise<TestingModule> => {
  noted = [];
  connect = () => undefined;
  return channelsOf([UserSocket, RoomChannel], { clock, channels: [], ...options });
};

describe('a session', () => {
  it('knows its parameters, its user, its endpoint and its sockets', async () => {
    const app = await open();
    connect = (session) => session.data.set('seen', true);
    const peer = await ChannelPeer.open(app, { user: { id: 'ada' }, query: 'vsn=2.0.0&room=blue&room=red' });
    await peer.join('room:1');
    await peer.join('room:2');
    expect((await peer.push('room:2', 'session')).response).toEqual({
      id: peer.session.id,
      params: { vsn: '2.0.0', room: 'blue' },
      user: { id: 'ada' },
      data: [['seen', true]],
      closed: false,
      endpoint: '/socket',
      dialect: 'phoenix',
      topics: ['room:1', 'room:2'],
    });
    expect((await peer.push('room:1', 'of', 'room:2')).response).toEqual({ topic: 'room:2', same: true });
    expect((await peer.push('room:1', 'of', 'room:3')).response).toEqual({ topic: null, same: true });
  });

  it('has one user for all of its sockets', async () => {
    const peer = await ChannelPeer.in(await open(), 'room:1', { user: { id: 'ada' } });
    await peer.join('room:2');
    peer.tell('room:1', 'rename', 'bea');
    expect((await peer.push('room:2', 'session')).response).toMatchObject({ user: { id: 'bea' } });
  });

  it('has parameters that are a client’s: none of them is inherited', async () => {
    const app = await open();
    let params: Readonly<Record<string, string>> = {};
    connect = (session) => (params = session.params);
    await ChannelPeer.open(app, { query: 'vsn=2.0.0&__proto__=x&constructor=y' });
    expect([Object.getPrototypeOf(params), params['constructor'], params['toString']]).toEqual([null, 'y', undefined]);
  });

  it.each<[string, unknown, string]>([
    ['an error', new Error('secret'), 'Forbidden'],
    ['an exception with words for the client', new ForbiddenException('Members only.'), 'Members only.'],
    ['a ChannelException', new ChannelException({ reason: 'banned' }), 'banned'],
  ])('is refused by %s of onConnected', async (_, thrown, sentence) => {
    const app = await open();
    connect = () => Promise.reject(thrown);
    await expect(ChannelPeer.open(app)).rejects.toThrow(sentence);
    expect(noted).toEqual([]);
    expect(await app.get(Channels).info()).toMatchObject({ sessions: 0 });
    log.takeErrors();
  });

  it('is refused where onConnected ends it', async () => {
    const app = await open();
    connect = (session) => session.disconnect(4_001, 'Not today.');
    await expect(ChannelPeer.open(app)).rejects.toThrow('Not today.');
  });

  it('tells onDisconnected why it has ended, after its sockets have left', async () => {
    const peer = await ChannelPeer.in(await open(), 'room:1');
    await peer.hangUp();
    expect(noted).toEqual([
      ['left', 'room:1', true],
      ['disconnected', peer.session.id, 'transport-closed', true, true],
    ]);
  });

  it('ends at the end of the application, with a code that says so', async () => {
    const app = await open();
    const peer = await ChannelPeer.in(app, 'room:1');
    await app.close();
    expect(await peer.transport.closed).toMatchObject({ code: 1012 });
    expect(noted.at(-1)).toEqual(['disconnected', peer.session.id, 'shutdown', true, true]);
  });
});

describe('session.join', () => {
  it('joins in the place of the client, which is told nothing of it', async () => {
    const app = await open();
    let joined: Promise<ChannelSocket> | undefined;
    connect = (session) => {
      joined = session.join('room:1');
    };
    const peer = await ChannelPeer.open(app);
    expect((await joined)?.status).toBe('joined');
    await app.get(Channels).broadcast('room:1', 'said', 1);
    expect(await peer.heard()).toEqual([[null, null, 'room:1', 'said', 1]]);
  });

  it('may be waited for inside onConnected; what is said there meanwhile comes with the connection', async () => {
    const app = await open();
    connect = async (session) => {
      const socket = await session.join('room:1');
      await socket.broadcast('said', 'early');
    };
    const peer = await ChannelPeer.open(app);
    expect(await peer.heard()).toEqual([[null, null, 'room:1', 'said', 'early']]);
    await peer.hangUp();
    expect(noted[0]).toEqual(['left', 'room:1', true]);
  });

  it('makes way for a join of the client, which hears of no close', async () => {
    const app = await open();
    connect = (session) => session.join('room:1');
    const peer = await ChannelPeer.open(app);
    expect(await peer.join('room:1')).toMatchObject({ status: 'ok' });
    expect(await peer.heard()).toEqual([]);
    expect(noted).toEqual([['left', 'room:1', false]]);
  });

  it('tells the client of no end: it may be about to join by itself', async () => {
    const peer = await ChannelPeer.open(await open());
    (await peer.session.caller.join('room:1')).leave();
    expect(await peer.heard()).toEqual([]);
    expect(noted).toEqual([['left', 'room:1', false]]);
  });

  it('rejects with what refuses it', async () => {
    const app = await open();
    const peer = await ChannelPeer.open(app);
    await expect(peer.session.caller.join('nowhere')).rejects.toThrow('unmatched topic');
  });

  it('that nobody waits for and that is refused is logged', async () => {
    const peer = await ChannelPeer.open(await open());
    void peer.session.caller.join('nowhere');
    await peer.heard();
    expect(log.takeErrors()).toEqual(["UserSocket: joining 'nowhere' failed: unmatched topic"]);
  });

  it('of a session that is refused after it leaves again', async () => {
    const app = await open();
    connect = async (session) => {
      await session.join('room:1');
      throw new ChannelException({ reason: 'no' });
    };
    await expect(ChannelPeer.open(app)).rejects.toThrow('no');
    expect(noted).toEqual([['left', 'room:1', true]]);
    expect(await app.get(Channels).info('room:1')).toMatchObject({ sockets: 0, isOpen: false });
  });
});

describe('session.disconnect', () => {
  it.each<[unknown[], object]>([
    [[], { code: 1001, text: undefined, reason: { allowReconnect: true } }],
    [[1000], { code: 1000, text: undefined, reason: { allowReconnect: false } }],
    [[4_001, 'Signed out.'], { code: 4_001, text: 'Signed out.', reason: { code: 'disconnected' } }],
  ])('closes the connection: %j', async (args, closed) => {
    const peer = await ChannelPeer.open(await open());
    peer.session.caller.disconnect(...(args as [number?, string?]));
    expect(await peer.transport.closed).toMatchObject(closed);
    await peer.served;
    expect(peer.session.caller.closed).toBe(true);
    peer.session.caller.disconnect();
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 2_999, 5_000, 1.5, '1000'])('does not take a code that cannot be sent: %p', async (code) => {
    const peer = await ChannelPeer.open(await open());
    expect(() => peer.session.caller.disconnect(code as number)).toThrow('The code of a close frame is one from 3000 to 4999');
  });
});

describe('a session whose time is limited', () => {
  it('ends when it is over, and may come back', async () => {
    const peer = await ChannelPeer.open(await open());
    peer.session.caller.expireAfter(3_000);
    await clock.advance(2_000);
    expect(peer.session.caller.closed).toBe(false);
    await clock.advance(2_000);
    expect(await peer.transport.closed).toMatchObject({ code: 1001, reason: { code: 'disconnected', allowReconnect: true } });
  });

  it.each([NaN, undefined, null, '3000', new Date(0)])('has to be given a number: %p', async (time) => {
    const { session } = await ChannelPeer.open(await open());
    expect(() => session.caller.expireAfter(time as number)).toThrow('expireAfter takes a number of milliseconds from now, or Infinity');
  });

  it('may be given more, or all', async () => {
    const peer = await ChannelPeer.open(await open());
    peer.session.caller.expireAfter(3_000);
    peer.session.caller.expireAfter(Infinity);
    await clock.advance(30_000);
    expect(peer.session.caller.closed).toBe(false);
  });
});

describe('a silent client', () => {
  it('is closed after a minute, and may come back', async () => {
    const peer = await ChannelPeer.open(await open());
    await clock.advance(59_000);
    expect(peer.session.caller.closed).toBe(false);
    await clock.advance(3_000);
    expect(await peer.transport.closed).toMatchObject({ code: 1001, reason: { code: 'failed', allowReconnect: true } });
  });

  it('is not silent that sends heartbeats', async () => {
    const peer = await ChannelPeer.open(await open());
    for (let minute = 0; minute < 6; minute++) {
      await clock.advance(30_000);
      await peer.heard();
    }
    expect(peer.session.caller.closed).toBe(false);
  });

  it('has the time that clientTimeoutInterval says', async () => {
    const channels = [
      { path: '/quick', dialect: phoenix(), clientTimeoutInterval: 5_000 },
      { path: '/patient', dialect: phoenix(), clientTimeoutInterval: 0 },
    ];
    const app = await open({ channels });
    const [quick, patient] = [await ChannelPeer.open(app, { path: '/quick' }), await ChannelPeer.open(app, { path: '/patient' })];
    await clock.advance(8_000);
    expect([quick, patient].map(({ session }) => session.caller.closed)).toEqual([true, false]);
    await clock.advance(600_000);
    expect(patient.session.caller.closed).toBe(false);
  });
});
