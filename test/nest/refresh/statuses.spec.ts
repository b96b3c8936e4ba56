import { afterEach, describe, expect, it } from '@jest/globals';
import { ForbiddenException, HttpException, UseGuards } from '@nestjs/common';
import { Caller, Hub, HubConnections, HubMethod, type HubCallerContext, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { log, moduleOf } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { HubSocket } from '../../support/hub-socket.js';
import { bearer, knock, negotiate } from '../../support/nest-knock.js';
import { throwing } from '../../support/nest-guards.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';
import { as, ClaimsGuard, joined, refresh } from '../../support/refreshes.js';

@Hub('/chat')
@UseGuards(ClaimsGuard)
class ChatHub {
  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return caller.user;
  }
}

/** Nobody is asked who they are. */
@Hub('/open')
class OpenHub {}

const clock = new FakeClock();
const inSeconds = (seconds: number): number => clock.date().getTime() / 1_000 + seconds;
const ada = { sub: 'ada', exp: inSeconds(60) };
const newer = { sub: 'ada', exp: inSeconds(600) };

async function served(platform: Platform = 'Express', options: SignalRModuleOptions = {}) {
  const { app, url } = await servedOn(platform, moduleOf([ChatHub, OpenHub], { clock, authenticationRefresh: true, ...options }));
  return { app, url, hub: `${url}/chat` };
}

const refused = (status: number, error: string) => ({ status, body: { error }, type: 'application/json; charset=utf-8' });

afterEach(() => {
  ClaimsGuard.also = () => true;
});

describe.each(platforms)('H09: POST /refresh on %s', (platform) => {
  it('makes the newer token count, and says how long that is good for', async () => {
    const { hub } = await served(platform);
    const { socket, token } = await joined(hub, ada);
    expect(await refresh(hub, token, as(newer))).toEqual({
      status: 200,
      body: { tokenLifetimeSeconds: 600 },
      type: 'application/json',
    });
    expect(await socket.ask('who')).toMatchObject({ result: newer });
  });

  it('takes a token from the query as well, and the path in any case', async () => {
    const { url } = await served(platform);
    const { socket, token } = await joined(`${url}/chat`, ada);
    const query = `access_token=${as(newer)['Authorization'].slice('Bearer '.length)}`;
    expect((await ask('POST', `${url}/Chat/Refresh/?ID=${token}&${query}`)).status).toBe(200);
    expect(await socket.ask('who')).toMatchObject({ result: newer });
  });

  it('says nothing of a lifetime where a token has none', async () => {
    const { hub } = await served(platform);
    const { token } = await joined(hub, ada);
    expect(await refresh(hub, token, as({ sub: 'ada' }))).toMatchObject({ status: 200, body: {} });
  });

  it.each(['GET', 'PUT', 'DELETE'])('is 405 for %s', async (method) => {
    const { hub } = await served(platform);
    const { token } = await joined(hub, ada);
    expect(await ask(method, `${hub}/refresh?id=${token}`, as(newer))).toMatchObject({ status: 405, body: '' });
  });

  it('is 404 where refreshes are not allowed', async () => {
    const { hub } = await served(platform, { authenticationRefresh: false });
    const { token, socket } = await joined(hub, ada);
    expect(await refresh(hub, token, as(newer))).toEqual(refused(404, 'refresh_disabled'));
    expect(await socket.ask('who')).toMatchObject({ result: ada });
  });

  it('is 400 without an id, and 404 for one that is nobody’s', async () => {
    const { hub } = await served(platform);
    const { connectionId } = await joined(hub, ada);
    expect(await refresh(hub, undefined, as(newer))).toEqual(refused(400, 'missing_connection_token'));
    expect(await refresh(hub, '', as(newer))).toEqual(refused(400, 'missing_connection_token'));
    for (const id of ['nobody', connectionId]) expect(await refresh(hub, id, as(newer))).toEqual(refused(404, 'connection_not_found'));
  });

  it('is 404 for who has only negotiated, for a connection of another hub, and for one that has ended', async () => {
    const { app, url, hub } = await served(platform);
    const { connectionToken } = await negotiate(hub, as(ada));
    expect(await refresh(hub, connectionToken, as(newer))).toEqual(refused(404, 'connection_not_found'));
    const { token, socket, connectionId } = await joined(hub, ada);
    expect((await refresh(`${url}/open`, token, as(newer))).body).toEqual({ error: 'connection_not_found' });
    await app.get(HubConnections).of(ChatHub).disconnect(connectionId);
    await socket.closed;
    expect(await refresh(hub, token, as(newer))).toEqual(refused(404, 'connection_not_found'));
  });

  it('is 400 for a connection whose token is its public id', async () => {
    const { hub } = await served(platform);
    const negotiation = JSON.parse((await ask('POST', `${hub}/negotiate`, as(ada))).body) as { connectionId: string };
    const { connectionId } = negotiation;
    expect(negotiation).not.toHaveProperty('tokenLifetimeSeconds');
    const socket = await HubSocket.join(`${hub}?id=${connectionId}`, { headers: as(ada) });
    expect(await refresh(hub, connectionId, as(newer))).toEqual(refused(400, 'unsupported_negotiate_version'));
    expect(await socket.ask('who')).toMatchObject({ result: ada });
  });

  it('is 401 for a token that is none, for one that has expired, and for nobody; the connection goes on as it was', async () => {
    const { url, hub } = await served(platform);
    const { socket, token } = await joined(hub, ada);
    for (const headers of [bearer('?'), as({ sub: 'ada', exp: inSeconds(-1) }), {}])
      expect(await refresh(hub, token, headers)).toEqual(refused(401, 'invalid_token'));
    expect(await socket.ask('who')).toMatchObject({ result: ada });
    const { token: open } = await joined(`${url}/open`, ada);
    expect(await refresh(`${url}/open`, open, as(newer))).toEqual(refused(401, 'invalid_token'));
  });

  it.each<[string, () => unknown]>([
    ['says no', () => false],
    ['throws ForbiddenException', throwing(new ForbiddenException('Your account is locked.'))],
    ['throws another HttpException', throwing(new HttpException({ code: 'locked' }, 423))],
  ])('is 403 where a guard %s, and the connection goes on as it was', async (_, verdict) => {
    const { hub } = await served(platform);
    const { socket, token } = await joined(hub, ada);
    ClaimsGuard.also = verdict;
    expect(await refresh(hub, token, as(newer))).toEqual(refused(403, 'permission_change_rejected'));
    ClaimsGuard.also = () => true;
    expect(await socket.ask('who')).toMatchObject({ result: ada });
  });

  it('is 403 where a guard fails, which the log says', async () => {
    const { hub } = await served(platform);
    const { token } = await joined(hub, ada);
    ClaimsGuard.also = throwing(new Error('no database'));
    expect(await refresh(hub, token, as(newer))).toEqual(refused(403, 'permission_change_rejected'));
    expect(log.takeErrors()).toEqual(['ChatHub: asking the guards of a connection failed: no database']);
  });

  it('of another user is 403, and ends the connection', async () => {
    const { app, hub } = await served(platform);
    const { socket, token } = await joined(hub, ada);
    expect(await refresh(hub, token, as({ sub: 'bob', exp: inSeconds(600) }))).toEqual(refused(403, 'permission_change_rejected'));
    expect((await socket.frame()).text).toBe('{"type":7}\u001e');
    await socket.closed;
    expect(await app.get(HubConnections).of(ChatHub).count()).toBe(0);
  });
});

describe('a negotiation', () => {
  it('says how long the token is good for, between the token of the connection and the transports', async () => {
    const { hub } = await served();
    const { body } = await knock('negotiation', hub, as(ada));
    expect(body).toMatchObject({ tokenLifetimeSeconds: 60 });
    expect(Object.keys(body as object)).toEqual([
      'negotiateVersion',
      'connectionId',
      'connectionToken',
      'tokenLifetimeSeconds',
      'availableTransports',
    ]);
  });

  it.each<[string, SignalRModuleOptions, object]>([
    ['refreshes are not allowed', { authenticationRefresh: false }, ada],
    ['the token has no end', {}, { sub: 'ada' }],
  ])('says nothing of it where %s', async (_, options, user) => {
    const { hub } = await served('Express', options);
    expect((await knock('negotiation', hub, as(user))).body).not.toHaveProperty('tokenLifetimeSeconds');
  });

  it.each<[string, unknown, number]>([
    ['seconds', inSeconds(90.9), 90],
    ['milliseconds', clock.date().getTime() + 90_999, 90],
    ['a Date', new Date(clock.date().getTime() + 90_000), 90],
    ['more seconds than clients can count', 1e15, 0x7fff_ffff],
    ['a time that is over', inSeconds(-5), 0],
  ])('knows the end from authenticate: %s', async (_, expiresAt, seconds) => {
    const { url } = await served('Express', { authenticate: () => ({ user: { sub: 'ada' }, expiresAt }) });
    expect((await knock('negotiation', `${url}/open`)).body).toMatchObject({ tokenLifetimeSeconds: seconds });
  });

  it('knows the end from the option expiresAt', async () => {
    const { hub } = await served('Express', { expiresAt: (user) => ((user as { sub: string }).sub === 'ada' ? inSeconds(5) : undefined) });
    expect((await knock('negotiation', hub, as(ada))).body).toMatchObject({ tokenLifetimeSeconds: 5 });
    expect((await knock('negotiation', hub, as({ sub: 'bob' }))).body).not.toHaveProperty('tokenLifetimeSeconds');
  });

  it.each<[string, () => unknown, string]>([
    ['throws', throwing(new Error('no session')), 'no session'],
    ['says what is no time', () => 'tomorrow', "It is 'tomorrow'."],
    ['says it later', () => Promise.reject(new Error('late')), 'It is an object (Promise).'],
  ])('is 500 where expiresAt %s, and the log says so', async (_, expiresAt, reason) => {
    const { hub } = await served('Express', { expiresAt: expiresAt as () => number });
    expect((await knock('negotiation', hub, as(ada))).status).toBe(500);
    const [error] = log.takeErrors();
    expect(error).toContain('ChatHub: finding out when an authentication ends failed: ');
    expect(error).toContain(reason);
  });
});

describe('the path of refreshes', () => {
  it('is the application’s own where refreshes are not allowed and no connection is named', async () => {
    const { url } = await served('Express', { authenticationRefresh: false });
    expect(JSON.parse((await ask('POST', `${url}/chat/refresh`)).body)).toMatchObject({ message: 'Cannot POST /chat/refresh' });
  });

  it('belongs to the hub above it, of which another hub is told at boot', async () => {
    @Hub('/chat/refresh')
    class OtherHub {}
    const module = moduleOf([ChatHub, OtherHub], { authenticationRefresh: true });
    await expect(servedOn('Express', module)).rejects.toThrow("ChatHub and OtherHub are both served at '/chat/refresh'.");
  });
});
