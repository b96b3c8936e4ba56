import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Channel, ChannelEndpoint, Channels, ChannelSocket, Join, phoenix, Socket } from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { moduleOf, servedAppFrom } from '../support/app-of.js';
import { platforms, servedOn } from '../support/nest-platforms.js';
import { RealtimeUser } from '../support/realtime-js.js';

@Channel('realtime:room:*')
class RoomChannel {
  @Join() join() {}
}

const metadata = moduleOf([RoomChannel], { channels: [{ path: '/realtime/v1', dialect: phoenix({ realtime: true }) }] });

describe.each(['2.0.0', '1.0.0'])('realtime-js over version %s of the serializer', (vsn) => {
  let url: string;
  let channels: Channels;

  beforeEach(async () => {
    const served = await servedAppFrom(metadata);
    url = `${served.url}/realtime/v1`;
    channels = served.app.get(Channels);
  });

  const user = (): RealtimeUser => new RealtimeUser(url, { vsn });

  it('has its broadcasts heard by everybody else', async () => {
    const [ada, bob] = [await user().in('room:1'), await user().in('room:1')];
    expect(await ada.send('cursor', { x: 1 })).toBe('ok');
    await bob.send('cursor', { x: 2 });
    expect(await bob.heard()).toEqual({ type: 'broadcast', event: 'cursor', payload: { x: 1 } });
    expect(await ada.heard()).toEqual({ type: 'broadcast', event: 'cursor', payload: { x: 2 } });
  });

  it('hears itself where it says so, and waits for the answer where it says that', async () => {
    const ada = await user().in('room:1', { broadcast: { self: true, ack: true } });
    expect(await ada.send('cursor', { x: 1 })).toBe('ok');
    expect(await ada.heard()).toMatchObject({ event: 'cursor', payload: { x: 1 } });
  });

  it('sees who is there, and who comes and goes', async () => {
    const [ada, bob] = [await user().in('room:1', { presence: { key: 'ada' } }), await user().in('room:1', { presence: { key: 'bob' } })];
    expect(await ada.channel.track({ mood: 'glad' })).toBe('ok');
    expect(await bob.present('ada')).toEqual({ ada: [{ presence_ref: expect.any(String), mood: 'glad' }] });
    expect(await bob.channel.track({ mood: 'calm' })).toBe('ok');
    await ada.present('ada', 'bob');
    expect(await bob.channel.untrack()).toBe('ok');
    expect(await ada.present('ada')).toMatchObject({ ada: [{ mood: 'glad' }] });
    await ada.channel.unsubscribe();
    await bob.present();
  });

  it('is told that changes of a database are not served', async () => {
    const topic = user().topic('room:1');
    topic.channel.on('postgres_changes', { event: '*', schema: 'public' }, () => undefined);
    expect(await topic.subscribe()).toEqual({ status: 'CHANNEL_ERROR', error: expect.stringContaining('postgres_changes is not served') });
  });

  it('hears what the server says', async () => {
    const ada = await user().in('room:1');
    await channels.broadcast('realtime:room:1', 'broadcast', { type: 'broadcast', event: 'news', payload: { n: 1 } });
    expect(await ada.heard()).toMatchObject({ event: 'news', payload: { n: 1 } });
  });

  it('may post what it has to say', async () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    const [ada, bob] = [user().topic('room:1'), await user().in('room:1')];
    expect(await ada.channel.httpSend('note', { by: 'ada' })).toEqual({ success: true });
    expect(await bob.heard()).toEqual({ type: 'broadcast', event: 'note', payload: { by: 'ada' } });
    // It has not joined: so it posts, and says that this will not be so for ever.
    expect(await ada.channel.send({ type: 'broadcast', event: 'note', payload: { again: true } })).toBe('ok');
    expect(await bob.heard()).toMatchObject({ payload: { again: true } });
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});

describe('realtime-js with bytes', () => {
  const BYTES = new Uint8Array([0, 1, 254, 255]);

  it('has them heard as they are, said or posted', async () => {
    const { url } = await servedAppFrom(metadata);
    const [ada, bob] = [new RealtimeUser(`${url}/realtime/v1`), new RealtimeUser(`${url}/realtime/v1`)];
    const [said, heard] = [await ada.in('room:1'), await bob.in('room:1')];
    await said.send('raw', BYTES.buffer);
    expect(new Uint8Array((await heard.heard()).payload as ArrayBuffer)).toEqual(BYTES);
    await said.channel.httpSend('posted', BYTES);
    const { event, payload } = await heard.heard();
    expect([event, new Uint8Array(payload as ArrayBuffer)]).toEqual(['posted', BYTES]);
  });

  it('has them heard as base64 by clients that know no bytes', async () => {
    const { url } = await servedAppFrom(metadata);
    const [ada, bob] = [new RealtimeUser(`${url}/realtime/v1`), new RealtimeUser(`${url}/realtime/v1`, { vsn: '1.0.0' })];
    const [said, heard] = [await ada.in('room:1'), await bob.in('room:1')];
    await said.send('raw', BYTES.buffer);
    expect((await heard.heard()).payload).toBe('AAH+/w==');
  });
});

/** Whoever has a token that is a name is that; the key of the application is nobody's. */
@Injectable()
class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    const [, name] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (name === 'wrong') throw new UnauthorizedException();
    if (name !== 'key') request.user = { id: name };
    return true;
  }
}

@Injectable()
class MemberGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToWs().getClient<ChannelSocket<{ id: string } | undefined>>();
    return user !== undefined && user.id !== 'stranger';
  }
}

@Channel('realtime:members:*')
@UseGuards(MemberGuard)
class MembersChannel {
  @Join()
  join(_: unknown, @Socket() socket: ChannelSocket<{ id: string }>) {
    return { user: socket.user.id };
  }
}

@ChannelEndpoint('/socket', { dialect: phoenix({ realtime: true }) })
@UseGuards(NameGuard)
class UserSocket {}

describe.each(platforms)('realtime-js and guards on %s', (platform) => {
  const PRIVATE = { private: true, broadcast: { ack: true } };
  let url: string;

  beforeEach(async () => {
    ({ url } = await servedOn(platform, moduleOf([RoomChannel, MembersChannel, UserSocket])));
  });

  const user = (token?: string): RealtimeUser =>
    new RealtimeUser(`${url}/socket`, token === undefined ? {} : { accessToken: () => Promise.resolve(token) });

  it('joins a private channel with a good token alone', async () => {
    const ada = user();
    await ada.client.setAuth('ada');
    expect(await (await ada.in('members:1', PRIVATE)).send('hello', {})).toBe('ok');
    const refused = { status: 'CHANNEL_ERROR', error: 'unauthorized' };
    expect(await user().topic('members:1', PRIVATE).subscribe()).toEqual(refused);
    expect(await user('stranger').topic('members:1', PRIVATE).subscribe()).toEqual(refused);
    expect(await user('wrong').topic('members:1', PRIVATE).subscribe()).toEqual(refused);
  });

  it('joins no private channel where nobody guards it', async () => {
    expect(await user('ada').topic('room:1', PRIVATE).subscribe()).toEqual({
      status: 'CHANNEL_ERROR',
      error: 'private channels need a guard, and none stands on this one',
    });
  });

  it('leaves a topic whose guard does not let its new token stay, and hears why', async () => {
    const ada = user();
    await ada.client.setAuth('ada');
    const [members, room] = [await ada.in('members:1', PRIVATE), await ada.in('room:1', { broadcast: { ack: true } })];
    await ada.client.setAuth('wrong');
    expect(await members.system()).toEqual({ extension: 'system', status: 'error', message: 'unauthorized', channel: 'members:1' });
    await members.status('CLOSED');
    await room.status('CLOSED');
  });

  it('comes back as somebody else when it brings the token of that', async () => {
    const ada = user();
    await ada.client.setAuth('ada');
    const members = await ada.in('members:1', PRIVATE);
    await ada.client.setAuth('bob');
    await members.status('CHANNEL_ERROR');
    expect(await members.status('SUBSCRIBED')).toEqual({ status: 'SUBSCRIBED', error: undefined });
  });

  it('posts to a private channel with a good token alone', async () => {
    const [ada, bob, stranger] = [user(), user(), user()];
    for (const [one, token] of [[ada, 'ada'] as const, [bob, 'bob'] as const, [stranger, 'stranger'] as const])
      await one.client.setAuth(token);
    const members = await bob.in('members:1', PRIVATE);
    expect(await ada.topic('members:1', PRIVATE).channel.httpSend('hello', { by: 'ada' })).toEqual({ success: true });
    expect(await members.heard()).toMatchObject({ payload: { by: 'ada' } });
    await expect(stranger.topic('members:1', PRIVATE).channel.httpSend('hello', {})).rejects.toThrow('unauthorized');
  });
});
