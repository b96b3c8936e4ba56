import { describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { Caller, Hub, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { log, moduleOf } from '../../support/app-of.js';
import { HubRequests } from '../../support/hub-requests.js';
import { knock, negotiate } from '../../support/nest-knock.js';
import { servedOn } from '../../support/nest-platforms.js';
import { as as bearing, ClaimsGuard, joined, refresh, type Claims } from '../../support/refreshes.js';
import { resumableApp, ResumableHub } from '../../support/resumable-app.js';
import { ResumablePeer } from '../../support/resumable-peer.js';

@Hub('/chat')
@UseGuards(ClaimsGuard)
class ChatHub {
  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return caller.user;
  }
}

@Hub('/chat', { statefulReconnect: true })
@UseGuards(ClaimsGuard)
class GuardedHub extends ResumableHub {}

/** A user who has none of the names that users have. */
const nameless: Claims = { roles: ['editor'] };
const newer: Claims = { roles: ['reader'] };

const as = (user: Claims | undefined): Record<string, string> => (user === undefined ? {} : bearing(user));

async function served(authenticationRefresh = false): Promise<string> {
  const { url } = await servedOn('Express', moduleOf([ChatHub], { authenticationRefresh }));
  return `${url}/chat`;
}

describe('somebody without an identifier', () => {
  it.each<[string, Claims | undefined, Claims | undefined]>([
    ['nobody', nameless, undefined],
    ['somebody where there was nobody', undefined, nameless],
  ])('is not %s: that gets 403 with the token, and nobody is disturbed', async (_, owner, other) => {
    const hub = await served();
    const { connectionToken } = await negotiate(hub, as(owner));
    expect(await knock('upgrade', hub, as(other), `id=${connectionToken}`)).toMatchObject({ status: 403 });
    const client = await HubRequests.joined(hub, as(owner));
    const stranger = Object.assign(Object.create(client) as HubRequests, { headers: as(other) });
    for (const answer of [stranger.poll(), stranger.post(''), stranger.delete()]) expect(await answer).toMatchObject({ status: 403 });
    expect(await client.ask('who')).toMatchObject([{ type: 3 }]);
  });

  it('is not nobody who comes back', async () => {
    const { url, next } = await resumableApp({}, GuardedHub);
    const peer = await ResumablePeer.join(url, as(nameless));
    const interrupted = next('interrupted');
    await peer.cut();
    await interrupted;
    expect(await peer.refusal(as(undefined))).toBe(403);
    expect(await peer.resume(1)).toMatchObject({ type: 9 });
  });

  it('is another user for who was nobody, and ends that connection by a refresh', async () => {
    const hub = await served(true);
    const client = await HubRequests.joined(hub);
    expect(await refresh(hub, client.url.split('id=')[1], as(nameless))).toMatchObject({ status: 403 });
    expect((await client.poll()).body).toContain('"type":7');
    expect(log.takeErrors()).toHaveLength(1);
  });

  it('may refresh, and the log says once what is wrong with that', async () => {
    const hub = await served(true);
    const { socket, token } = await joined(hub, nameless);
    expect(await refresh(hub, token, as(newer))).toMatchObject({ status: 200 });
    expect(await socket.ask('who')).toMatchObject({ result: newer });
    expect(log.takeErrors()).toEqual([
      'ChatHub: telling users apart failed: A user without an identifier counts as any other without one. ' +
        'Let userIdProvider return a text for each; by default it is sub, id or nameid.',
    ]);
  });
});
