import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Hub, HubMethod } from 'nestjs-signalr';
import { servedAppOf } from '../../support/app-of.js';
import { ask, rawSocket } from '../../support/app-request.js';
import { HubSocket } from '../../support/hub-socket.js';

@Hub('/chat')
class ChatHub {
  @HubMethod()
  echo(value: unknown) {
    return value;
  }
}

const UPGRADE =
  'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** The first line of the answer to a request that is written as it is. */
async function statusOf(url: string, request: string): Promise<string> {
  const socket = await rawSocket(url);
  socket.on('error', () => undefined);
  socket.write(request);
  const [text] = (await once(socket, 'data')) as [string];
  socket.destroy();
  return text.slice(0, text.indexOf('\r\n'));
}

async function lives(url: string): Promise<void> {
  const socket = await HubSocket.join(`${url}/chat`);
  expect(await socket.ask('echo', 1)).toMatchObject({ result: 1 });
  socket.socket.terminate();
}

describe('a request that is too large for HTTP', () => {
  it.each([
    ['an upgrade with 64 KB in one header', `GET /chat HTTP/1.1\r\n${UPGRADE}X: ${'x'.repeat(65_536)}\r\n\r\n`],
    ['an upgrade behind so many headers that Node drops it', `GET /chat HTTP/1.1\r\n${'a: b\r\n'.repeat(2_500)}${UPGRADE}\r\n`],
    ['an upgrade with a token of 1 MB', `GET /chat?id=${'x'.repeat(1_048_576)} HTTP/1.1\r\n${UPGRADE}\r\n`],
    ['a poll with a token of 1 MB', `GET /chat?id=${'x'.repeat(1_048_576)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ])('C02, A06: is refused with a 4xx, and the server lives: %s', async (_, request) => {
    const { url } = await servedAppOf([ChatHub]);
    expect(await statusOf(url, request)).toMatch(/^HTTP\/1\.1 4\d\d /);
    await lives(url);
  });

  it('C02: may have as many small headers as Node reads', async () => {
    const { url } = await servedAppOf([ChatHub]);
    const headers = Array.from({ length: 1_000 }, (_, index) => `h${index}: x\r\n`).join('');
    expect(await statusOf(url, `GET /chat HTTP/1.1\r\n${UPGRADE}${headers}\r\n`)).toBe('HTTP/1.1 101 Switching Protocols');
    await lives(url);
  });
});

describe('a header that is hard to read', () => {
  const most = 12_000;

  it.each([
    ['Sec-WebSocket-Protocol', `a,${' '.repeat(most)},b`],
    ['Sec-WebSocket-Protocol', 'a, '.repeat(most / 3)],
    ['Sec-WebSocket-Protocol', `${'a'.repeat(most)} `],
    ['Sec-WebSocket-Extensions', `permessage-deflate; ${'a;'.repeat(most / 2)}`],
    ['Sec-WebSocket-Extensions', `a; b="${'\\"'.repeat(most / 2)}`],
    ['Sec-WebSocket-Extensions', 'permessage-deflate; constructor; __proto__="x", '.repeat(200)],
    ['Sec-WebSocket-Extensions', `a;${'\t '.repeat(most / 2)}=`],
  ])('C04: costs no more than its length, and ends nothing else: %s', async (name, value) => {
    const { url } = await servedAppOf([ChatHub], { webSocket: { compression: true } });
    const statuses = new Set<string>();
    for (let i = 0; i < 50; i++) statuses.add(await statusOf(url, `GET /chat HTTP/1.1\r\n${UPGRADE}${name}: ${value}\r\n\r\n`));
    expect([...statuses]).toEqual([expect.stringMatching(/^HTTP\/1\.1 (101|400) /)]);
    await lives(url);
  });

  it('C04: is an Accept header as well, which says how events are wanted', async () => {
    const { url } = await servedAppOf([ChatHub]);
    const accept = `text/event-strea${', ;q='.repeat(3_000)}`;
    for (let i = 0; i < 50; i++) expect((await ask('GET', `${url}/chat?id=x`, { Accept: accept })).status).toBe(404);
  });
});
