import { describe, expect, it } from '@jest/globals';
import { Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Caller, Hub, HubConnections, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { moduleOf } from '../../support/app-of.js';
import { turns } from '../../support/changes.js';
import { HANDSHAKE, invocation, record, SEPARATOR } from '../../support/hub-peer.js';
import { HubRequests, messagesOf } from '../../support/hub-requests.js';
import { HubSocket } from '../../support/hub-socket.js';
import { bearer } from '../../support/nest-knock.js';
import { platforms, servedOn } from '../../support/nest-platforms.js';

let isRevoked = false;

@Injectable()
class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    const name = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (name !== undefined) request.user = { id: name };
    return !isRevoked;
  }
}

@Hub('/chat')
@UseGuards(NameGuard)
class ChatHub {
  @HubMethod()
  who(@Caller() { user, userIdentifier, accessToken }: HubCallerContext) {
    return { user, userIdentifier, accessToken };
  }
}

const ada = bearer('ada');
const stolen = { status: 403, body: 'The connection was negotiated by another user.' };
const strangers: [string, Record<string, string>][] = [
  ['B', bearer('bob')],
  ['nobody', { Authorization: '' }],
];

/** Every kind of request that comes with a token. */
const ways: [string, (client: HubRequests, headers: Record<string, string>) => Promise<{ status: number; body: string }>][] = [
  ['a poll', (client, headers) => client.poll(headers)],
  ['a POST', (client, headers) => client.post(record(invocation('1', 'who')), headers)],
  ['a DELETE', (client, headers) => client.delete(headers)],
  ['an event stream', (client, headers) => client.poll({ ...headers, Accept: 'text/event-stream' })],
  ['a WebSocket', (client, headers) => HubSocket.refusal(client.url, { headers })],
];

async function served(platform: (typeof platforms)[number]) {
  isRevoked = false;
  const { app, url } = await servedOn(platform, moduleOf([ChatHub]));
  return { app, hub: `${url}/chat` };
}

async function lives(client: HubRequests): Promise<void> {
  expect(await client.ask('who')).toMatchObject([{ result: { user: { id: 'ada' }, userIdentifier: 'ada' } }]);
}

describe.each(platforms)('a connection of A on %s', (platform) => {
  describe.each(ways)('H05, H06: %s', (_, attempt) => {
    it.each(strangers)('of %s with its token gets 403, and A is not disturbed', async (__, headers) => {
      const { app, hub } = await served(platform);
      const client = await HubRequests.joined(hub, ada);
      expect(await attempt(client, headers)).toMatchObject(stolen);
      const poll = client.poll();
      await turns(10);
      expect(await attempt(client, headers)).toMatchObject(stolen);
      await client.post(record(invocation('1', 'who')));
      expect(messagesOf((await poll).body)).toMatchObject([{ result: { userIdentifier: 'ada' } }]);
      await lives(client);
      expect(await app.get(HubConnections).count()).toBe(1);
    });

    it('H07: with its public id is nobody’s', async () => {
      const { hub } = await served(platform);
      const client = await HubRequests.joined(hub, ada);
      const guess = Object.assign(Object.create(client) as HubRequests, { url: `${hub}?id=${client.connectionId}` });
      expect(await attempt(guess, ada)).toMatchObject({ status: 404, body: 'No Connection with that ID' });
      await lives(client);
    });

    it('that a guard refuses gets 403, and the connection lives on', async () => {
      const { hub } = await served(platform);
      const client = await HubRequests.joined(hub, ada);
      isRevoked = true;
      expect((await attempt(client, ada)).status).toBe(403);
      isRevoked = false;
      await lives(client);
    });
  });

  it.each(strangers)('H05, H06: cannot be begun by %s, and by A it can', async (_, headers) => {
    const { hub } = await served(platform);
    const client = await HubRequests.negotiated(hub, ada);
    expect(await client.poll(headers)).toMatchObject(stolen);
    expect(await client.poll({ ...headers, Accept: 'text/event-stream' })).toMatchObject(stolen);
    expect((await client.poll()).status).toBe(200);
  });

  it('keeps the user and the request of its first poll when A comes with a newer token', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.negotiated(hub, ada);
    await client.poll();
    await client.post(HANDSHAKE, { Authorization: 'Bearer ada' });
    expect((await client.poll()).body).toBe(`{}${SEPARATOR}`);
    expect(await client.ask('who')).toMatchObject([{ result: { user: { id: 'ada' }, accessToken: 'ada' } }]);
  });

  it('over an event stream is not disturbed by the POSTs of others either', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.negotiated(hub, ada);
    const stream = await client.listen();
    for (const [, headers] of strangers) expect(await client.post(HANDSHAKE, headers)).toMatchObject(stolen);
    expect((await client.post(HANDSHAKE)).status).toBe(200);
    await stream.until(`{}${SEPARATOR}\r\n\r\n`);
  });
});
