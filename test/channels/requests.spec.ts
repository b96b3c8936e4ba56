import { describe, expect, it } from '@jest/globals';
import {
  Channel,
  ChannelException,
  Channels,
  ChannelSocket,
  HandleIn,
  Join,
  Meta,
  MessageMeta,
  reply,
  Signal,
  Socket,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import type { TestingModule } from '@nestjs/testing';
import { turns } from '../support/changes.js';
import { channelsOf, SOCKET } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { PlainDialect } from '../support/plain-dialect.js';
import { PlainPeer } from '../support/plain-peer.js';

const sockets = new Map<string, ChannelSocket>();
let outcome: Promise<unknown> = Promise.resolve();
let signals: AbortSignal[] = [];

@Channel('room:*')
class RoomChannel {
  @Join()
  join(_payload: unknown, @Socket() socket: ChannelSocket) {
    sockets.set(socket.topic, socket);
    if (socket.topic === 'room:asking') outcome = socket.request('early').catch((error: unknown) => error);
  }

  @HandleIn('sum')
  sum(a: number, b: number) {
    return a + b;
  }

  @HandleIn('nothing')
  nothing() {}

  @HandleIn('confirm')
  async confirm(_payload: unknown, @Socket() socket: ChannelSocket) {
    return { answered: await socket.request('confirm?', 1, 2) };
  }

  @HandleIn('wait')
  wait(@Signal() signal: AbortSignal) {
    signals.push(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
  }

  @HandleIn('metadata')
  metadata(@Meta() meta: MessageMeta) {
    return reply({ from: meta.userId }, { correlationId: meta.id });
  }
}

const clock = new FakeClock();

const open = (options: SignalRModuleOptions = {}): Promise<TestingModule> => {
  signals = [];
  return channelsOf([RoomChannel], { clock, channels: [SOCKET, { path: '/plain', dialect: new PlainDialect() }], ...options });
};

describe('an event that has to be answered', () => {
  it('takes several arguments', async () => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    peer.say({ kind: 'event', topic: 'room:1', event: 'sum', ref: 7, args: [1, 2], isRequest: true });
    expect(await peer.hear()).toEqual({ reply: 7, to: 'event', topic: 'room:1', status: 'ok', payload: 3 });
  });

  it('is answered though its handler returns nothing', async () => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    peer.say({ kind: 'event', topic: 'room:1', event: 'nothing', ref: 7, args: [], isRequest: true });
    expect(await peer.hear()).toEqual({ reply: 7, to: 'event', topic: 'room:1', status: 'ok' });
  });

  it('F09: may be cancelled, which its handler sees', async () => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    peer.say({ kind: 'event', topic: 'room:1', event: 'wait', ref: 7, args: [], isRequest: true });
    await turns(2);
    peer.say({ kind: 'cancel', ref: 8 });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    peer.say({ kind: 'cancel', ref: 7 });
    expect(await peer.hear()).toMatchObject({ reply: 7, status: 'error' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it.each([{ kind: 'cancel', ref: 8 } as const, { kind: 'answer', id: 8, status: 'ok', payload: 1 } as const])(
    'is one of few: what cancels or answers nothing is a flood beyond twice eventsPerSecond: %j',
    async (frame) => {
      const peer = await (await PlainPeer.open(await open({ limits: { eventsPerSecond: 2 } }))).join('room:1');
      for (let i = 0; i < 4; i++) peer.say(frame);
      expect(sockets.get('room:1')?.session.closed).toBe(false);
      peer.say(frame);
      expect(await peer.transport.closed).toMatchObject({ reason: { error: { code: 'ERR_SIGNALR_LIMIT' } } });
    },
  );

  it('is given up when its socket leaves', async () => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    peer.say({ kind: 'event', topic: 'room:1', event: 'wait', ref: 7, args: [], isRequest: true });
    await turns(2);
    sockets.get('room:1')?.leave();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('has its metadata, and may be answered with some', async () => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    peer.say({ kind: 'event', topic: 'room:1', event: 'metadata', ref: 7, args: [], meta: { id: 'm1', userId: 'ada' } });
    expect(await peer.hear()).toMatchObject({ reply: 7, payload: { from: 'ada' }, meta: { correlationId: 'm1' } });
  });
});

describe('a client that is asked', () => {
  it('answers, inside a handler too', async () => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    peer.say({ kind: 'event', topic: 'room:1', event: 'confirm', ref: 7, args: [] });
    expect(await peer.hear()).toEqual({ request: 1, event: 'confirm?', topic: 'room:1', args: [1, 2] });
    peer.say({ kind: 'answer', id: 1, status: 'ok', payload: 'yes' });
    expect(await peer.hear()).toMatchObject({ reply: 7, payload: { answered: 'yes' } });
  });

  it('may answer all that it was asked, however much and however late', async () => {
    const peer = await (await PlainPeer.open(await open({ limits: { eventsPerSecond: 2 } }))).join('room:1');
    const socket = (sockets.get('room:1') as ChannelSocket).with({ timeout: 1_000 });
    const asked = Array.from({ length: 10 }, () => socket.request('late?').catch((error: unknown) => error));
    await clock.advance(1_000);
    await Promise.all(asked);
    for (let id = 1; id <= 10; id++) peer.say({ kind: 'answer', id, status: 'ok', payload: 'yes' });
    expect(socket.session.closed).toBe(false);
  });

  it('is heard behind whatever waits', async () => {
    const peer = await (await PlainPeer.open(await open({ maximumReceiveMessageSize: 1_000 }))).join('room:1');
    peer.say({ kind: 'event', topic: 'room:1', event: 'confirm', ref: 7, args: [] });
    for (let ref = 8; ref < 40; ref++) peer.say({ kind: 'event', topic: 'room:1', event: 'sum', ref, args: ['x'.repeat(300), 1] });
    peer.say({ kind: 'answer', id: 1, status: 'ok', payload: 'yes' });
    await peer.next('request');
    expect(await peer.next('reply')).toMatchObject({ reply: 7, payload: { answered: 'yes' } });
  });

  it('may answer with an error, which is its payload', async () => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    const asked = sockets.get('room:1')?.request('confirm?');
    await peer.next('request');
    peer.say({ kind: 'answer', id: 1, status: 'error', payload: { reason: 'no' } });
    await expect(asked).rejects.toMatchObject({ name: 'ChannelException', payload: { reason: 'no' } });
  });

  it('G09: has so much time, and is told when that is over', async () => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    const asked = sockets.get('room:1')?.with({ timeout: 1_000 }).request('confirm?');
    await peer.next('request');
    void clock.advance(1_000);
    await expect(asked).rejects.toMatchObject({
      code: 'ERR_SIGNALR_CLIENT_TIMEOUT',
      message: "Nobody answered 'confirm?' within 1000 ms.",
    });
    expect(await peer.hear()).toEqual({ cancel: 1, topic: 'room:1' });
    peer.say({ kind: 'answer', id: 1, status: 'ok', payload: 'late' });
  });

  it('has clientResultTimeout where nobody says otherwise', async () => {
    const peer = await (await PlainPeer.open(await open({ clientResultTimeout: 3_000 }))).join('room:1');
    const asked = sockets.get('room:1')?.request('confirm?');
    await peer.next('request');
    void clock.advance(3_000);
    await expect(asked).rejects.toMatchObject({ code: 'ERR_SIGNALR_CLIENT_TIMEOUT' });
  });

  it.each<[string, (peer: PlainPeer) => void, string]>([
    ['leaves', () => sockets.get('room:1')?.leave(), 'ERR_SIGNALR_LEFT'],
    ['hangs up', (peer) => peer.transport.vanish(), 'ERR_SIGNALR_CLIENT_GONE'],
  ])('answers no more when it %s', async (_, go, code) => {
    const peer = await (await PlainPeer.open(await open())).join('room:1');
    const asked = sockets
      .get('room:1')
      ?.request('confirm?')
      .catch((error: unknown) => error);
    await peer.next('request');
    go(peer);
    expect(await asked).toMatchObject({ code });
  });

  it('G10: is asked for no more answers than pendingClientResults at a time', async () => {
    const peer = await (await PlainPeer.open(await open({ limits: { pendingClientResults: 1 } }))).join('room:1');
    const first = sockets.get('room:1')?.request('confirm?');
    await expect(sockets.get('room:1')?.request('confirm?')).rejects.toMatchObject({ code: 'ERR_SIGNALR_LIMIT' });
    peer.say({ kind: 'answer', id: 1, status: 'ok', payload: 'yes' });
    expect(await first).toBe('yes');
  });

  it('G13: cannot be asked inside @Join, for it waits for that', async () => {
    await (await PlainPeer.open(await open())).join('room:asking');
    expect(await outcome).toMatchObject({ message: expect.stringContaining('Ask it after @Join has returned.') });
  });

  it('cannot answer in some dialects, and that is said at once', async () => {
    const app = await open();
    await ChannelPeer.in(app, 'room:1');
    const message = 'Clients that speak phoenix cannot answer what the server asks.';
    await expect(sockets.get('room:1')?.request('confirm?')).rejects.toThrow(message);
    await expect(app.get(Channels).ask('room:1', 'confirm?')).rejects.toThrow(message);
  });
});

describe('Channels.ask', () => {
  it('settles with the first answer, and tells the others', async () => {
    const app = await open();
    const [ada, bob] = [await (await PlainPeer.open(app)).join('room:1'), await (await PlainPeer.open(app)).join('room:1')];
    await ChannelPeer.in(app, 'room:1');
    const asked = app.get(Channels).ask('room:1', 'who?');
    await ada.next('request');
    bob.say({ kind: 'answer', id: 1, status: 'ok', payload: 'bob' });
    expect(await asked).toBe('bob');
    expect(await ada.next('cancel')).toEqual({ cancel: 1, topic: 'room:1' });
  });

  it('settles with all answers, where it is told to', async () => {
    const app = await open();
    const peers = [await (await PlainPeer.open(app)).join('room:1'), await (await PlainPeer.open(app)).join('room:1')];
    const asked = app.get(Channels).with({ answers: 'all' }).ask('room:1', 'who?');
    for (const [index, peer] of peers.entries()) peer.say({ kind: 'answer', id: 1, status: 'ok', payload: index });
    expect(await asked).toEqual([0, 1]);
  });

  it('rejects with an error of those who answer where all do', async () => {
    const app = await open();
    const peer = await (await PlainPeer.open(app)).join('room:1');
    const asked = app.get(Channels).ask('room:1', 'who?');
    peer.say({ kind: 'answer', id: 1, status: 'error', payload: 'no' });
    await expect(asked).rejects.toEqual(new ChannelException('no'));
  });

  it('rejects where nobody is', async () => {
    await expect((await open()).get(Channels).ask('room:1', 'who?')).rejects.toMatchObject({ code: 'ERR_SIGNALR_CLIENT_GONE' });
  });
});

describe('a topic that the URL names', () => {
  it('is joined before anything is said, with the parameters as its payload', async () => {
    const peer = await PlainPeer.open(await open(), '/plain/room:1?name=ada');
    expect(await peer.hear()).toEqual({ reply: null, to: 'join', topic: 'room:1', status: 'ok' });
    expect(sockets.get('room:1')?.params).toEqual({ name: 'ada' });
  });

  it('is taken as it was written, and decoded', async () => {
    const peer = await PlainPeer.open(await open(), '/PLAIN/room%3AÄ%2fB');
    expect(await peer.hear()).toMatchObject({ topic: 'room:Ä/B', status: 'ok' });
  });
});
