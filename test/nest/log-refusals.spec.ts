import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ForbiddenException, Logger, UseGuards } from '@nestjs/common';
import { ChannelEndpoint, Hub, phoenix, type OnSocketConnected } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { log, moduleOf, servedAppFrom, servedAppOf } from '../support/app-of.js';
import { ask } from '../support/app-request.js';
import { knock, negotiate, type Door } from '../support/nest-knock.js';
import { as, ClaimsGuard, joined, refresh, tokenFor } from '../support/refreshes.js';

@Hub('/guarded', { authenticationRefresh: true, allowedOrigins: 'https://ours.test' })
@UseGuards(ClaimsGuard)
class GuardedHub {}

@ChannelEndpoint('/socket', { dialect: phoenix() })
class ClosedSocket implements OnSocketConnected {
  onConnected() {
    throw new ForbiddenException();
  }
}

const ADA = { sub: 'ada', exp: 4_000_000_000 };
const BOB = { sub: 'bob', exp: 4_000_000_000 };

describe('the log at level debug has a line for who is refused:', () => {
  beforeEach(() => {
    jest.spyOn(Logger, 'isLevelEnabled').mockReturnValue(true);
    ClaimsGuard.also = () => true;
  });
  afterEach(() => void jest.restoreAllMocks());

  const refusals = (room = 'SignalRHubs'): string[] => log.of(room, 'debug').filter((line) => line.includes('refused'));
  const guarded = async (): Promise<string> => `${(await servedAppOf([GuardedHub])).url}/guarded`;

  it.each<[Door, string]>([
    ['negotiation', 'POST /guarded/negotiate'],
    ['upgrade', 'WebSocket /guarded'],
  ])('a guard says no, at the %s, and no token stands in it', async (door, asked) => {
    const hub = await guarded();
    const token = tokenFor(ADA);
    ClaimsGuard.also = () => {
      throw new ForbiddenException(`Not with Bearer ${token}.`);
    };
    await knock(door, hub, {}, `access_token=${token}`);
    const reason = '{"message":"Not with Bearer ***","error":"Forbidden","statusCode":403}';
    expect(refusals()).toEqual([`GuardedHub: ${asked} was refused with 403: ${reason}`]);
    expect(JSON.stringify(log.lines)).not.toContain(token);
  });

  it.each<[string, (hub: string) => Promise<unknown>, string]>([
    [
      'an origin that is not allowed, of a request',
      (hub) => knock('negotiation', hub, { Origin: 'https://evil.test' }),
      'POST /guarded/negotiate was refused with 403: Pages of this origin may not connect.',
    ],
    [
      'an origin that is not allowed, of a WebSocket',
      (hub) => knock('upgrade', hub, { Origin: 'https://evil.test' }),
      'WebSocket /guarded was refused with 403: Pages of this origin may not connect.',
    ],
    [
      'an id that is nobody’s',
      (hub) => knock('upgrade', hub, {}, 'id=unknown'),
      'WebSocket /guarded was refused with 404: No Connection with that ID',
    ],
    [
      'the id of another user',
      async (hub) => ask('GET', `${hub}?id=${(await negotiate(hub, as(ADA))).connectionToken}`, as(BOB)),
      'GET /guarded was refused with 403: The connection was negotiated by another user.',
    ],
    [
      'a refresh without a user',
      async (hub) => refresh(hub, (await joined(hub, ADA)).token),
      'POST /guarded/refresh was refused with 401: {"error":"invalid_token"}',
    ],
    [
      'a refresh by another user',
      async (hub) => refresh(hub, (await joined(hub, ADA)).token, as(BOB)),
      'POST /guarded/refresh was refused with 403: {"error":"permission_change_rejected"}',
    ],
  ])('%s', async (_, knocking, line) => {
    await knocking(await guarded());
    expect(refusals()).toEqual([`GuardedHub: ${line}`]);
  });

  it('onConnected of an endpoint of channels', async () => {
    const { url } = await servedAppFrom(moduleOf([ClosedSocket]));
    await knock('upgrade', `${url}/socket/websocket`, {}, 'vsn=2.0.0&token=secret');
    expect(refusals('SignalRChannels')).toEqual([
      expect.stringMatching(/^ClosedSocket: WebSocket \/socket\/websocket was refused with 403/),
    ]);
  });

  it('one in a second of a kind, and then how many more there were', async () => {
    const clock = new FakeClock();
    const { url } = await servedAppOf([GuardedHub], { clock });
    for (let i = 0; i < 5; i++) await ask('GET', `${url}/guarded?id=${i}`);
    await clock.advance(1_000);
    expect(refusals()).toEqual([
      'GuardedHub: GET /guarded was refused with 404: No Connection with that ID',
      'GuardedHub: 4 more requests were refused with 404',
    ]);
  });
});
