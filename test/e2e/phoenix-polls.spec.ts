import { describe, expect, it } from '@jest/globals';
import { ForbiddenException, Injectable, UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Channel, ChannelEndpoint, ChannelException, Channels, HandleIn, Join, phoenix, type ChannelSession } from 'nestjs-signalr';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ask, rawSocket, type Answer } from '../support/app-request.js';
import { log, moduleOf } from '../support/app-of.js';
import { Changes, turns } from '../support/changes.js';
import { platforms, servedOn } from '../support/nest-platforms.js';
import type { Polled } from '../support/phoenix-poller.js';

const changes = new Changes();
let joined = 0;

@Channel('room:*')
class RoomChannel {
  @Join()
  join() {
    joined++;
    changes.announce();
  }

  @HandleIn('echo')
  echo(payload: unknown) {
    return { payload };
  }
}

@Injectable()
class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
    if (headers.authorization === undefined) throw new UnauthorizedException();
    if (headers.authorization === 'Bearer eve') throw new ForbiddenException();
    return headers.authorization !== 'Bearer bob';
  }
}

@ChannelEndpoint('/members', { dialect: phoenix() })
@UseGuards(NameGuard)
class MembersSocket {
  onConnected({ params }: ChannelSession) {
    if (params['old'] !== undefined) throw new ChannelException({ reason: 'Please reload the page.' });
  }
}

const open = { path: '/socket', dialect: phoenix(), maximumReceiveMessageSize: 1_000, outbox: { maximum: 20_000_000 } };
const closed = { path: '/closed', dialect: phoenix(), allowedOrigins: 'https://good.example' };
const metadata = moduleOf([RoomChannel, MembersSocket], { channels: [open, closed] });

const polled = ({ body }: Answer): Polled => JSON.parse(body) as Polled;

/** Begins a session; gives its URL. */
async function begin(url: string): Promise<string> {
  const path = `${url}/socket/longpoll?vsn=2.0.0`;
  const { token } = polled(await ask('GET', path));
  return `${path}&token=${token}`;
}

const lines = { 'content-type': 'application/x-ndjson' };

async function join(session: string): Promise<void> {
  joined = 0;
  expect(polled(await ask('POST', session, lines, '["1","1","room:1","phx_join",{}]'))).toEqual({ status: 200 });
  await changes.until(() => joined > 0);
  expect(polled(await ask('GET', session)).messages).toHaveLength(1);
}

describe.each(platforms)('Long polling of Phoenix on %s', (platform) => {
  it('answers as Phoenix does, whatever parsers stand before it', async () => {
    const { url } = await servedOn(platform, metadata);
    const session = await begin(url);
    await join(session);
    const answer = await ask('POST', session, { 'content-type': 'application/json' }, '["1","2","room:1","echo",{"a":1}]');
    expect([answer.status, answer.body, answer.headers['cache-control']]).toEqual([200, '{"status":200}', 'no-store']);
    const { status, messages } = polled(await ask('GET', session));
    expect([status, messages]).toEqual([200, ['["1","2","room:1","phx_reply",{"status":"ok","response":{"payload":{"a":1}}}]']]);
  });

  it('loses nothing with a poll that is given up', async () => {
    const { url, app } = await servedOn(platform, metadata);
    const session = await begin(url);
    await join(session);
    const gone = request(session, { agent: false }).end();
    gone.on('error', () => undefined);
    const [, response] = (await once(app.getHttpServer() as Server, 'request')) as [unknown, ServerResponse];
    gone.destroy();
    await once(response, 'close');
    await app.get(Channels).broadcast('room:1', 'said', { n: 1 });
    expect(polled(await ask('GET', session)).messages).toEqual(['[null,null,"room:1","said",{"n":1}]']);
  });

  it('loses nothing with a poll that breaks off while it is answered', async () => {
    const { url, app } = await servedOn(platform, metadata);
    const session = await begin(url);
    await join(session);
    // More than sockets hold that nobody reads.
    const text = 'x'.repeat(1_000_000);
    for (let part = 0; part < 12; part++) await app.get(Channels).broadcast('room:1', 'said', { part, text });
    const half = await rawSocket(url);
    half.write(`GET ${session.slice(url.length)} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await once(half, 'readable');
    half.resetAndDestroy();
    const { messages = [] } = polled(await ask('GET', session));
    expect(messages.map((message) => /"part":(\d+)/.exec(message)?.[1])).toEqual(Array.from({ length: 12 }, (_, part) => `${part}`));
  });

  it.each<[string, (response: ServerResponse) => unknown, number]>([
    ['answers in its place', (response) => response.end('You have waited for long.'), 0],
    ['begins to answer', (response) => response.write('You have'), 1],
    ['lets answers fail', (response) => Object.assign(response, { writeHead: () => response.setHeader('a', '\0') }), 1],
  ])('loses nothing to a middleware that %s', async (_, meddle, errors) => {
    let waiting: ServerResponse | undefined;
    const watch = (_request: unknown, response: ServerResponse, next: () => void): void => {
      waiting = response;
      next();
    };
    const { url, app } = await servedOn(platform, metadata, (one) => one.use(watch));
    const session = await begin(url);
    await join(session);
    const first = ask('GET', session).catch(() => undefined);
    await turns(10);
    if (waiting !== undefined) meddle(waiting);
    await app.get(Channels).broadcast('room:1', 'said', { n: 1 });
    await first;
    expect(polled(await ask('GET', session)).messages).toEqual(['[null,null,"room:1","said",{"n":1}]']);
    expect(log.takeErrors()).toHaveLength(errors);
  });

  it('keeps a connection between polls', async () => {
    const { url } = await servedOn(platform, metadata);
    const session = await begin(url);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (const body of ['["1","1","room:1","phx_join",{}]', '', '["1","2","room:1","echo",{}]', '']) {
      const asked = request(session, { agent, method: body === '' ? 'GET' : 'POST', headers: body === '' ? {} : lines }).end(body);
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      ports.add(response.socket.localPort);
      await response.toArray();
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it.each([
    ['', 401, 403],
    ['token=eve', 403, 403],
    ['token=bob', 403, 403],
    ['token=ada&old=1', 403, 403],
    ['token=ada', 200, 410],
  ])('lets in whom guards and onConnected let in: %s', async (query, http, status) => {
    const { url } = await servedOn(platform, metadata);
    const answer = await ask('GET', `${url}/members/longpoll?vsn=2.0.0&${query}`);
    expect([answer.status, polled(answer).status]).toEqual([http, status]);
  });

  it('reads no more of a body than a hundred messages may be', async () => {
    const { url } = await servedOn(platform, metadata);
    const session = await begin(url);
    expect((await ask('POST', session, { ...lines, 'transfer-encoding': 'chunked' }, 'x'.repeat(100_001))).status).toBe(413);
    await join(session);
  });

  it.each([
    ['no JSON', '{'],
    ['an empty list', '[]'],
    ['what looks like base64', 'null'],
    ['too little', '["1"]'],
    ['too deep a list', '['.repeat(900)],
    ['bytes', Buffer.alloc(300, 255).toString('base64')],
    ['too much', `["${'x'.repeat(2_000)}"]`],
  ])('ends the session that says what nobody says, and no other: %s', async (_, body) => {
    const { url } = await servedOn(platform, metadata);
    const [bad, good] = [await begin(url), await begin(url)];
    expect(polled(await ask('POST', bad, lines, body)).status).toBe(410);
    expect(polled(await ask('GET', bad)).status).toBe(410);
    await join(good);
  });
});

describe('Pages of other origins', () => {
  const preflight = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type,x-phoenix-authtoken' };

  it.each([
    ['socket', 'https://any.example', 200],
    ['closed', 'https://good.example', 200],
    ['closed', 'https://bad.example', 403],
  ])('may poll where they are allowed to: /%s, %s', async (path, origin, status) => {
    const { url } = await servedOn('Express', metadata);
    const answer = await ask('GET', `${url}/${path}/longpoll?vsn=2.0.0`, { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, status === 200 ? origin : undefined]);
  });

  it('are told what they may send', async () => {
    const { url } = await servedOn('Express', metadata);
    const { status, headers } = await ask('OPTIONS', `${url}/closed/longpoll`, { origin: 'https://good.example', ...preflight });
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe('https://good.example');
    expect(headers['access-control-allow-methods']).toMatch(/GET, POST/);
    expect(headers['access-control-allow-headers']).toBe('content-type,x-phoenix-authtoken');
  });

  it('may not bring the cookies of their visitors', async () => {
    const { url } = await servedOn('Express', metadata);
    const answer = await ask('GET', `${url}/socket/longpoll?vsn=2.0.0`, { origin: 'https://any.example', cookie: 'a=b' });
    expect(answer.status).toBe(403);
  });
});
