import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import {
  Caller,
  json,
  type HubProtocol,
  Hub,
  HubClients,
  HubConnections,
  HubMethod,
  type HubCallerContext,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { map, range } from 'rxjs';
import { moduleOf } from '../../support/app-of.js';
import { nextTurn } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { EndingHub } from '../../support/hub-ending.js';
import { HANDSHAKE, invocation, record, SEPARATOR } from '../../support/hub-peer.js';
import { HubRequests, type EventStream } from '../../support/hub-requests.js';
import { HubSocket } from '../../support/hub-socket.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub extends EndingHub {
  @HubMethod()
  burst() {
    return range(1, 3_000).pipe(map((count) => `${count} ${'x'.repeat(100)}`));
  }

  @HubMethod()
  abort(@Caller() caller: HubCallerContext) {
    caller.abort();
  }
}

/** JSON as far as it is read; what is written has every kind of line break. */
class MultilineProtocol implements HubProtocol {
  readonly name = 'json';
  readonly version = 2;
  readonly transferFormat = 'text';
  private readonly json = json();
  readonly framing = this.json.framing;

  parse(...bytes: Parameters<HubProtocol['parse']>) {
    return this.json.parse(...bytes);
  }

  write() {
    return 'a\nb\r\n\rc';
  }
}

const event = (...records: object[]): string => `data: ${records.map(record).join('')}\r\n\r\n`;
const BEGIN = ':\r\n';
const HELLO = `${BEGIN}data: {}${SEPARATOR}\r\n\r\n`;

async function served(
  platform: Platform,
  options: SignalRModuleOptions = {},
): Promise<{ app: INestApplication; hub: string; clock: FakeClock }> {
  const clock = new FakeClock();
  const { app, url } = await servedOn(platform, moduleOf([ChatHub], { clock, ...options }));
  return { app, hub: `${url}/chat`, clock };
}

async function joined(hub: string): Promise<{ client: HubRequests; stream: EventStream }> {
  const client = await HubRequests.negotiated(hub);
  const stream = await client.listen();
  await client.post(HANDSHAKE);
  await stream.until(HELLO);
  return { client, stream };
}

describe.each(platforms)('Server-Sent Events on %s', (platform) => {
  it('A14: begin at once, with headers that keep them from being held back, and a comment', async () => {
    const { hub } = await served(platform);
    const stream = await (await HubRequests.negotiated(hub)).listen();
    expect(stream.status).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache,no-store',
      pragma: 'no-cache',
      'content-encoding': 'identity',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(await stream.until(BEGIN)).toBe(BEGIN);
  });

  it('are asked for by an Accept header among others, in any case', async () => {
    const { hub } = await served(platform);
    const stream = await (await HubRequests.negotiated(hub)).listen({ Accept: 'text/html, Text/Event-Stream;q=0.9' });
    expect(stream.response.headers['content-type']).toBe('text/event-stream');
  });

  it('carry messages down, several in one event, while POSTs carry them up', async () => {
    const { hub } = await served(platform);
    const { client, stream } = await joined(hub);
    expect(await client.post(record(invocation('1', 'echo', 'é')) + record(invocation('2', 'echo', 2)))).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-type': 'text/plain' },
    });
    const answers = event({ type: 3, invocationId: '1', result: 'é' }, { type: 3, invocationId: '2', result: 2 });
    expect(await stream.until(answers)).toBe(HELLO + answers);
  });

  it('carry all that an Observable says at once to who reads it', async () => {
    const { hub } = await served(platform);
    const { client, stream } = await joined(hub);
    await client.post(record({ type: 4, invocationId: 's', target: 'burst', arguments: [] }));
    const heard = await stream.until('"type":3,"invocationId":"s"}' + SEPARATOR + '\r\n\r\n');
    expect(heard).toContain('"item":"3000 x');
    expect(heard).not.toContain('error');
  });

  it('are pinged after keepAliveInterval', async () => {
    const { hub, clock } = await served(platform, { keepAliveInterval: 5_000 });
    const { stream } = await joined(hub);
    await clock.advance(6_000);
    expect(await stream.until(event({ type: 6 }))).toBe(HELLO + event({ type: 6 }));
  });

  it('B08: carry no bytes: the handshake of MessagePack is refused', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.negotiated(hub);
    const stream = await client.listen();
    await client.post(`{"protocol":"messagepack","version":1}${SEPARATOR}`);
    await stream.ended;
    const error =
      "Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' transfer format.";
    expect(await stream.until(SEPARATOR + '\r\n\r\n')).toBe(BEGIN + event({ error }));
    expect((await client.post('x')).status).toBe(404);
  });

  it('A09, A11: are one for a connection: a second is answered with 409, a poll with 400, a WebSocket too, and DELETE is not for them', async () => {
    const { hub } = await served(platform);
    const { client, stream } = await joined(hub);
    const accept = { Accept: 'text/event-stream' };
    expect(await client.poll(accept)).toMatchObject({ status: 409, body: '', headers: { 'content-type': 'text/plain' } });
    expect(await client.poll()).toMatchObject({ status: 400, body: 'Cannot change transports mid-connection' });
    expect(await HubSocket.refusal(client.url)).toEqual({ status: 400, body: 'Cannot change transports mid-connection' });
    expect(await client.delete()).toMatchObject({ status: 400, body: 'Cannot terminate this connection using the DELETE endpoint.' });
    await client.post(record(invocation('1', 'echo', 1)));
    await stream.until(event({ type: 3, invocationId: '1', result: 1 }));
  });

  it('end the connection when the client goes', async () => {
    const { app, hub } = await served(platform);
    const { client, stream } = await joined(hub);
    stream.response.destroy();
    await app.get(ChatHub).gone.reached;
    expect(app.get(ChatHub).ends).toEqual([undefined]);
    expect(await client.post('x')).toMatchObject({ status: 404, body: 'No Connection with that ID' });
  });

  it('end after the last words of the server', async () => {
    const { hub } = await served(platform);
    const { client, stream } = await joined(hub);
    expect((await client.post(record(invocation('1', 'abort')))).status).toBe(200);
    await stream.ended;
    expect(await stream.until('')).toBe(HELLO + event({ type: 7 }));
    expect(stream.response.complete).toBe(true);
  });

  it('end with the application, which they do not hold up', async () => {
    const { app, hub } = await served(platform);
    const streams = await Promise.all(Array.from({ length: 20 }, async () => (await joined(hub)).stream));
    await app.close();
    for (const stream of streams) expect(await stream.until(event({ type: 7, allowReconnect: true }))).toContain(HELLO);
    expect(app.get(ChatHub).ends).toEqual(Array(20).fill(undefined));
  });

  it('end with an error when the client takes nothing for transportSendTimeout', async () => {
    const { app, hub, clock } = await served(platform, { transportSendTimeout: 3_000, outbox: { maximum: 64 * 1_048_576 } });
    const { stream } = await joined(hub);
    stream.response.pause();
    await app.get(HubClients).all.send('flood', 'x'.repeat(32 * 1_048_576));
    await nextTurn();
    await clock.advance(3_000);
    await app.get(ChatHub).gone.reached;
    expect(app.get(ChatHub).ends).toMatchObject([{ code: 'ERR_SIGNALR_SEND_TIMEOUT' }]);
  });

  it('leave nothing behind of a client that is gone before its guards have answered', async () => {
    const guard = { asked: new Gate(), canActivate: () => guard.asked.pass().then(() => true) };
    const { app, hub } = await served(platform, { connectGuards: [guard] });
    guard.asked.open();
    const client = await HubRequests.negotiated(hub);
    guard.asked = new Gate();
    const asked = client.begin('GET', { Accept: 'text/event-stream' }).end();
    const [, response] = (await once(app.getHttpServer() as NodeJS.EventEmitter, 'request')) as [unknown, NodeJS.EventEmitter];
    await guard.asked.reached;
    asked.destroy();
    await once(response, 'close');
    guard.asked.open();
    expect((await client.listen()).status).toBe(200);
    expect(await app.get(HubConnections).count()).toBe(0);
  });
});

describe('what a hub writes', () => {
  it('A17: is one event however many lines it has', async () => {
    const { app, hub } = await served('Express', { protocols: [new MultilineProtocol()] });
    const { client, stream } = await joined(hub);
    await client.post(record({ type: 6 }));
    await app.get(HubClients).all.send('x');
    expect(await stream.until('data: c\r\n\r\n')).toBe(`${HELLO}data: a\r\ndata: b\r\ndata: \r\ndata: c\r\n\r\n`);
  });

  it('A17: cannot be taken for the end of its event, nor for another one', async () => {
    const { hub } = await served('Express');
    const { client, stream } = await joined(hub);
    const forged = 'a\r\n\r\ndata: {"type":7}\u001e\r\n\r\nevent: x\nid: 1\n\n\u2028:';
    await client.post(record(invocation('1', 'echo', forged)));
    const answer = event({ type: 3, invocationId: '1', result: forged });
    expect(await stream.until(answer)).toBe(HELLO + answer);
    expect(answer.match(/\r\n/g)).toHaveLength(2);
  });
});
