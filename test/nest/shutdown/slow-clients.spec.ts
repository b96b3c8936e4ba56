import { once, type EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Hub, HubConnections, HubMethod, type SignalRModuleOptions } from 'nestjs-signalr';
import { moduleOf } from '../../support/app-of.js';
import { ask, rawSocket, silentWebSocket } from '../../support/app-request.js';
import { nextTurn, turns } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HANDSHAKE, invocation, record } from '../../support/hub-peer.js';
import { negotiate } from '../../support/nest-knock.js';
import { platforms, servedOn } from '../../support/nest-platforms.js';

/** More than any network takes without somebody reading. */
const MUCH = 9_000_000;

let gate: Gate;

@Hub('/chat', { outbox: { maximum: 2 * MUCH }, webSocket: { closeTimeout: 60_000 } })
class ChatHub {
  @HubMethod()
  async much() {
    await gate.pass();
    return 'x'.repeat(MUCH);
  }
}

const served = (platform: (typeof platforms)[number], drain?: SignalRModuleOptions['drain']) =>
  servedOn(platform, moduleOf([ChatHub], { drain }));

/** What a socket says until it is closed. */
async function rest(socket: Socket): Promise<string> {
  const chunks: string[] = [];
  socket.on('data', (chunk: string) => chunks.push(chunk));
  await once(socket, 'close');
  return chunks.join('');
}

const post = (url: string) => ask('POST', url, {}, HANDSHAKE + record(invocation('1', 'much')));
const get = (url: string, accept: string): string =>
  `GET ${url.slice(url.indexOf('/chat'))} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\n\r\n`;

/** Calls, and is to get the answer over a socket. */
const ways = {
  'an event stream': async (url: string, socket: Socket) => {
    socket.write(get(url, 'text/event-stream'));
    await once(socket, 'data');
    await post(url);
  },
  'a poll': async (url: string, socket: Socket, server: EventEmitter) => {
    await ask('GET', url);
    await post(url);
    await ask('GET', url);
    const arrived = once(server, 'request');
    socket.write(get(url, '*/*'));
    await arrived;
    await nextTurn();
  },
};

describe.each(platforms)('the end of an application on %s', (platform) => {
  it('L01: cuts a WebSocket that does not answer the close when drain.timeout is over, whatever its closeTimeout is', async () => {
    const { app, url } = await served(platform, { grace: 10, timeout: 50 });
    const socket = await silentWebSocket(`${url}/chat`);
    await app.close();
    expect(await app.get(HubConnections).count()).toBe(0);
    socket.destroy();
  });

  it.each(Object.entries(ways))('L01: waits until the answer to the last call has been read: by %s', async (_, call) => {
    gate = new Gate();
    const { app, url } = await served(platform);
    const { connectionToken } = await negotiate(`${url}/chat`);
    const socket = await rawSocket(url);
    await call(`${url}/chat?id=${connectionToken}`, socket, app.getHttpServer() as EventEmitter);
    await gate.reached;
    socket.pause();
    const closing = app.close();
    gate.open();
    while ((await app.get(HubConnections).count()) > 0) await turns(1);
    await turns(50);
    const text = await rest(socket.resume());
    expect(text.length).toBeGreaterThan(MUCH);
    expect(text).toContain(record({ type: 7, allowReconnect: true }));
    await closing;
  });
});
