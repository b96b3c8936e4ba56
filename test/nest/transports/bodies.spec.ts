import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Hub, HubMethod, type SignalRModuleOptions } from 'nestjs-signalr';
import { moduleOf } from '../../support/app-of.js';
import { rawSocket } from '../../support/app-request.js';
import { turns } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HANDSHAKE, invocation, record } from '../../support/hub-peer.js';
import { answerTo, HubRequests, messagesOf } from '../../support/hub-requests.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub {
  readonly gate = new Gate();

  @HubMethod()
  echo(value: unknown) {
    return value;
  }

  @HubMethod()
  size(text: string) {
    return text.length;
  }

  @HubMethod()
  async wait() {
    await this.gate.pass();
  }
}

async function served(platform: Platform, options: SignalRModuleOptions = {}, prepare?: (app: INestApplication) => unknown) {
  const { app, url } = await servedOn(platform, moduleOf([ChatHub], options), prepare);
  return { app, url, hub: `${url}/chat` };
}

const types = [
  'text/plain;charset=UTF-8',
  'application/octet-stream',
  'application/json',
  'application/x-www-form-urlencoded',
  'image/png',
  '',
];

/** Every parser that there is, for every type. */
function useParsers(platform: Platform, app: INestApplication): void {
  if (platform === 'Fastify') (app as NestFastifyApplication).useBodyParser('*');
  else
    for (const parser of ['raw', 'json', 'text', 'urlencoded'] as const)
      (app as NestExpressApplication).useBodyParser(parser, { type: () => true });
}

describe.each(platforms)('the body of a POST on %s', (platform) => {
  describe.each(['the usual parsers', 'a parser for every type'])('with %s', (parsers) => {
    it('A15: is read as it came, whatever its type', async () => {
      const { hub } = await served(platform, {}, (app) => parsers === 'the usual parsers' || useParsers(platform, app));
      const client = await HubRequests.joined(hub);
      for (const type of types) {
        const headers: Record<string, string> = type === '' ? {} : { 'Content-Type': type };
        expect((await client.post(record(invocation('1', 'echo', `é{"${type}`)), headers)).status).toBe(200);
        expect(messagesOf((await client.poll()).body)).toMatchObject([{ result: `é{"${type}` }]);
      }
    });
  });

  it('may come in chunks without a length, and hold a part of a message', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.joined(hub);
    const bytes = Buffer.from(record(invocation('1', 'echo', '€'.repeat(1_000))));
    const asked = client.begin('POST', { 'Transfer-Encoding': 'chunked' });
    for (let start = 0; start < 1_000; start += 100) asked.write(bytes.subarray(start, start + 100));
    asked.end();
    expect((await answerTo(asked)).status).toBe(200);
    expect((await client.post(bytes.subarray(1_000))).status).toBe(200);
    expect(messagesOf((await client.poll()).body)).toMatchObject([{ result: '€'.repeat(1_000) }]);
  });

  it('may be empty', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.joined(hub);
    expect(await client.post('')).toMatchObject({ status: 200, body: '' });
    expect(await client.ask('echo', 1)).toMatchObject([{ result: 1 }]);
  });

  it('is read after the bodies that came before it', async () => {
    const { app, hub } = await served(platform);
    const client = await HubRequests.joined(hub);
    const server = app.getHttpServer() as NodeJS.EventEmitter;
    const first = client.begin('POST', { 'Transfer-Encoding': 'chunked' });
    const arrived = once(server, 'request');
    first.write(record(invocation('1', 'echo', 1)).slice(0, 20));
    await arrived;
    await turns(5);
    let isAnswered = false;
    const second = client.post(record(invocation('2', 'echo', 2))).finally(() => (isAnswered = true));
    await once(server, 'request');
    await turns(5);
    expect(isAnswered).toBe(false);
    first.end(record(invocation('1', 'echo', 1)).slice(20));
    expect([(await answerTo(first)).status, (await second).status]).toEqual([200, 200]);
    expect(messagesOf((await client.poll()).body)).toMatchObject([{ invocationId: '1' }, { invocationId: '2' }]);
  });

  it('A15: that breaks off is answered with nothing, and the connection lives', async () => {
    const { app, hub } = await served(platform);
    const client = await HubRequests.joined(hub);
    const asked = client.begin('POST', { 'Content-Length': '1000' });
    asked.flushHeaders();
    const [request] = (await once(app.getHttpServer() as NodeJS.EventEmitter, 'request')) as [IncomingMessage];
    await turns(5);
    asked.destroy();
    await new Promise((resolve) => request.once('close', resolve));
    expect(await client.ask('echo', 1)).toMatchObject([{ result: 1 }]);
  });

  it('is held back while calls wait for their turn, and read when they have had it', async () => {
    const { app, hub } = await served(platform, { maximumReceiveMessageSize: 20_000 });
    const client = await HubRequests.joined(hub);
    await client.post(record(invocation('0', 'wait')));
    const { gate } = app.get(ChatHub);
    await gate.reached;
    const calls = Array.from({ length: 200 }, (_, index) => record(invocation(String(index + 1), 'size', 'x'.repeat(15_000)))).join('');
    let isAnswered = false;
    const posted = client.post(calls).finally(() => (isAnswered = true));
    await turns(50);
    expect(isAnswered).toBe(false);
    gate.open();
    expect((await posted).status).toBe(200);
    let answers = 0;
    while (answers < 201) answers += messagesOf((await client.poll()).body).length;
    expect(answers).toBe(201);
  });

  it('that waits for its turn is answered with 404 when the connection ends', async () => {
    const { app, hub } = await served(platform, { maximumReceiveMessageSize: 1_000 });
    const client = await HubRequests.joined(hub);
    await client.post(record(invocation('0', 'wait')));
    await app.get(ChatHub).gate.reached;
    const calls = Array.from({ length: 2_000 }, (_, index) => record(invocation(String(index + 1), 'echo', 'x'.repeat(500)))).join('');
    const posted = [client.post(calls), client.post(calls)];
    await turns(50);
    expect((await client.delete()).status).toBe(202);
    for (const post of posted) expect((await post).status).toBe(404);
  });

  it('A16: with a message that is too large closes the connection, and is never kept whole', async () => {
    const { hub } = await served(platform, { maximumReceiveMessageSize: 1_000 });
    const client = await HubRequests.joined(hub);
    expect([200, 404]).toContain((await client.post('x'.repeat(1_000_000))).status);
    expect(messagesOf((await client.poll()).body)).toMatchObject([{ type: 7, error: expect.any(String) as unknown }]);
    expect((await client.poll()).status).toBe(204);
  });

  it('may come before the first poll is over, and before the handshake is answered', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.polling(hub);
    await client.post(HANDSHAKE + record(invocation('1', 'echo', 1)));
    let body = '';
    while (!body.includes('"result":1')) body += (await client.poll()).body;
    expect(messagesOf(body)).toEqual([{}, { type: 3, invocationId: '1', result: 1 }]);
  });

  it('of somebody who has only negotiated is nobody’s', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.negotiated(hub);
    expect(await client.post(HANDSHAKE)).toMatchObject({ status: 404, body: 'No Connection with that ID' });
    expect((await client.poll()).status).toBe(200);
  });
});

describe('a body that a parser has taken all the same', () => {
  it.each([
    ['as text', 200],
    ['as bytes', 200],
    ['as a document', 400],
  ])('%s, before the server could keep it, is answered with %i', async (kind, status) => {
    const { hub } = await served('Express', {}, (application) => {
      // What reads a body ahead of everything else, as some platforms' own runtimes do.
      application.use(async (request: IncomingMessage & { body?: unknown }, _: unknown, next: () => void) => {
        const bytes = Buffer.concat(await request.toArray());
        request.body = kind === 'as text' ? bytes.toString() : kind === 'as bytes' ? bytes : { parsed: true };
        next();
      });
    });
    const client = await HubRequests.polling(hub);
    expect((await client.post(HANDSHAKE)).status).toBe(status);
    expect((await client.delete()).status).toBe(202);
  });
});

describe('the request of a body', () => {
  it('has its headers when guards see it', async () => {
    const seen: unknown[] = [];
    const guard = {
      canActivate: (context: { switchToHttp(): { getRequest(): IncomingMessage } }) => {
        const { method, headers } = context.switchToHttp().getRequest();
        if (method === 'POST') seen.push(headers['content-length']);
        return true;
      },
    };
    const { hub } = await served('Express', { connectGuards: [guard] });
    const client = await HubRequests.polling(hub);
    await client.post(HANDSHAKE);
    expect(seen.at(-1)).toBe(String(HANDSHAKE.length));
  });

  it('A15: may promise more than it brings: nothing of it hangs', async () => {
    const { url, hub } = await served('Express');
    const client = await HubRequests.joined(hub);
    const socket = await rawSocket(url);
    const { pathname, search } = new URL(client.url);
    socket.write(`POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n${record(invocation('1', 'echo', 1))}`);
    expect(messagesOf((await client.poll()).body)).toMatchObject([{ result: 1 }]);
    socket.destroy();
    expect(await client.ask('echo', 2)).toMatchObject([{ result: 2 }]);
  });
});
