import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { All, Controller, Get } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Hub, HubMethod } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { log, moduleOf, servedAppFrom, servedAppOf } from '../support/app-of.js';
import { ask, rawSocket, type Answer } from '../support/app-request.js';

@Hub('/Chat')
class ChatHub {
  @HubMethod()
  echo(value: unknown) {
    return value;
  }
}

@Hub('/news/latest')
class NewsHub {}

@Controller()
class CatchAllController {
  @Get('hello')
  hello() {
    return 'hello';
  }

  @All('*path')
  all() {
    return 'caught';
  }
}

interface Negotiated {
  negotiateVersion: number;
  connectionId: string;
  connectionToken?: string;
}

const negotiate = (url: string, query = '?negotiateVersion=1'): Promise<Answer> => ask('POST', `${url}/chat/negotiate${query}`);

async function negotiated(url: string): Promise<Required<Negotiated>> {
  return JSON.parse((await negotiate(url)).body) as Required<Negotiated>;
}

describe('a negotiation', () => {
  it('A01: gives a public id and a secret token, and says how to connect', async () => {
    const { url } = await servedAppOf([ChatHub]);
    const { status, headers, body } = await negotiate(url);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(body.length),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    const { connectionId, connectionToken } = JSON.parse(body) as Negotiated;
    expect(body).toBe(
      `{"negotiateVersion":1,"connectionId":"${connectionId}","connectionToken":"${connectionToken}",` +
        '"availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]},' +
        '{"transport":"ServerSentEvents","transferFormats":["Text"]},{"transport":"LongPolling","transferFormats":["Text","Binary"]}]}',
    );
    for (const name of [connectionId, connectionToken]) expect(name).toMatch(/^[\w-]{22}$/);
    expect(connectionToken).not.toBe(connectionId);
  });

  it.each(['', '?negotiateVersion=0', '?other=1'])(
    'A02: without a version, or in version 0, gives an id that is the token as well: %j',
    async (query) => {
      const { url } = await servedAppOf([ChatHub]);
      const answer = JSON.parse((await negotiate(url, query)).body) as Negotiated;
      expect(answer).toMatchObject({ negotiateVersion: 0, connectionId: expect.stringMatching(/^[\w-]{22}$/) });
      expect(answer).not.toHaveProperty('connectionToken');
    },
  );

  it.each([
    ['?negotiateVersion=2', 1],
    ['?negotiateVersion=2147483647', 1],
    ['?NegotiateVersion=1', 1],
    ['?NEGOTIATEVERSION=1', 1],
    ['?a=b&negotiateversion=%31', 1],
    ['?negotiateVersion=+1', 1],
  ])('in a version as new as ours, or newer, is answered in ours: %s', async (query, version) => {
    const { url } = await servedAppOf([ChatHub]);
    expect(JSON.parse((await negotiate(url, query)).body)).toMatchObject({ negotiateVersion: version });
  });

  it.each(['abc', '1.5', '', '9007199254740992', '0x1', '1e0', '1&negotiateVersion=1', 'NaN'])(
    'A03: in a version that is no whole number is refused with status 200: %j',
    async (version) => {
      const { url } = await servedAppOf([ChatHub], { limits: { pendingNegotiations: 1 } });
      const { status, headers, body } = await negotiate(url, `?negotiateVersion=${version}`);
      expect([status, headers['content-type'], body]).toEqual([
        200,
        'application/json',
        '{"error":"The client requested a non-integer protocol version."}',
      ]);
      expect(JSON.parse((await negotiate(url)).body)).toHaveProperty('connectionId');
    },
  );

  it('A03: in a negative version is refused', async () => {
    const { url } = await servedAppOf([ChatHub]);
    expect((await negotiate(url, '?negotiateVersion=-1')).body).toBe(
      '{"error":"The client requested version \'-1\', but the server does not support this version."}',
    );
  });

  it('A02: in a version below minimumProtocolVersion is refused', async () => {
    const { url } = await servedAppOf([ChatHub], { minimumProtocolVersion: 1 });
    const text = '{"error":"The client requested version \'0\', but the server does not support this version."}';
    expect([(await negotiate(url, '')).body, (await negotiate(url, '?negotiateVersion=0')).body]).toEqual([text, text]);
    expect(JSON.parse((await negotiate(url)).body)).toHaveProperty('connectionToken');
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('A04: has to be a POST: %s gets 405', async (method) => {
    const { url } = await servedAppOf([ChatHub]);
    const { status, headers, body } = await ask(method, `${url}/chat/negotiate?negotiateVersion=1`);
    expect([status, headers['content-type'], body]).toEqual([405, 'text/plain', '']);
  });

  it.each(['/chat/negotiate', '/CHAT/Negotiate', '/chat/NEGOTIATE/', '/Chat/negotiate?'])('is found without case: %s', async (path) => {
    const { url } = await servedAppOf([ChatHub]);
    expect((await ask('POST', url + path)).status).toBe(200);
  });

  it.each([
    '/chat/negotiat',
    '/chat//negotiate',
    '/chatnegotiate',
    '/negotiate',
    '/news/negotiate',
    '/chat/negotiate/x',
    '/x/chat/negotiate',
  ])('is none elsewhere: %s', async (path) => {
    const { url } = await servedAppOf([ChatHub, NewsHub]);
    expect((await ask('POST', url + path)).status).toBe(404);
  });

  it('may be at the root', async () => {
    @Hub('/')
    class RootHub {}
    const { url } = await servedAppOf([RootHub]);
    expect((await ask('POST', `${url}/negotiate`)).status).toBe(200);
  });

  it('A04: does not wait for a body of 10 MB, nor keep it', async () => {
    const { url } = await servedAppOf([ChatHub]);
    const socket = await rawSocket(url);
    socket.write(
      `POST /chat/negotiate HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 10485760\r\n\r\n${'x'.repeat(1_024)}`,
    );
    const [text] = (await once(socket, 'data')) as [string];
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
  });

  it.each([
    ['application/json', '{"a":1}'],
    ['text/plain;charset=UTF-8', ''],
    ['application/octet-stream', 'x'],
  ])('does not mind a body that a parser of the application has taken: %s', async (type, body) => {
    const { url } = await servedAppFrom(moduleOf([ChatHub]), (app) => {
      for (const parser of ['json', 'text', 'raw'] as const) (app as NestExpressApplication).useBodyParser(parser);
    });
    const { status } = await ask('POST', `${url}/chat/negotiate`, { 'Content-Type': type, 'Content-Length': String(body.length) }, body);
    expect(status).toBe(200);
  });

  it('is refused with 503 when 2 of 2 places are taken, and none is given back before its time', async () => {
    const clock = new FakeClock();
    const { url } = await servedAppOf([ChatHub], { clock, disconnectTimeout: 5_000, limits: { pendingNegotiations: 2 } });
    await negotiated(url);
    await clock.advance(3_000);
    await negotiated(url);
    expect(await negotiate(url)).toMatchObject({ status: 503, headers: { 'content-type': 'text/plain' } });
    await clock.advance(2_000);
    expect((await negotiate(url)).status).toBe(200);
    expect((await negotiate(url)).status).toBe(503);
  });

  it('is forgotten after disconnectTimeout', async () => {
    const clock = new FakeClock();
    const { url } = await servedAppOf([ChatHub], { clock, disconnectTimeout: 5_000 });
    const { connectionToken } = await negotiated(url);
    const status = async (): Promise<string> => (await ask('DELETE', `${url}/chat?id=${connectionToken}`)).body;
    await clock.advance(4_000);
    expect(await status()).not.toBe('No Connection with that ID');
    await clock.advance(1_000);
    expect(await status()).toBe('No Connection with that ID');
  });

  it('A01: leaves no trace of its token in the log', async () => {
    const { url } = await servedAppOf([ChatHub]);
    const { connectionToken } = await negotiated(url);
    await ask('GET', `${url}/chat?id=${connectionToken}`);
    expect(JSON.stringify(log.lines)).not.toContain(connectionToken);
  });
});

describe('a request at the path of a hub', () => {
  const UNKNOWN = 'No Connection with that ID';

  it.each([
    ['GET', 'Connection ID required'],
    ['POST', 'Connection ID required'],
    ['DELETE', 'Connection ID required'],
  ])('A07: by %s needs an id', async (method, text) => {
    const { url } = await servedAppOf([ChatHub]);
    const refusal = { status: 400, body: text, headers: { 'content-type': 'text/plain' } };
    expect(await ask(method, `${url}/chat`)).toMatchObject(refusal);
    expect(await ask(method, `${url}/chat?id=`)).toMatchObject(refusal);
  });

  it.each(['GET', 'POST', 'DELETE'])('A05: by %s with an id that is nobody’s gets 404', async (method) => {
    const { url } = await servedAppOf([ChatHub]);
    expect(await ask(method, `${url}/chat?id=unknown`)).toMatchObject({
      status: 404,
      body: UNKNOWN,
      headers: { 'content-type': 'text/plain' },
    });
  });

  it.each([
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['toString', 'toString'],
    ['NUL', '%00'],
    ['a lone percent sign', '%'],
    ['half a character', '%E0%A4%A'],
    ['8 000 characters', 'x'.repeat(8_000)],
    ['two at once', 'a&id=b'],
    ['a way out', '..%2f'],
  ])('A06: with an id that is %s is refused, and the server lives', async (_, id) => {
    const { url } = await servedAppOf([ChatHub]);
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(await ask(method, `${url}/chat?id=${id}`)).toMatchObject({ status: 404, body: UNKNOWN });
    expect((await negotiate(url)).status).toBe(200);
  });

  it('A06: with an empty id is refused', async () => {
    const { url } = await servedAppOf([ChatHub]);
    expect([400, 404]).toContain((await ask('GET', `${url}/chat?id=`)).status);
  });

  it('A06: with an id that comes twice is nobody’s, though each of them is somebody’s', async () => {
    const { url } = await servedAppOf([ChatHub]);
    const [{ connectionToken: first }, { connectionToken: second }] = [await negotiated(url), await negotiated(url)];
    expect(await ask('GET', `${url}/chat?id=${first}&id=${second}`)).toMatchObject({ status: 404, body: UNKNOWN });
  });

  it('H07: with the public id instead of the token is nobody’s', async () => {
    const { url } = await servedAppOf([ChatHub]);
    const { connectionId } = await negotiated(url);
    expect(await ask('GET', `${url}/chat?id=${connectionId}`)).toMatchObject({ status: 404, body: UNKNOWN });
  });

  it('with a token of another hub is nobody’s', async () => {
    const { url } = await servedAppOf([ChatHub, NewsHub]);
    const { connectionToken } = await negotiated(url);
    expect(await ask('GET', `${url}/news/latest?id=${connectionToken}`)).toMatchObject({ status: 404, body: UNKNOWN });
  });

  it('A18: for a transport that is not served says so, and finds the id without case', async () => {
    const { url } = await servedAppOf([ChatHub], { transports: ['WebSockets'] });
    const { connectionToken } = await negotiated(url);
    expect(await ask('GET', `${url}/CHAT/?ID=${connectionToken}`)).toMatchObject({
      status: 404,
      body: 'LongPolling transport not supported by this end point type',
    });
    expect(await ask('GET', `${url}/chat?id=${connectionToken}`, { Accept: 'text/event-stream' })).toMatchObject({
      status: 404,
      body: 'ServerSentEvents transport not supported by this end point type',
    });
  });

  it.each(['PUT', 'PATCH', 'OPTIONS'])('by %s gets 405', async (method) => {
    const { url } = await servedAppOf([ChatHub]);
    const { status, headers, body } = await ask(method, `${url}/chat`);
    expect([status, headers['content-type'], body]).toEqual([405, 'text/plain', '']);
  });
});

describe('the paths of hubs', () => {
  it('come before every route of a controller, and leave the others to it', async () => {
    const { url } = await servedAppFrom({ ...moduleOf([ChatHub]), controllers: [CatchAllController] });
    expect((await ask('GET', `${url}/hello`)).body).toBe('hello');
    expect((await ask('GET', `${url}/other`)).body).toBe('caught');
    expect((await ask('POST', `${url}/other/negotiate`)).body).toBe('caught');
    expect((await ask('GET', `${url}/chat`)).body).toBe('Connection ID required');
    expect(JSON.parse((await negotiate(url)).body)).toHaveProperty('connectionId');
  });

  it('stay where they are under a global prefix', async () => {
    const { url } = await servedAppFrom({ ...moduleOf([ChatHub]), controllers: [CatchAllController] }, (app) => app.setGlobalPrefix('api'));
    expect((await negotiate(url)).status).toBe(200);
    expect((await ask('GET', `${url}/api/hello`)).body).toBe('hello');
    expect((await ask('POST', `${url}/api/chat/negotiate`)).body).toBe('caught');
  });

  it('come after what the application itself has put before them', async () => {
    const { url } = await servedAppFrom(moduleOf([ChatHub]), (app) => {
      app.enableCors({ origin: 'https://example.org', credentials: true });
      app.use((_: unknown, response: ServerResponse, next: () => void) => {
        response.setHeader('X-First', 'yes');
        next();
      });
    });
    const headers = { Origin: 'https://example.org' };
    const answer = await ask('POST', `${url}/chat/negotiate`, headers);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://example.org',
      'access-control-allow-credentials': 'true',
      'x-first': 'yes',
    });
    const preflight = await ask('OPTIONS', `${url}/chat/negotiate`, { ...headers, 'Access-Control-Request-Method': 'POST' });
    expect(preflight.status).toBe(204);
  });

  it('are found below a router that has shortened the url', async () => {
    const { url } = await servedAppFrom(moduleOf([ChatHub]), (app) => {
      app.use('/chat', (_: unknown, __: unknown, next: () => void) => next());
    });
    expect((await negotiate(url)).status).toBe(200);
  });
});
