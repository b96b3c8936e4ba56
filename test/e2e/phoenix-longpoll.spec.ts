import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Channel, ChannelEndpoint, Channels, ChannelSocket, HandleIn, Join, Leave, phoenix, Socket } from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { LongPoll } from 'phoenix';
import { moduleOf } from '../support/app-of.js';
import { Changes } from '../support/changes.js';
import { platforms, servedOn } from '../support/nest-platforms.js';
import { PhoenixUser } from '../support/phoenix-js.js';

let left: string[] = [];
const changes = new Changes();

@Channel('room:*')
class RoomChannel {
  @Join()
  join(payload: { name?: string }, @Socket() socket: ChannelSocket<{ name: string } | undefined>) {
    socket.set('name', payload.name);
    return { room: socket.subtopic, user: socket.user?.name ?? null };
  }

  @HandleIn('say')
  async say(payload: { text: string }, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', { ...payload, by: socket.get('name') });
    return { ok: true };
  }

  @HandleIn('measure')
  measure(payload: unknown) {
    return { bytes: payload instanceof Uint8Array ? Array.from(payload) : null };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket) {
    left.push(socket.topic);
    changes.announce();
  }
}

/** Knows people by their token, and notes by which methods they come. */
@Injectable()
class NameGuard implements CanActivate {
  static methods = new Set<string | undefined>();

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    const [, name] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (name === undefined) throw new UnauthorizedException();
    NameGuard.methods.add(request.method);
    request.user = { id: name, name };
    return true;
  }
}

@ChannelEndpoint('/members', { dialect: phoenix() })
@UseGuards(NameGuard)
class MembersSocket {}

const metadata = moduleOf([RoomChannel, MembersSocket], { channels: [{ path: '/socket', dialect: phoenix() }] });

type Options = ConstructorParameters<typeof PhoenixUser>[1];

afterEach(() => {
  left = [];
  NameGuard.methods.clear();
});

function user(endpoint: string, options: Options = {}): PhoenixUser {
  return new PhoenixUser(endpoint, { transport: LongPoll, ...options });
}

async function connected(endpoint: string, options?: Options): Promise<PhoenixUser> {
  const made = user(endpoint, options);
  expect(await made.connect()).toBe('open');
  return made;
}

describe.each(platforms)('phoenix.js that polls, on %s,', (platform) => {
  it('joins, pushes, hears what is broadcast and leaves', async () => {
    const { url, app } = await servedOn(platform, metadata);
    const ada = await connected(`${url}/socket`);
    const room = (await ada.join('room:lobby', { name: 'ada' })).listen('said');
    expect(room.reply).toEqual({ room: 'lobby', user: null });
    expect(await room.push('say', { text: 'hé😀\n"' })).toEqual({ status: 'ok', response: { ok: true } });
    expect(await room.next('said')).toEqual({ text: 'hé😀\n"', by: 'ada' });
    await app.get(Channels).broadcast('room:lobby', 'said', { text: 'all' });
    expect(await room.next('said')).toEqual({ text: 'all' });
    expect(await room.push('nothing')).toEqual({ status: 'error', response: { reason: 'unmatched event' } });
    void room.leave();
    await changes.until(() => left.length > 0);
    expect(left).toEqual(['room:lobby']);
  });

  it('shares a topic with those who have a WebSocket', async () => {
    const { url } = await servedOn(platform, metadata);
    const [poller, other] = [user(`${url}/socket`), new PhoenixUser(`${url}/socket`)];
    await Promise.all([poller.connect(), other.connect()]);
    const [here, there] = [await poller.join('room:1', { name: 'ada' }), await other.join('room:1', { name: 'bob' })];
    const heard = Promise.all([here.listen('said').next('said'), there.listen('said').next('said')]);
    await there.push('say', { text: 'Hello' });
    expect(await heard).toEqual(Array.from({ length: 2 }, () => ({ text: 'Hello', by: 'bob' })));
  });
});

describe('phoenix.js that polls', () => {
  it('pushes more at once than a body holds, in order', async () => {
    const { url } = await servedOn('Express', metadata);
    const room = (await (await connected(`${url}/socket`)).join('room:1', { name: 'ada' })).listen('said');
    await Promise.all(Array.from({ length: 250 }, (_, index) => room.push('say', { text: `${index}` })));
    const texts: unknown[] = [];
    while (texts.length < 250) texts.push(await room.next('said'));
    expect(texts).toEqual(Array.from({ length: 250 }, (_, index) => ({ text: `${index}`, by: 'ada' })));
  });

  it('pushes bytes', async () => {
    const { url } = await servedOn('Express', metadata);
    const room = await (await connected(`${url}/socket`)).join('room:1');
    expect(await room.push('measure', new Uint8Array([0, 10, 254, 255]).buffer)).toEqual({
      status: 'ok',
      response: { bytes: [0, 10, 254, 255] },
    });
  });

  it('is sent bytes as base64', async () => {
    const { url, app } = await servedOn('Express', metadata);
    const room = (await (await connected(`${url}/socket`)).join('room:1')).listen('raw');
    await app.get(Channels).broadcast('room:1', 'raw', Buffer.from([0, 1, 254, 255]));
    expect(await room.next('raw')).toBe('AAH+/w==');
  });

  it.each<[string, Options, string[]]>([
    ['authToken, which it does not post', { authToken: 'ada' }, ['GET']],
    ['a parameter', { params: { token: 'ada' } }, ['GET', 'POST']],
  ])('shows who it is by %s', async (_, options, methods) => {
    const { url } = await servedOn('Express', metadata);
    const ada = await connected(`${url}/members`, options);
    expect((await ada.join('room:lobby')).reply).toEqual({ room: 'lobby', user: 'ada' });
    expect(NameGuard.methods).toEqual(new Set(methods));
  });

  it('is turned away where nobody knows it, and comes back with a better token', async () => {
    const { url } = await servedOn('Express', metadata);
    const params: { token?: string } = {};
    const ada = user(`${url}/members`, { params: () => params });
    expect(await ada.connect()).toBe('error');
    params.token = 'ada';
    expect((await ada.join('room:lobby')).reply).toEqual({ room: 'lobby', user: 'ada' });
  });

  it('begins another session where the first is over, and joins again', async () => {
    const { url, app } = await servedOn('Express', metadata);
    const room = await (await connected(`${url}/socket`)).join('room:1');
    const again = room.again();
    await app.get(Channels).disconnect({ topic: 'room:1' });
    await again;
    expect(await room.push('say', { text: 'back' })).toMatchObject({ status: 'ok' });
  });

  it('is what a client falls back to that gets no WebSocket', async () => {
    const { url } = await servedOn('Express', metadata);
    class NoSocket extends EventTarget {
      onerror: (error: unknown) => void = () => undefined;
      constructor() {
        super();
        queueMicrotask(() => this.onerror(new Error('a proxy')));
      }
      close(): void {}
    }
    const ada = user(`${url}/socket`, { transport: NoSocket, longPollFallbackMs: 60_000 });
    void ada.connect();
    const room = (await ada.join('room:lobby', { name: 'ada' })).listen('said');
    expect(await room.push('say', { text: 'by poll' })).toMatchObject({ status: 'ok' });
    expect(await room.next('said')).toEqual({ text: 'by poll', by: 'ada' });
    expect(Reflect.get(ada.socket, 'transport')).toBe(LongPoll);
  });

  it('keeps nothing open when the application ends', async () => {
    const { url, app } = await servedOn('Express', metadata);
    await (await connected(`${url}/socket`, { reconnectAfterMs: () => 60_000 })).join('room:1');
    await app.close();
    expect(left).toEqual(['room:1']);
  });
});
