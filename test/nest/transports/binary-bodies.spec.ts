import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Hub, HubConnections, HubMethod } from 'nestjs-signalr';
import { moduleOf } from '../../support/app-of.js';
import { SEPARATOR } from '../../support/hub-peer.js';
import { answerTo, HubRequests } from '../../support/hub-requests.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub {
  @HubMethod()
  echo(value: unknown) {
    return value;
  }
}

async function polling(platform: Platform, protocol: string) {
  const { app, url } = await servedOn(platform, moduleOf([ChatHub], { maximumReceiveMessageSize: 1_000 }));
  const client = await HubRequests.polling(`${url}/chat`);
  await client.post(`{"protocol":"${protocol}","version":1}${SEPARATOR}`);
  await client.poll();
  return { app, client };
}

describe.each(platforms)('bodies that cannot be read on %s', (platform) => {
  it.each<[string, string, Buffer]>([
    ['bytes that are no MessagePack', 'messagepack', Buffer.from([2, 0xc1, 0xc1])],
    ['a length without an end', 'messagepack', Buffer.alloc(10, 0xff)],
    ['a message that is larger than may be', 'messagepack', Buffer.from([0xff, 0xff, 0xff, 0x7f])],
    ['bytes where JSON was agreed on', 'json', Buffer.from([0, 1, 0xff, 0x1e])],
  ])('A15: are answered, end their connection, and leave nothing open: %s', async (_, protocol, body) => {
    const { app, client } = await polling(platform, protocol);
    const arrived = once(app.getHttpServer() as NodeJS.EventEmitter, 'request') as Promise<[IncomingMessage]>;
    const { status } = await client.post(body, { 'Content-Type': 'application/octet-stream' });
    expect([200, 404]).toContain(status);
    const [request] = await arrived;
    if (!request.closed) await once(request, 'close');
    expect((await client.poll()).status).toBe(200);
    expect((await client.poll()).status).toBe(204);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('A16: are not kept when they are too large and do not say how large they are', async () => {
    const { app, client } = await polling(platform, 'json');
    const asked = client.begin('POST', { 'Transfer-Encoding': 'chunked' });
    const answer = answerTo(asked);
    const arrived = once(app.getHttpServer() as NodeJS.EventEmitter, 'request') as Promise<[IncomingMessage]>;
    asked.write('x'.repeat(2_000));
    await arrived;
    // The client never ends its body: it is answered all the same.
    expect([200, 404]).toContain((await answer).status);
    asked.destroy();
    expect((await client.poll()).body).toContain('"type":7');
  });
});
