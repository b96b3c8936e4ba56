import { beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  Channel,
  ChannelEndpoint,
  ChannelException,
  Channels,
  ChannelSession,
  ChannelSocket,
  HandleIn,
  HandleOut,
  Join,
  Leave,
  LeaveReason,
  phoenix,
  Reason,
  Socket,
  type OnSocketConnected,
} from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { log, moduleOf } from '../support/app-of.js';
import { Changes } from '../support/changes.js';
import { servedOn } from '../support/nest-platforms.js';
import { PhoenixUser, type PhoenixTopic } from '../support/phoenix-js.js';

let left: string[] = [];
const changes = new Changes();

@Channel('room:*')
class RoomChannel {
  @Join()
  join(payload: { name?: string } | undefined, @Socket() socket: ChannelSocket<{ name: string } | undefined>) {
    if (payload?.name === 'nobody') throw new ChannelException({ reason: 'unwelcome' });
    socket.set('name', payload?.name);
    return { room: socket.subtopic, user: socket.user?.name ?? null, session: socket.session.id };
  }

  @Join('room:broken')
  joinBroken() {
    throw new Error('secret');
  }

  @HandleIn('say')
  async say(payload: { text: string }, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', { ...payload, by: socket.get('name') });
    return { ok: true };
  }

  @HandleIn('echo')
  echo(payload: unknown) {
    return payload;
  }

  @HandleIn('fail')
  fail() {
    throw new ChannelException({ reason: 'failed', code: 7 });
  }

  @HandleIn('quiet')
  quiet() {}

  @HandleOut('mine')
  mine(payload: { text: string }, @Socket() socket: ChannelSocket) {
    if (payload.text === 'crash') throw new Error('secret');
    return payload.text === 'hush' ? undefined : { ...payload, for: socket.get('name') };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    left.push(`${socket.topic} ${reason}`);
    changes.announce();
  }
}

@Injectable()
class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    const [, name] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (name === undefined) throw new UnauthorizedException();
    request.user = { name };
    return true;
  }
}

@ChannelEndpoint('/members', { dialect: phoenix() })
@UseGuards(NameGuard)
class MembersSocket {}

@ChannelEndpoint('/joined', { dialect: phoenix() })
class JoinedSocket implements OnSocketConnected {
  async onConnected(session: ChannelSession) {
    await session.join('room:lobby');
  }
}

/** The id of the session that a topic was joined by. */
const sessionOf = ({ reply }: PhoenixTopic): string => (reply as { session: string }).session;

const metadata = moduleOf([RoomChannel, MembersSocket, JoinedSocket], { channels: [{ path: '/socket', dialect: phoenix() }] });

describe('phoenix.js', () => {
  let url: string;
  let channels: Channels;

  beforeEach(async () => {
    left = [];
    const served = await servedOn('Express', metadata);
    ({ url } = served);
    channels = served.app.get(Channels);
  });

  const user = (options?: ConstructorParameters<typeof PhoenixUser>[1], path = '/socket'): PhoenixUser =>
    new PhoenixUser(url + path, options);

  const connected = async (options?: ConstructorParameters<typeof PhoenixUser>[1], path?: string): Promise<PhoenixUser> => {
    const made = user(options, path);
    expect(await made.connect()).toBe('open');
    return made;
  };

  it('joins, and reads the reply or why it may not', async () => {
    const ada = await connected({ rejoinAfterMs: () => 60_000 });
    expect(await ada.topic('room:lobby', { name: 'ada' }).join()).toMatchObject({ status: 'ok', response: { room: 'lobby', user: null } });
    expect(await ada.topic('room:2', () => ({ name: 'nobody' })).join()).toEqual({ status: 'error', response: { reason: 'unwelcome' } });
    expect(await ada.topic('hall:1').join()).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    expect(await ada.topic('room:broken').join()).toEqual({ status: 'error', response: { reason: 'join crashed' } });
    expect(log.takeErrors()).toHaveLength(1);
  });

  it('pushes, and reads replies and errors', async () => {
    const room = await (await connected()).join('room:lobby');
    expect(await room.push('echo', { a: [1, 'ä😀'] })).toEqual({ status: 'ok', response: { a: [1, 'ä😀'] } });
    expect(await room.push('fail')).toEqual({ status: 'error', response: { reason: 'failed', code: 7 } });
    expect(await room.push('nothing')).toEqual({ status: 'error', response: { reason: 'unmatched event' } });
  });

  it('may push before it has joined, and before it has connected', async () => {
    const ada = user();
    const room = ada.topic('room:lobby');
    const joined = room.join();
    const pushed = room.push('echo', { early: true });
    await ada.connect();
    expect([await joined, await pushed]).toMatchObject([{ status: 'ok' }, { status: 'ok', response: { early: true } }]);
  });

  it('hears what is said in its topics, in order', async () => {
    const [ada, bob] = [await connected(), await connected()];
    const [of, at] = [await ada.join('room:lobby', { name: 'ada' }), await bob.join('room:lobby', { name: 'bob' })];
    at.listen('said');
    for (let n = 0; n < 100; n++) void of.push('say', { text: String(n) });
    const heard = [];
    while (heard.length < 100) heard.push(await at.next('said'));
    expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => ({ text: String(n), by: 'ada' })));
  });

  it('hears what @HandleOut makes for it', async () => {
    const room = (await (await connected()).join('room:lobby', { name: 'ada' })).listen('mine');
    for (const text of ['hush', 'hi']) await channels.broadcast('room:lobby', 'mine', { text });
    expect(await room.next('mine')).toEqual({ text: 'hi', for: 'ada' });
  });

  it('sends and reads bytes: pushes, replies and broadcasts', async () => {
    const room = (await (await connected()).join('room:lobby')).listen('raw');
    const bytes = new Uint8Array([0, 1, 127, 128, 255]);
    const { status, response } = await room.push('echo', bytes.buffer);
    expect([status, new Uint8Array(response as ArrayBuffer)]).toEqual(['ok', bytes]);
    await channels.broadcast('room:lobby', 'raw', Buffer.from(bytes));
    expect(new Uint8Array((await room.next('raw')) as ArrayBuffer)).toEqual(bytes);
    await channels.push(sessionOf(room), 'room:lobby', 'raw', bytes);
    expect(new Uint8Array((await room.next('raw')) as ArrayBuffer)).toEqual(bytes);
  });

  it('leaves, and is told that the topic is closed', async () => {
    const room = await (await connected()).join('room:lobby');
    const closed = room.until('close');
    expect(await room.leave()).toEqual({ status: 'ok', response: {} });
    await closed;
    await changes.until(() => left.length > 0);
    expect([left, room.channel.state]).toEqual([['room:lobby leave'], 'closed']);
  });

  it('is told when a topic is closed, and does not come back', async () => {
    const ada = await connected();
    const [room, other] = [await ada.join('room:1'), await ada.join('room:2')];
    const closed = room.until('close');
    await channels.close('room:1');
    await closed;
    expect([room.channel.state, other.channel.state]).toEqual(['closed', 'joined']);
  });

  it('joins again by itself when something went wrong with its socket', async () => {
    const room = (await (await connected()).join('room:lobby', { name: 'ada' })).listen('mine');
    const failed = room.until('error');
    await channels.broadcast('room:lobby', 'mine', { text: 'crash' });
    await failed;
    expect(log.takeErrors()).toHaveLength(1);
    await room.again();
    await channels.broadcast('room:lobby', 'mine', { text: 'hi' });
    expect(await room.next('mine')).toEqual({ text: 'hi', for: 'ada' });
  });

  it('that joins a topic twice has the second socket alone', async () => {
    const ada = await connected();
    const first = await ada.join('room:lobby');
    const second = (await ada.join('room:lobby')).listen('said');
    await channels.broadcast('room:lobby', 'said', { text: 'hi' });
    expect(await second.next('said')).toEqual({ text: 'hi' });
    expect([first.channel.state, (await channels.info('room:lobby')).sockets]).toEqual(['closed', 1]);
  });

  it('comes back after a disconnect, and joins again', async () => {
    const room = (await (await connected()).join('room:lobby')).listen('said');
    const again = room.again();
    expect(await channels.disconnect(sessionOf(room))).toBe(1);
    await again;
    await channels.broadcast('room:lobby', 'said', { text: 'again' });
    expect(await room.next('said')).toEqual({ text: 'again' });
    expect(left).toEqual(['room:lobby close']);
  });

  it('stays away after a disconnect with code 1000', async () => {
    const ada = await connected();
    await ada.join('room:lobby');
    const closed = new Promise<unknown>((resolve) => ada.socket.onClose(resolve));
    await channels.disconnect({ topic: 'room:lobby' }, { code: 1000, reason: 'Bye.' });
    expect(await closed).toMatchObject({ code: 1000, reason: 'Bye.' });
    expect(await channels.info()).toMatchObject({ sessions: 0 });
  });

  it('joins what the server has joined for it', async () => {
    const ada = await connected({}, '/joined');
    const room = (await ada.join('room:lobby', { name: 'ada' })).listen('said');
    expect(await room.push('say', { text: 'hi' })).toEqual({ status: 'ok', response: { ok: true } });
    expect(await room.next('said')).toEqual({ text: 'hi', by: 'ada' });
    expect([room.channel.state, left]).toEqual(['joined', ['room:lobby rejoin']]);
  });

  it('beats, and is answered', async () => {
    const ada = user({ heartbeatIntervalMs: 5 });
    const beats: unknown[] = [];
    ada.socket.onMessage((message) => {
      const { topic, payload } = message as { topic: string; payload: unknown };
      if (topic === 'phoenix') beats.push(payload);
      changes.announce();
    });
    await ada.connect();
    await changes.until(() => beats.length >= 3);
    expect(beats[0]).toEqual({ status: 'ok', response: {} });
    expect(ada.socket.connectionState()).toBe('open');
  });

  it('pings', async () => {
    const ada = await connected();
    expect(await new Promise((resolve) => ada.socket.ping(resolve))).toBeGreaterThanOrEqual(0);
  });

  it.each<[string, ConstructorParameters<typeof PhoenixUser>[1]]>([
    ['authToken', { authToken: 'ada' }],
    ['a parameter', { params: { token: 'ada' } }],
  ])('shows who it is by %s', async (_, options) => {
    const ada = await connected(options, '/members');
    expect(await ada.topic('room:lobby').join()).toMatchObject({ status: 'ok', response: { room: 'lobby', user: 'ada' } });
  });

  it('is turned away where nobody knows it', async () => {
    expect(await user({}, '/members').connect()).toBe('error');
  });

  it('is served on Fastify as well', async () => {
    const served = await servedOn('Fastify', metadata);
    const ada = new PhoenixUser(`${served.url}/socket`);
    expect(await ada.connect()).toBe('open');
    const room = (await ada.join('room:lobby', { name: 'ada' })).listen('said');
    expect(await room.push('say', { text: 'hi' })).toEqual({ status: 'ok', response: { ok: true } });
    expect(await room.next('said')).toEqual({ text: 'hi', by: 'ada' });
  });
});
