import { describe, expect, it } from '@jest/globals';
import {
  Injectable,
  NotFoundException,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { Channel, ChannelEndpoint, ChannelException, ChannelSocket, Join, phoenix, type SignalRModuleOptions } from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { ask, type Answer } from '../../support/app-request.js';
import { ChannelPeer } from '../../support/channel-peer.js';
import { bearer } from '../../support/nest-knock.js';
import { platforms, servedOn } from '../../support/nest-platforms.js';

@Channel('realtime:room:*')
class RoomChannel {
  @Join() join() {}
}

/** Lets those post into a topic whose name it is. */
@Injectable()
class OwnerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { subtopic, user } = context.switchToWs().getClient<ChannelSocket<{ id: string } | undefined>>();
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: { id: string } }>();
    const { event } = context.switchToWs().getData<{ event: string }>();
    if (event === 'own words') throw new ChannelException('not in these words');
    if (event === 'broken') throw new Error('secret');
    return context.switchToWs().getPattern() === 'broadcast' && user?.id === subtopic && request.user?.id === subtopic;
  }
}

@Channel('realtime:own:*')
@UseGuards(OwnerGuard)
class OwnChannel {
  @Join() join() {}
}

@Injectable()
class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    const [, name] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (name === undefined) throw new UnauthorizedException();
    if (name === 'nowhere') throw new NotFoundException();
    request.user = { id: name };
    return true;
  }
}

@ChannelEndpoint('/members/socket', { dialect: phoenix({ realtime: true }) })
@UseGuards(NameGuard)
class MembersSocket {}

const endpoint = { path: '/socket', dialect: phoenix({ realtime: true }) };
const metadata = (options: SignalRModuleOptions = {}) =>
  moduleOf([RoomChannel, OwnChannel, MembersSocket], { channels: [endpoint], ...options });

const ROOM = 'realtime:room:1';
const said = (event: string, payload: unknown) => ({ type: 'broadcast', event, payload });
const note = { topic: 'room:1', event: 'note', payload: { n: 1 } };

interface Posted {
  readonly status: number;
  readonly body: unknown;
}

function answerOf({ status, body, headers }: Answer): Posted {
  const isJson = headers['content-type']?.startsWith('application/json') === true;
  return { status, body: isJson ? (JSON.parse(body) as unknown) : body };
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Posted> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return answerOf(await ask('POST', url, { 'Content-Type': 'application/json', ...headers }, text));
}

async function serve(options?: SignalRModuleOptions): Promise<{ app: INestApplication; posts: string; members: string }> {
  const { app, url } = await servedAppFrom(metadata(options));
  return { app, posts: `${url}/api/broadcast`, members: `${url}/members/api/broadcast` };
}

/** Somebody who listens without guards, at the end of which nothing was heard or this. */
const listening = (app: INestApplication, topic = ROOM): Promise<ChannelPeer> => ChannelPeer.in(app, topic);

const broadcasts = async (peer: ChannelPeer): Promise<unknown[]> =>
  (await peer.heard()).filter(([, , , event]) => event === 'broadcast').map(([, , , , payload]) => payload);

describe.each(platforms)('broadcasts that are posted on %s', (platform) => {
  it.each(['/api/broadcast', '/socket/api/broadcast', '/API/Broadcast/'])('to %s are heard', async (path) => {
    const { app, url } = await servedOn(platform, metadata());
    const peer = await listening(app);
    const messages = [note, { ...note, topic: ROOM, payload: 'two' }, { ...note, topic: 'room:2' }];
    expect(await post(url + path, { messages })).toEqual({ status: 202, body: '' });
    expect(await broadcasts(peer)).toEqual([said('note', { n: 1 }), said('note', 'two')]);
  });

  it('may be one, whose topic and event stand in the path', async () => {
    const { app, url } = await servedOn(platform, metadata());
    const peer = await listening(app, 'realtime:room:a/b Ä');
    const path = `${url}/api/broadcast/${encodeURIComponent('room:a/b Ä')}/events/${encodeURIComponent('to/all')}`;
    expect(await post(path, { n: 1 })).toEqual({ status: 202, body: '' });
    expect(await broadcasts(peer)).toEqual([said('to/all', { n: 1 })]);
    expect(await post(path, 'abc', { 'Content-Type': 'application/octet-stream' })).toMatchObject({ status: 202 });
    expect(Buffer.from(await peer.hearBytes()).toString('latin1')).toMatch(/abc$/);
  });
});

describe('what is posted', () => {
  const refused = (status: number, message: string) => ({
    status,
    body: { statusCode: status, message: expect.stringContaining(message) },
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'Error reading JSON.'],
    ['nested too deep', '['.repeat(500), 'nested deeper'],
    ['nothing', '', 'Error reading JSON.'],
    ['no object', [note], 'The body has to be { "messages"'],
    ['no list', { messages: note }, 'The body has to be { "messages"'],
    ['no message', { messages: [] }, 'with one message or more'],
    ['too many messages', { messages: Array.from({ length: 101 }, () => note) }, 'At most 100 messages'],
    ['a message that is null', { messages: [null] }, 'Each message has a topic and an event'],
    ['a message without a topic', { messages: [{ ...note, topic: '' }] }, 'Each message has a topic and an event'],
    ['a message without an event', { messages: [{ ...note, event: 7 }] }, 'Each message has a topic and an event'],
    ['a message without a payload', { messages: [{ topic: 'room:1', event: 'x' }] }, 'Each message has a topic and an event'],
    ['an event that is too long', { messages: [{ ...note, event: 'x'.repeat(257) }] }, 'has at most 256 characters'],
    ['a topic that is too long', { messages: [{ ...note, topic: `room:${'x'.repeat(250)}` }] }, 'the topic is longer than 256 characters'],
    ['a topic that nobody serves', { messages: [{ ...note, topic: 'hall:1' }] }, 'unmatched topic'],
  ])('is refused where it is %s', async (_, body, message) => {
    const { posts } = await serve();
    expect(await post(posts, body)).toEqual(refused(400, message));
  });

  it('is all of it refused where one of it is wrong', async () => {
    const { app, posts } = await serve();
    const peer = await listening(app);
    expect(await post(posts, { messages: [note, { ...note, event: '' }] })).toMatchObject({ status: 400 });
    expect(await broadcasts(peer)).toEqual([]);
  });

  it.each<[string, string]>([
    ['an event', '/room:1'],
    ['the word between', '/room:1/note'],
    ['a good end', '/room:1/events/note/more'],
    ['good percents', '/%ff/events/note'],
    ['a topic', '//events/note'],
  ])('is refused at a path without %s', async (_, path) => {
    const { posts } = await serve();
    expect(await post(posts + path, {})).toEqual(refused(400, 'is posted to /api/broadcast/{topic}/events/{event}'));
  });

  it('is no larger than a message', async () => {
    const { posts } = await serve({ maximumReceiveMessageSize: 100 });
    expect(await post(posts, { messages: [{ ...note, payload: 'x'.repeat(100) }] })).toMatchObject({ status: 413 });
    const { posts: unbounded } = await serve({ maximumReceiveMessageSize: 0 });
    expect(await post(unbounded, { messages: [{ ...note, payload: 'x'.repeat(40_000) }] })).toMatchObject({ status: 202 });
    expect(await post(unbounded, { messages: [{ ...note, payload: 'x'.repeat(1_048_576) }] })).toMatchObject({ status: 413 });
  });

  it('is posted, and nothing else', async () => {
    const { posts } = await serve();
    const answer = await ask('GET', posts);
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
  });

  it('may come from pages where allowedOrigins says so', async () => {
    const { posts } = await serve({ allowedOrigins: ['https://a.test'] });
    expect(await post(posts, { messages: [note] }, { Origin: 'https://b.test' })).toMatchObject({ status: 403 });
    const wish = { Origin: 'https://a.test', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'apikey' };
    const { status, headers } = await ask('OPTIONS', posts, wish);
    expect([status, headers['access-control-allow-headers']]).toEqual([204, 'apikey']);
  });

  it('passes the guards of the endpoint, which know tokens from wherever they come', async () => {
    const { members } = await serve();
    expect(await post(members, { messages: [note] })).toMatchObject({ status: 401 });
    expect(await post(members, { messages: [note] }, bearer('nowhere'))).toMatchObject({ status: 404 });
    for (const headers of [bearer('ada'), { apikey: 'ada' }, { 'X-Phoenix-AuthToken': 'ada' }])
      expect(await post(members, { messages: [note] }, headers)).toMatchObject({ status: 202 });
    expect(await post(`${members}?apikey=ada`, { messages: [note] })).toMatchObject({ status: 202 });
  });

  it('passes the guards of the channel, as what is said over a socket does', async () => {
    const { members } = await serve();
    const own = (event: string) => ({ messages: [{ topic: 'own:ada', event, payload: {} }] });
    expect(await post(members, own('hello'), bearer('ada'))).toMatchObject({ status: 202 });
    expect(await post(members, own('hello'), bearer('bob'))).toEqual(refused(403, 'unauthorized'));
    expect(await post(members, own('own words'), bearer('ada'))).toEqual(refused(403, 'not in these words'));
    expect(await post(members, own('broken'), bearer('ada'))).toMatchObject({ status: 500 });
    expect(log.takeErrors()).toEqual([expect.stringContaining('secret')]);
  });

  it('is private where a guard stands on the channel alone', async () => {
    const { posts, members } = await serve();
    expect(await post(posts, { messages: [{ ...note, private: true }] })).toEqual(refused(403, 'private channels need a guard'));
    expect(await post(`${posts}/room:1/events/note?private=true`, {})).toEqual(refused(403, 'private channels need a guard'));
    const own = { messages: [{ topic: 'own:ada', event: 'hello', payload: {}, private: true }] };
    expect(await post(members, own, bearer('ada'))).toMatchObject({ status: 202 });
  });
});

describe('the paths of posts', () => {
  it('are there with realtime alone', async () => {
    const { url } = await servedAppFrom(moduleOf([RoomChannel], { channels: [{ path: '/socket', dialect: phoenix() }] }));
    expect(await post(`${url}/api/broadcast`, { messages: [note] })).toMatchObject({ status: 404 });
  });

  it.each([
    ['/', ['/api/broadcast']],
    ['/socket', ['/socket/api/broadcast', '/api/broadcast']],
    ['/a/Socket', ['/a/Socket/api/broadcast', '/a/api/broadcast']],
    ['/a/websocket', ['/a/websocket/api/broadcast', '/a/api/broadcast']],
    ['/a/socket/websocket', ['/a/socket/websocket/api/broadcast', '/a/api/broadcast']],
    ['/realtime/v1', ['/realtime/v1/api/broadcast']],
  ])('of %s are %p', (path, expected) => {
    const paths = endpoint.dialect.routes(path).map((route) => route.path);
    expect(paths.filter((one) => one.endsWith('/api/broadcast'))).toEqual(expected);
  });

  it('leave those beside them to others', async () => {
    const { url } = await servedAppFrom(metadata());
    for (const path of ['/api', '/api/broadcasts', '/api/other']) expect(await post(url + path, {})).toMatchObject({ status: 404 });
  });
});
