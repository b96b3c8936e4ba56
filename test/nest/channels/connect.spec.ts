import { describe, expect, it } from '@jest/globals';
import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  Channel,
  ChannelEndpoint,
  ChannelException,
  ChannelSession,
  ChannelSocket,
  HandleIn,
  Join,
  phoenix,
  Socket,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { request, type IncomingMessage } from 'node:http';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { HubSocket } from '../../support/hub-socket.js';
import { Gate } from '../../support/hub-gate.js';
import { bearer, knock } from '../../support/nest-knock.js';
import { WhimGuard } from '../../support/nest-guards.js';

/** Takes the bearer token for a name, once for each connection. */
@Injectable()
class NameGuard implements CanActivate {
  static asked = 0;

  canActivate(context: ExecutionContext): boolean {
    NameGuard.asked++;
    const asking = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    const name = /^Bearer (\w+)$/.exec(asking.headers.authorization ?? '')?.[1];
    if (name === undefined) throw new UnauthorizedException();
    asking.user = { id: name };
    return name !== 'mallory';
  }
}

let connect: (session: ChannelSession) => unknown = () => undefined;

@ChannelEndpoint('/socket', { dialect: phoenix() })
@UseGuards(NameGuard)
class UserSocket {
  onConnected(session: ChannelSession) {
    return connect(session);
  }
}

@Channel('room:*')
class RoomChannel {
  @Join() join() {}

  @HandleIn('who')
  who(_payload: unknown, @Socket() socket: ChannelSocket) {
    const { session, user } = socket;
    return { user, header: session.request?.headers.authorization, ofRequest: (session.request as { user?: unknown }).user };
  }
}

async function serve(options?: SignalRModuleOptions, providers: object[] = []): Promise<{ app: INestApplication; url: string }> {
  NameGuard.asked = 0;
  connect = () => undefined;
  const { app, url } = await servedAppFrom({
    ...moduleOf([UserSocket, RoomChannel], options),
    providers: [UserSocket, RoomChannel, ...providers] as never[],
  });
  return { app, url: `${url}/socket/websocket` };
}

/** Says a frame, and gets the next. */
async function ask(socket: HubSocket, ...frame: unknown[]): Promise<unknown[]> {
  socket.socket.send(JSON.stringify(frame));
  return JSON.parse((await socket.frame()).text) as unknown[];
}

describe('the guards of an endpoint', () => {
  it('are asked once, when somebody connects, and what they say of the user is there', async () => {
    const { url } = await serve();
    const socket = await HubSocket.open(`${url}?vsn=2.0.0`, { headers: bearer('ada') });
    await ask(socket, '1', '1', 'room:1', 'phx_join', {});
    const user = { id: 'ada' };
    expect(await ask(socket, '1', '2', 'room:1', 'who', {})).toMatchObject({
      4: { response: { user, header: 'Bearer ada', ofRequest: user } },
    });
    expect(NameGuard.asked).toBe(1);
    socket.socket.terminate();
  });

  it('answer with 401 and 403 before there is a WebSocket', async () => {
    const { url } = await serve();
    expect(await knock('upgrade', url)).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    expect(await knock('upgrade', url, bearer('mallory'))).toMatchObject({ status: 403 });
  });

  it.each<[string, Record<string, string>, string]>([
    ['its subprotocol', { 'Sec-WebSocket-Protocol': `phoenix, base64url.bearer.phx.${Buffer.from('ada').toString('base64url')}` }, ''],
    ['X-Phoenix-AuthToken', { 'X-Phoenix-AuthToken': 'ada' }, ''],
    ['the header apikey', { apikey: 'ada' }, ''],
    ['the parameter apikey', {}, 'apikey=ada'],
    ['the parameter token', {}, 'token=ada'],
    ['the parameter access_token', {}, 'access_token=ada'],
    ['Authorization, whatever else there is', bearer('ada'), 'token=mallory'],
  ])('know a client by the token in %s', async (_, headers, query) => {
    const { url } = await serve();
    expect(await knock('upgrade', url, headers, `vsn=2.0.0&${query}`)).toMatchObject({ status: 101 });
  });

  it('may be global ones, of an endpoint without a class as well', async () => {
    const channels = [{ path: '/other', dialect: phoenix() }];
    const { url } = await serve({ channels }, [WhimGuard, { provide: APP_GUARD, useExisting: WhimGuard }]);
    WhimGuard.answer = (context) => context.getType() === 'http' && context.getClass().name === 'UserSocket';
    expect(await knock('upgrade', url, bearer('ada'))).toMatchObject({ status: 101 });
    expect(await knock('upgrade', url.replace('/socket', '/other'))).toMatchObject({ status: 403 });
  });

  it('may be the application’s own authentication', async () => {
    const { url } = await serve({ authenticate: ({ headers }) => headers['x-name'] && { id: headers['x-name'] } });
    expect(await knock('upgrade', url, bearer('ada'))).toMatchObject({ status: 401 });
    expect(await knock('upgrade', url, { ...bearer('ada'), 'X-Name': 'ada' })).toMatchObject({ status: 101 });
  });
});

describe('an endpoint', () => {
  it('answers the subprotocol of phoenix.js, and none that is not offered', async () => {
    const { url } = await serve();
    const offered = await knock('upgrade', url, { ...bearer('ada'), 'Sec-WebSocket-Protocol': 'phoenix, base64url.bearer.phx.YWRh' });
    expect(offered.headers['sec-websocket-protocol']).toBe('phoenix');
    expect((await knock('upgrade', url, bearer('ada'))).headers['sec-websocket-protocol']).toBeUndefined();
  });

  it.each(['vsn=3.0.0', 'vsn=', 'vsn=__proto__'])('B04, B05: refuses clients of a version that it does not know: %s', async (query) => {
    const { url } = await serve();
    expect(await knock('upgrade', url, bearer('ada'), query)).toMatchObject({ status: 403 });
  });

  it('is found without case, and serves no path but its own', async () => {
    const { url } = await serve();
    expect(await knock('upgrade', url.replace('/socket', '/SOCKET'), bearer('ada'))).toMatchObject({ status: 101 });
    expect(await knock('upgrade', url.replace('/websocket', ''), bearer('ada'))).toMatchObject({ status: 404 });
    expect(await knock('upgrade', `${url}/more`, bearer('ada'))).toMatchObject({ status: 404 });
  });

  it('leaves requests that are no upgrade to the application', async () => {
    const { url } = await serve();
    expect((await fetch(url)).status).toBe(404);
  });

  it('H01: lets in the pages of its own host alone where a cookie comes with them', async () => {
    const { url } = await serve();
    const foreign = { ...bearer('ada'), Origin: 'https://evil.example', Cookie: 'a=b' };
    expect(await knock('upgrade', url, foreign)).toMatchObject({ status: 403 });
    expect(await knock('upgrade', url, { ...foreign, Origin: new URL(url).origin })).toMatchObject({ status: 101 });
  });

  it('H01: honours allowedOrigins', async () => {
    const { url } = await serve({ allowedOrigins: 'https://good.example' });
    expect(await knock('upgrade', url, { ...bearer('ada'), Origin: 'https://good.example' })).toMatchObject({ status: 101 });
    expect(await knock('upgrade', url, { ...bearer('ada'), Origin: 'https://bad.example' })).toMatchObject({ status: 403 });
  });
});

describe('onConnected', () => {
  it.each<[string, unknown, string, number]>([
    ['with the words of a ChannelException', new ChannelException({ reason: 'Banned.' }), 'Banned.', 0],
    ['with the words of an HttpException', new ForbiddenException('Members only.'), 'Members only.', 0],
    ['without a word of an error', new Error('secret'), 'Forbidden', 1],
  ])('refuses with 403 %s', async (_, thrown, body, errors) => {
    const { url } = await serve();
    connect = async () => Promise.reject(thrown);
    expect(await knock('upgrade', url, bearer('ada'))).toMatchObject({ status: 403, body });
    expect(log.takeErrors()).toHaveLength(errors);
  });

  it('B01: is not waited for longer than handshakeTimeout; who is let in after that is gone again', async () => {
    const clock = new FakeClock();
    const { url } = await serve({ clock });
    const gate = new Gate();
    const sessions: ChannelSession[] = [];
    connect = async (session) => {
      sessions.push(session);
      await gate.pass();
    };
    const answer = knock('upgrade', url, bearer('ada'));
    await gate.reached;
    await clock.advance(15_000);
    expect(await answer).toMatchObject({ status: 503 });
    gate.open();
    while (!sessions[0].closed) await new Promise((resolve) => setImmediate(resolve));
    expect(sessions).toHaveLength(1);
  });

  it('that has let in a client which is gone ends its session', async () => {
    const { url } = await serve();
    const gate = new Gate();
    const sessions: ChannelSession[] = [];
    connect = async (session) => {
      sessions.push(session);
      await gate.pass();
    };
    const upgrade = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'x'.repeat(22) + '==',
    };
    const asked = request(url, { headers: { ...bearer('ada'), ...upgrade } });
    asked.on('error', () => undefined).end();
    await gate.reached;
    asked.destroy();
    await new Promise((resolve) => asked.once('close', resolve));
    gate.open();
    while (!sessions[0].closed) await new Promise((resolve) => setImmediate(resolve));
    expect(sessions).toHaveLength(1);
  });
});

describe('the end of the application', () => {
  it('closes every WebSocket with the code of a restart', async () => {
    const { app, url } = await serve();
    const socket = await HubSocket.open(`${url}?vsn=2.0.0`, { headers: bearer('ada') });
    await app.close();
    expect(await socket.closed).toEqual([1012, '']);
  });

  it('turns away who is still being asked about', async () => {
    const { app, url } = await serve();
    const gate = new Gate();
    connect = () => gate.pass();
    const answer = knock('upgrade', url, bearer('ada'));
    await gate.reached;
    const closed = app.close();
    expect(await answer).toMatchObject({ status: 503 });
    gate.open();
    await closed;
  });
});
