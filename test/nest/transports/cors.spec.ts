import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Hub, type SignalRModuleOptions } from 'nestjs-signalr';
import { moduleOf } from '../../support/app-of.js';
import { ask, rawSocket, type Answer } from '../../support/app-request.js';
import { platforms, servedOn } from '../../support/nest-platforms.js';

const GOOD = 'https://good.com';
const EVIL = 'https://evil.com';
const ORIGIN = 'access-control-allow-origin';
const CREDENTIALS = 'access-control-allow-credentials';
const cookie = { Cookie: 'session=1' };

type Cors = Parameters<INestApplication['enableCors']>[0];

@Hub('/chat')
class ChatHub {}

describe.each(platforms)('enableCors on %s', (platform) => {
  async function served(enabled: Cors, options: SignalRModuleOptions = {}): Promise<string> {
    const { url } = await servedOn(platform, moduleOf([ChatHub], options), (app) => app.enableCors(enabled));
    return `${url}/chat/negotiate`;
  }

  /** A browser's question, and then what it asks. */
  const asked = (url: string, Origin: string, headers: object = {}): Promise<[Answer, Answer]> =>
    Promise.all([ask('OPTIONS', url, { Origin, 'Access-Control-Request-Method': 'POST' }), ask('POST', url, { Origin, ...headers })]);

  it.each<[string, Cors]>([
    ['a list', { origin: [GOOD] }],
    ['a pattern', { origin: /good\.com$/ }],
    ['a function', { origin: (origin: string, answer: (error: null, isAllowed: boolean) => void) => answer(null, origin === GOOD) }],
  ])('decides whose pages may read where allowedOrigins does not: by %s', async (_, enabled) => {
    const url = await served(enabled);
    for (const answer of await asked(url, GOOD, cookie)) expect(answer.headers).toMatchObject({ [ORIGIN]: GOOD });
    for (const answer of await asked(url, EVIL)) expect(answer.headers).not.toHaveProperty(ORIGIN);
    expect((await ask('POST', url, { Origin: EVIL, ...cookie })).status).toBe(403);
  });

  it('names nobody where it was turned off', async () => {
    const url = await served({ origin: false });
    for (const answer of await asked(url, EVIL)) expect(answer.headers).not.toHaveProperty(ORIGIN);
  });

  it.each<[string, Cors]>([
    ['another list', { origin: [EVIL], credentials: true }],
    ['another origin', { origin: EVIL }],
    ['everybody', {}],
    ['nobody', { origin: false }],
  ])('leaves to allowedOrigins its hub, preflights as well: though it allows %s', async (_, enabled) => {
    const url = await served(enabled, { allowedOrigins: [GOOD] });
    const [preflight, answer] = await asked(url, GOOD, cookie);
    for (const { headers } of [preflight, answer]) {
      expect(headers).toMatchObject({ [ORIGIN]: GOOD, [CREDENTIALS]: 'true' });
      expect(String(headers['vary'])).toContain('Origin');
    }
    expect([preflight.status, preflight.headers['access-control-allow-methods'], answer.status]).toEqual([204, 'GET, POST, DELETE', 200]);
    for (const { status } of await asked(url, EVIL)) expect(status).toBe(403);
  });

  it('H04: offers no credentials to everybody because it offers them to somebody', async () => {
    const url = await served({ origin: [GOOD], credentials: true }, { allowedOrigins: '*' });
    for (const { headers } of await asked(url, EVIL)) {
      expect(headers).toMatchObject({ [ORIGIN]: EVIL });
      expect(headers).not.toHaveProperty(CREDENTIALS);
    }
  });

  it("answers the preflights of the application's own paths", async () => {
    const url = await served({ origin: [GOOD] }, { allowedOrigins: [EVIL] });
    const preflight = await ask('OPTIONS', url.replace('/chat/negotiate', '/page'), {
      Origin: GOOD,
      'Access-Control-Request-Method': 'PUT',
    });
    expect(preflight).toMatchObject({ status: 204, headers: { [ORIGIN]: GOOD } });
  });
});

/** As `cors` does it. */
function list(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  response.setHeader('Vary', 'Origin');
  if (request.headers.origin === GOOD) response.setHeader('Access-Control-Allow-Origin', GOOD);
  next();
}

describe('a CORS middleware of the application', () => {
  it('decides whose pages may read as enableCors would, where it has a list', async () => {
    const { url } = await servedOn('Express', moduleOf([ChatHub]), (app) => app.use(list));
    expect((await ask('POST', `${url}/chat/negotiate`, { Origin: GOOD })).headers).toMatchObject({ [ORIGIN]: GOOD });
    expect((await ask('POST', `${url}/chat/negotiate`, { Origin: EVIL })).headers).not.toHaveProperty(ORIGIN);
  });
});

describe.each(platforms)('a request that names its host on %s', (platform) => {
  it('finds the hub by the path behind it', async () => {
    const { url } = await servedOn(platform, moduleOf([ChatHub]));
    const socket = await rawSocket(url);
    socket.write('POST http://example.com/Chat/negotiate?negotiateVersion=1 HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\n\r\n');
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 OK/);
    socket.destroy();
  });
});
