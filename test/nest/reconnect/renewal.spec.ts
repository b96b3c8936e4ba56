import { describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { Caller, Hub, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { as, ClaimsGuard, tokenFor, type Claims } from '../../support/refreshes.js';
import { resumableApp, ResumableHub } from '../../support/resumable-app.js';
import { ResumablePeer, sequence } from '../../support/resumable-peer.js';

@Hub('/chat', { statefulReconnect: true, authenticationRefresh: true })
@UseGuards(ClaimsGuard)
class RenewedHub extends ResumableHub {
  readonly renewed: unknown[] = [];

  onAuthenticationRefreshed(caller: HubCallerContext<Claims>) {
    this.renewed.push(caller.user.jti);
    if (caller.user.jti === 'revoked') caller.abort();
  }

  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return [caller.user, caller.accessToken];
  }
}

const tomorrow = Math.floor(Date.now() / 1_000) + 86_400;
const old: Claims = { sub: 'ada', jti: 'old', exp: tomorrow };
const newer: Claims = { sub: 'ada', jti: 'newer', exp: tomorrow + 60 };

/** Who somebody is who came with one token, was cut, and is back with another. */
async function back(first: Claims, second: Claims): Promise<{ who: unknown; renewed: unknown[] }> {
  const { url, hub, next } = await resumableApp({}, RenewedHub);
  const peer = await ResumablePeer.join(url, as(first));
  const interrupted = next('interrupted');
  await peer.cut();
  await interrupted;
  await peer.connect(as(second));
  peer.say(sequence(1));
  await peer.hear();
  peer.call('1', 'who');
  const { result } = (await peer.hear()) as { result?: unknown };
  return { who: result, renewed: (hub as RenewedHub).renewed };
}

describe('a client that comes back', () => {
  it('with a newer token has refreshed it', async () => {
    expect(await back(old, newer)).toEqual({ who: [newer, tokenFor(newer)], renewed: ['newer'] });
  });

  it('with the token that it had, or one that ends sooner, has not', async () => {
    expect(await back(newer, newer)).toEqual({ who: [newer, tokenFor(newer)], renewed: [] });
    expect(await back(newer, old)).toEqual({ who: [newer, tokenFor(newer)], renewed: [] });
  });

  it('is sent away for good where the hook ends the connection, and the application with it', async () => {
    const { app, url, hub, next } = await resumableApp({}, RenewedHub);
    const peer = await ResumablePeer.join(url, as(old));
    const interrupted = next('interrupted');
    await peer.cut();
    await interrupted;
    await peer.connect(as({ ...newer, jti: 'revoked' }));
    expect(await peer.closed()).toBe(1000);
    await app.close();
    expect(hub.ends).toEqual([undefined]);
  });
});
