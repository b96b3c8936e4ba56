import { describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { Hub, HubConnections, type OnDisconnected, type SignalRModuleOptions } from 'nestjs-signalr';
import { createTestClient, FakeClock } from 'nestjs-signalr/testing';
import { moduleOf, servedAppFrom } from '../../support/app-of.js';
import { HANDSHAKE, SEPARATOR } from '../../support/hub-peer.js';
import { HubRequests } from '../../support/hub-requests.js';
import { HubSocket } from '../../support/hub-socket.js';
import { as, ClaimsGuard, joined, refresh } from '../../support/refreshes.js';

@Hub('/chat')
@UseGuards(ClaimsGuard)
class ChatHub implements OnDisconnected {
  readonly ends: unknown[] = [];

  onDisconnected(...[, error]: unknown[]) {
    this.ends.push(error);
  }
}

@Hub('/lenient', { closeOnAuthenticationExpiration: false })
@UseGuards(ClaimsGuard)
class LenientHub {}

async function served(options: SignalRModuleOptions = {}) {
  const clock = new FakeClock();
  const module = moduleOf([ChatHub, LenientHub], { clock, closeOnAuthenticationExpiration: true, authenticationRefresh: true, ...options });
  const { app, url } = await servedAppFrom(module);
  const ada = (seconds: number) => ({ sub: 'ada', exp: clock.date().getTime() / 1_000 + seconds });
  const count = (hub: typeof ChatHub | typeof LenientHub = ChatHub) => app.get(HubConnections).of(hub).count();
  return { app, url, clock, ada, count, hub: `${url}/chat` };
}

const GOODBYE = `{"type":7,"error":"The authentication of this connection has expired.","allowReconnect":true}${SEPARATOR}`;

describe('H08: a token that expires while its connection lives', () => {
  it('ends it with closeOnAuthenticationExpiration, within a second; the client is told, and may come back', async () => {
    const { app, hub, clock, ada, count } = await served();
    const { socket } = await joined(hub, ada(10));
    await clock.advance(9_000);
    expect(await count()).toBe(1);
    await clock.advance(1_000);
    expect((await socket.frame()).text).toBe(GOODBYE);
    expect(await socket.closed).toEqual([1000, '']);
    expect(app.get(ChatHub).ends).toEqual([undefined]);
  });

  it('ends it over long polling and event streams as well', async () => {
    const { hub, clock, ada } = await served();
    const [polling, negotiated] = [await HubRequests.joined(hub, as(ada(10))), await HubRequests.negotiated(hub, as(ada(10)))];
    const stream = await negotiated.listen();
    await negotiated.post(HANDSHAKE);
    await stream.until(`{}${SEPARATOR}\r\n\r\n`);
    const poll = polling.poll();
    await clock.advance(10_000);
    await stream.until(`${GOODBYE}\r\n\r\n`);
    expect((await Promise.race([poll, polling.poll()])).body).toBe(GOODBYE);
  });

  it('does not end it without that option, of the module or of the hub', async () => {
    const { url, clock, ada, count } = await served();
    await joined(`${url}/lenient`, ada(10));
    await clock.advance(60_000);
    expect(await count(LenientHub)).toBe(1);
  });

  it('does not end it when another has come by a refresh, before the end of that one', async () => {
    const { hub, clock, ada, count } = await served();
    const { socket, token } = await joined(hub, ada(10));
    await refresh(hub, token, as(ada(14)));
    await clock.advance(13_000);
    expect(await count()).toBe(1);
    await clock.advance(1_000);
    expect((await socket.frame()).text).toBe(GOODBYE);
  });

  it('never ends one of a token without an end', async () => {
    const { hub, clock, count } = await served();
    await joined(hub, { sub: 'ada' });
    await clock.advance(3_600_000);
    expect(await count()).toBe(1);
  });

  it('ends one that has not shaken hands by closing it', async () => {
    const { hub, clock, ada } = await served();
    const socket = await HubSocket.open(hub, { headers: as(ada(2)) });
    await clock.advance(2_000);
    expect(await socket.closed).toEqual([1000, '']);
  });

  it('ends one that the application has handed over with its user', async () => {
    const { app, clock, ada } = await served();
    const client = await createTestClient(app, ChatHub, { user: ada(10) });
    await clock.advance(10_000);
    expect(await client.closed).toEqual({ error: 'The authentication of this connection has expired.', allowReconnect: true });
  });
});

describe('the options of authentication', () => {
  it.each<[string, object, string]>([
    ['authenticationRefresh', { authenticationRefresh: 'yes' }, 'true or false'],
    ['closeOnAuthenticationExpiration', { closeOnAuthenticationExpiration: 1 }, 'true or false'],
    ['expiresAt', { expiresAt: 60_000 }, 'a function'],
  ])('keep the application from starting when they are none: %s', async (name, options, allowed) => {
    await expect(served(options)).rejects.toThrow(new RegExp(`^The option '${name}' in the options of SignalRModule is .* ${allowed}\\.$`));
  });

  it('are of the server as a whole: expiresAt', async () => {
    @Hub('/own', { expiresAt: () => 0 } as object)
    class OwnHub {}
    await expect(servedAppFrom(moduleOf([OwnHub]))).rejects.toThrow(
      "'expiresAt' in @Hub('/own') on OwnHub is an option of SignalRModule.forRoot",
    );
  });
});
