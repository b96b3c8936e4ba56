import { afterEach, describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { Caller, Hub, HubMethod, type HubCallerContext, type SignalRModuleOptions } from 'nestjs-signalr';
import { moduleOf } from '../../support/app-of.js';
import { Gate } from '../../support/hub-gate.js';
import { invocation, record } from '../../support/hub-peer.js';
import { HubRequests, messagesOf } from '../../support/hub-requests.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';
import { as, ClaimsGuard, refresh, tokenFor, type Claims } from '../../support/refreshes.js';

@Hub('/chat')
@UseGuards(ClaimsGuard)
class ChatHub {
  readonly seen: unknown[] = [];

  onAuthenticationRefreshed(caller: HubCallerContext<Claims>) {
    this.seen.push(caller.user.jti);
  }

  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return [caller.user, caller.accessToken];
  }
}

async function served(platform: Platform = 'Express', options: SignalRModuleOptions = { authenticationRefresh: true }) {
  const { app, url } = await servedOn(platform, moduleOf([ChatHub], options));
  return { hub: `${url}/chat`, chat: app.get(ChatHub) };
}

const tomorrow = Math.floor(Date.now() / 1_000) + 86_400;
const user = (jti: string, more: Claims = {}): Claims => ({ sub: 'ada', jti, ...more });
const old = user('old', { exp: tomorrow });
const newer = user('newer', { exp: tomorrow + 60 });

/** Who the connection is, when it has polled with a token. */
async function who(client: HubRequests, asker: Claims): Promise<unknown> {
  const same = Object.assign(Object.create(client) as HubRequests, { headers: as(asker) });
  await same.ask('who');
  return (await same.ask('who'))[0]['result'];
}

afterEach(() => {
  ClaimsGuard.also = () => true;
});

describe.each(platforms)('H11: a poll on %s', (platform) => {
  it('with a newer token of the same user is a refresh', async () => {
    const { hub, chat } = await served(platform);
    const client = await HubRequests.joined(hub, as(old));
    expect(await who(client, newer)).toEqual([newer, tokenFor(newer)]);
    expect(chat.seen).toEqual(['newer']);
  });

  it('with the same token is none, nor is one with a token that ends sooner', async () => {
    const { hub, chat } = await served(platform);
    const client = await HubRequests.joined(hub, as(newer));
    for (const asker of [newer, old, newer]) expect(await who(client, asker)).toEqual([newer, tokenFor(newer)]);
    expect(chat.seen).toEqual([]);
  });
});

describe('a poll', () => {
  it('that was on its way with the old token does not bring that back, though neither says when it ends', async () => {
    const { hub, chat } = await served();
    const client = await HubRequests.joined(hub, as(user('1')));
    await refresh(hub, client.url.split('id=')[1], as(user('2')));
    expect(await who(client, user('1'))).toEqual([user('2'), tokenFor(user('2'))]);
    expect(chat.seen).toEqual(['2']);
  });

  it('whose guards took longer than those of a refresh after it does not bring its token back', async () => {
    const { hub } = await served();
    const client = await HubRequests.joined(hub, as(user('1')));
    const gate = new Gate();
    ClaimsGuard.also = ({ jti }) => jti !== '2' || gate.pass();
    const poll = client.poll(as(user('2')));
    await gate.reached;
    await refresh(hub, client.url.split('id=')[1], as(user('3')));
    gate.open();
    await client.post(record(invocation('1', 'who')), as(user('3')));
    expect(messagesOf((await poll).body)).toMatchObject([{ result: [user('3'), tokenFor(user('3'))] }]);
  });

  it('of another user is 403, and changes nothing', async () => {
    const { hub } = await served();
    const client = await HubRequests.joined(hub, as(old));
    expect((await client.poll(as({ sub: 'bob', exp: tomorrow + 600 }))).status).toBe(403);
    expect(await who(client, old)).toEqual([old, tokenFor(old)]);
  });

  it('is no refresh where those are not allowed', async () => {
    const { hub } = await served('Express', {});
    const client = await HubRequests.joined(hub, as(old));
    expect(await who(client, newer)).toEqual([old, tokenFor(old)]);
  });
});

describe('a POST', () => {
  it('with a newer token is no refresh', async () => {
    const { hub, chat } = await served();
    const client = await HubRequests.joined(hub, as(old));
    await client.post(record(invocation('1', 'who')), as(newer));
    expect(messagesOf((await client.poll()).body)).toMatchObject([{ result: [old, tokenFor(old)] }]);
    expect(chat.seen).toEqual([]);
  });
});
