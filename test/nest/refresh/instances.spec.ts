import { describe, expect, it } from '@jest/globals';
import { Inject, UseGuards } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { SubscribeMessage, WebSocketGateway, ConnectedSocket } from '@nestjs/websockets';
import { Caller, GatewayClient, Hub, HubCallerContext, HubMethod } from 'nestjs-signalr';
import { moduleOf, servedAppFrom } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { HubSocket } from '../../support/hub-socket.js';
import { servedGateways } from '../../support/nest-gateways.js';
import { bearer, negotiate } from '../../support/nest-knock.js';
import { as, ClaimsGuard, joined, refresh, type Claims } from '../../support/refreshes.js';

const user = (jti: string): Claims => ({ sub: 'ada', jti });

describe('a refresh', () => {
  it.each(['connection', 'invocation'] as const)('is seen by a hub with an instance for each %s', async (scope) => {
    @Hub('/scoped', { scope, authenticationRefresh: true })
    @UseGuards(ClaimsGuard)
    class ScopedHub {
      private calls = 0;

      constructor(@Inject(REQUEST) private readonly request: HubCallerContext<Claims>) {}

      onAuthenticationRefreshed() {
        this.calls += 10;
      }

      @HubMethod()
      look(@Caller() caller: HubCallerContext<Claims>) {
        return [++this.calls, this.request.user.jti, caller.user.jti];
      }
    }
    const { url } = await servedAppFrom(moduleOf([ScopedHub]));
    const { socket, token } = await joined(`${url}/scoped`, user('1'));
    expect(await socket.ask('look')).toMatchObject({ result: [1, '1', '1'] });
    await refresh(`${url}/scoped`, token, as(user('2')));
    expect(await socket.ask('look')).toMatchObject({ result: [scope === 'connection' ? 12 : 1, '2', '2'] });
  });

  it('is seen by a plain gateway', async () => {
    @WebSocketGateway({ path: '/lobby' })
    class LobbyGateway {
      @SubscribeMessage('who')
      who(@ConnectedSocket() client: GatewayClient) {
        return (client.caller.user as { jti: string }).jti;
      }
    }
    const authenticate = ({ headers }: { headers: { authorization?: string } }) => ({ sub: 'ada', jti: headers.authorization?.slice(7) });
    const { url } = await servedGateways([LobbyGateway], { authenticate, authenticationRefresh: true });
    const { connectionToken: token } = await negotiate(`${url}/lobby`, bearer('1'));
    const socket = await HubSocket.join(`${url}/lobby?id=${token}`, { headers: bearer('1') });
    expect(await socket.ask('who')).toMatchObject({ result: '1' });
    expect((await refresh(`${url}/lobby`, token, bearer('2'))).status).toBe(200);
    expect(await socket.ask('who')).toMatchObject({ result: '2' });
  });

  it('is allowed to the pages that may connect, whose preflights no guard sees', async () => {
    @Hub('/pages', { authenticationRefresh: true, allowedOrigins: 'https://good.com' })
    @UseGuards(ClaimsGuard)
    class PagesHub {}
    const { url } = await servedAppFrom(moduleOf([PagesHub]));
    const { token } = await joined(`${url}/pages`, user('1'));
    const path = `${url}/pages/refresh?id=${token}`;
    const preflight = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' };
    expect(await ask('OPTIONS', path, { Origin: 'https://good.com', ...preflight })).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': 'https://good.com', 'access-control-allow-headers': 'authorization' },
    });
    expect((await ask('POST', path, { Origin: 'https://evil.com', ...as(user('2')) })).status).toBe(403);
    expect((await ask('POST', path, { Origin: 'https://good.com', ...as(user('2')) })).status).toBe(200);
  });
});
