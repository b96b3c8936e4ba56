import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Hub, type HubOptions, type SignalRModuleOptions } from 'nestjs-signalr';
import { log, moduleOf } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { HubRequests, type Answered } from '../../support/hub-requests.js';
import { doors, knock } from '../../support/nest-knock.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';

const GOOD = 'https://good.com';
const EVIL = 'https://evil.com';
const cookie = { Cookie: 'session=1' };

async function served(platform: Platform, options: SignalRModuleOptions = {}, prepare?: (app: INestApplication) => unknown) {
  @Hub('/chat')
  class ChatHub {}
  const { url } = await servedOn(platform, moduleOf([ChatHub], options), prepare);
  return { url, hub: `${url}/chat` };
}

/** What each door says to a page. */
async function statuses(hub: string, headers: Record<string, string>): Promise<number[]> {
  return Promise.all(doors.map(async (door) => (await knock(door, hub, headers)).status));
}

const open = [200, 101];
const shut = [403, 403];

describe.each(platforms)('H01: without allowedOrigins on %s', (platform) => {
  it('a foreign page whose browser sends a cookie, or signs in by itself, gets 403', async () => {
    const { hub } = await served(platform);
    for (const credentials of [cookie, { Authorization: 'Basic YTpi' }])
      expect(await statuses(hub, { Origin: EVIL, ...credentials })).toEqual(shut);
  });

  it('a page of the same host may come with a cookie, and any page without one', async () => {
    const { url, hub } = await served(platform);
    expect(await statuses(hub, { Origin: url, ...cookie })).toEqual(open);
    for (const headers of [{ Origin: EVIL }, { Origin: EVIL, Authorization: 'Bearer x' }, { Origin: 'null' }])
      expect(await statuses(hub, headers as Record<string, string>)).toEqual(open);
  });

  it('whoever is no page may come, with and without a cookie', async () => {
    const { hub } = await served(platform);
    expect(await statuses(hub, cookie)).toEqual(open);
    expect(await statuses(hub, {})).toEqual(open);
  });

  it('H02: another port, another scheme, no origin at all and what only looks like the host are not the same host', async () => {
    const { url, hub } = await served(platform);
    const { hostname, port } = new URL(url);
    const others = [
      `http://${hostname}:1`,
      `http://${hostname}`,
      `https://${hostname}`,
      'null',
      '',
      `${url}.evil.com`,
      `${url}@evil.com`,
      `${url}/`,
    ];
    for (const Origin of others) expect(await statuses(hub, { Origin, ...cookie })).toEqual(shut);
    expect(await statuses(hub, { Origin: 'https://good.com', Host: 'good.com:443', ...cookie })).toEqual(open);
    expect(await statuses(hub, { Origin: `http://LOCALHOST:${port}`, Host: `localhost:${port}`, ...cookie })).toEqual(open);
  });
});

describe('H01: allowedOrigins', () => {
  it.each<[string, HubOptions['allowedOrigins'], string[], string[]]>([
    ['exactly', GOOD, [GOOD], [EVIL]],
    ['by a list', [GOOD, 'http://localhost:4200'], [GOOD, 'http://localhost:4200'], [EVIL, 'http://localhost:4201']],
    [
      'all subdomains',
      'https://*.good.com',
      ['https://a.good.com', 'https://a.b.good.com'],
      [GOOD, 'https://evilgood.com', 'http://a.good.com'],
    ],
    ['by a pattern', /^https:\/\/\w+\.good\.com$/g, ['https://a.good.com', 'https://b.good.com'], [GOOD, EVIL]],
    ['by a function', (origin) => origin.endsWith('good.com'), [GOOD], [EVIL]],
    ['everybody', '*', [GOOD, EVIL, 'null', 'nonsense'], []],
    ['nobody', [], [], [GOOD, 'null']],
    ['apps', 'capacitor://localhost', ['capacitor://localhost'], ['capacitor://evil', 'http://localhost']],
  ])('allows %s', async (_, allowedOrigins, good, bad) => {
    const { hub } = await served('Express', { allowedOrigins });
    for (const Origin of good) expect(await statuses(hub, { Origin, ...cookie })).toEqual(open);
    for (const Origin of bad) expect(await statuses(hub, { Origin })).toEqual(shut);
    expect(await statuses(hub, cookie)).toEqual(open);
  });

  it('H02: is not fooled by what only looks like an origin of the list', async () => {
    const { hub } = await served('Express', { allowedOrigins: [GOOD, 'https://*.good.com'] });
    const fakes = [
      'null',
      '',
      'good.com',
      'https://good.com.evil.com',
      'https://evilgood.com',
      'https://good.com:444',
      'http://good.com',
      'https://good.com@evil.com',
      'https://user@good.com',
      'https://good.com/',
      'https://good.com/path',
      'https://good.com?x',
      'https://good.com#x',
      'https://good.com\\evil.com',
      'https://good.com, https://evil.com',
      'https://evil.com https://good.com',
      'https://good.com.',
      'https://xn--good-.com',
      'javascript://good.com',
    ];
    for (const Origin of fakes) expect([Origin, await statuses(hub, { Origin })]).toEqual([Origin, shut]);
  });

  it.each([
    ['HTTPS://GOOD.COM', GOOD],
    [GOOD, 'HTTPS://Good.Com'],
    ['https://good.com:443', GOOD],
    [GOOD, 'https://good.com:443'],
    ['https://xn--mnchen-3ya.de', 'https://münchen.de'],
  ])('H02: takes %j for %j', async (Origin, allowedOrigins) => {
    const { hub } = await served('Express', { allowedOrigins });
    expect(await statuses(hub, { Origin })).toEqual(open);
  });

  it('asks a function with the origin as browsers write it, and the request', async () => {
    const seen: unknown[] = [];
    const { hub } = await served('Express', { allowedOrigins: (origin, { headers }) => seen.push([origin, headers['x-tenant']]) > 0 });
    await statuses(hub, { Origin: 'HTTPS://Good.com:443', 'X-Tenant': 'a' });
    expect(seen).toEqual([
      [GOOD, 'a'],
      [GOOD, 'a'],
    ]);
  });

  it.each<[string, (origin: unknown) => unknown, string[]]>([
    ['throws', (origin) => { throw new Error(`no database for ${String(origin)}`); }, [GOOD, 'null'].map((origin) => `ChatHub: asking allowedOrigins failed: no database for ${origin}`)], // prettier-ignore
    ['returns a promise', () => Promise.resolve(true), []],
    ['returns what is only like true', () => 1, []],
  ])('takes a function that %s for a no', async (_, allowedOrigins, errors) => {
    const { hub } = await served('Express', { allowedOrigins: allowedOrigins as () => boolean });
    for (const [index, origin] of [GOOD, 'null'].entries()) expect((await knock(doors[index], hub, { Origin: origin })).status).toBe(403);
    expect(log.takeErrors()).toEqual(errors);
  });

  it('H03: of one hub is not that of another', async () => {
    @Hub('/a', { allowedOrigins: GOOD })
    class AHub {}
    @Hub('/b', { allowedOrigins: [EVIL] })
    class BHub {}
    @Hub('/c')
    class CHub {}
    const { url } = await servedOn('Express', moduleOf([AHub, BHub, CHub], { allowedOrigins: 'https://other.com' }));
    for (let round = 0; round < 2; round++) {
      expect(await statuses(`${url}/a`, { Origin: GOOD })).toEqual(open);
      expect(await statuses(`${url}/b`, { Origin: GOOD })).toEqual(shut);
      expect(await statuses(`${url}/c`, { Origin: GOOD })).toEqual(shut);
      expect(await statuses(`${url}/b`, { Origin: EVIL })).toEqual(open);
      expect(await statuses(`${url}/c`, { Origin: 'https://other.com' })).toEqual(open);
    }
  });

  it.each<[unknown]>([['good.com'], ['https://good.com/path'], ['https://*'], ['https://a.*.com'], [['*', 5]], [null], [true], ['null']])(
    'may not be %j',
    async (allowedOrigins) => {
      await expect(served('Express', { allowedOrigins } as SignalRModuleOptions)).rejects.toThrow(
        /^The option 'allowedOrigins' in the options of SignalRModule (is|contains) .*\. It has to be '\*', an origin such as 'https:\/\/example\.com'/,
      );
    },
  );
});

const ORIGIN = 'access-control-allow-origin';
const CREDENTIALS = 'access-control-allow-credentials';

describe.each(platforms)('H04: CORS on %s', (platform) => {
  it('names the origin of a listed page, and says that answers vary, on every request of a hub', async () => {
    const { hub } = await served(platform, { allowedOrigins: [GOOD] });
    const client = await HubRequests.negotiated(hub, { Origin: GOOD });
    const allowed = { [ORIGIN]: GOOD, [CREDENTIALS]: 'true', vary: 'Origin' };
    expect((await ask('POST', `${hub}/negotiate`, { Origin: GOOD })).headers).toMatchObject(allowed);
    expect((await client.poll()).headers).toMatchObject(allowed);
    expect((await client.post('')).headers).toMatchObject(allowed);
    expect((await client.delete()).headers).toMatchObject(allowed);
    expect(await client.poll()).toMatchObject({ status: 404, headers: allowed });
    const other = await HubRequests.negotiated(hub, { Origin: GOOD });
    expect((await other.listen()).response.headers).toMatchObject(allowed);
  });

  it('names nobody to a page that is not listed, nor to whom is no page', async () => {
    const { hub } = await served(platform, { allowedOrigins: [GOOD] });
    for (const headers of [{ Origin: EVIL }, {}] as Record<string, string>[]) {
      const answer = await ask('POST', `${hub}/negotiate`, headers);
      expect(answer.headers).not.toHaveProperty(ORIGIN);
      expect(answer.headers).not.toHaveProperty(CREDENTIALS);
      expect(answer.headers['vary']).toBe('Origin');
    }
  });

  it('never offers credentials to everybody', async () => {
    const { hub } = await served(platform, { allowedOrigins: '*' });
    const { headers } = await ask('POST', `${hub}/negotiate`, { Origin: EVIL });
    expect(headers).toMatchObject({ [ORIGIN]: EVIL, vary: 'Origin' });
    expect(headers).not.toHaveProperty(CREDENTIALS);
  });

  it('answers a preflight before any guard is asked', async () => {
    const { hub } = await served(platform, { allowedOrigins: [GOOD], connectGuards: [{ canActivate: () => false }] });
    const preflight = {
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-requested-with,x-signalr-user-agent',
    };
    for (const url of [`${hub}/negotiate?negotiateVersion=1`, `${hub}?id=x`]) {
      expect(await ask('OPTIONS', url, { Origin: GOOD, ...preflight })).toMatchObject({
        status: 204,
        body: '',
        headers: {
          [ORIGIN]: GOOD,
          [CREDENTIALS]: 'true',
          'access-control-allow-methods': 'GET, POST, DELETE',
          'access-control-allow-headers': 'x-requested-with,x-signalr-user-agent',
          'access-control-max-age': '600',
          vary: 'Origin, Access-Control-Request-Headers',
        },
      });
      expect(await ask('OPTIONS', url, { Origin: EVIL, ...preflight })).toMatchObject({ status: 403 });
    }
  });

  it('leaves to enableCors what that has decided', async () => {
    const { hub } = await served(platform, {}, (app) => app.enableCors({ origin: [GOOD], credentials: true }));
    expect(await ask('POST', `${hub}/negotiate`, { Origin: GOOD, ...cookie })).toMatchObject({
      status: 200,
      headers: { [ORIGIN]: GOOD, [CREDENTIALS]: 'true' },
    });
    const other = await ask('POST', `${hub}/negotiate`, { Origin: EVIL });
    expect(other.headers).not.toHaveProperty(ORIGIN);
    expect((await ask('POST', `${hub}/negotiate`, { Origin: EVIL, ...cookie })).status).toBe(403);
  });
});

/** The answer; an event stream that is granted is cut. */
async function statusOf(asked: ClientRequest): Promise<Answered> {
  const [response] = (await once(asked.end(), 'response')) as [IncomingMessage];
  if (response.statusCode === 200) response.destroy();
  const body = response.statusCode === 200 ? '' : Buffer.concat((await response.toArray()) as Buffer[]).toString();
  return { status: response.statusCode as number, headers: response.headers, body };
}

describe('A18: the option transports', () => {
  it.each<[HubOptions['transports'], string[]]>([
    [['WebSockets'], ['WebSockets']],
    [
      ['LongPolling', 'ServerSentEvents'],
      ['ServerSentEvents', 'LongPolling'],
    ],
    [undefined, ['WebSockets', 'ServerSentEvents', 'LongPolling']],
  ])('is honoured in negotiations and in requests: %j', async (transports, offered) => {
    const { hub } = await served('Express', { transports });
    const { body } = await knock('negotiation', hub);
    const { availableTransports } = body as { availableTransports: { transport: string }[] };
    expect(availableTransports.map(({ transport }) => transport)).toEqual(offered);
    const client = await HubRequests.negotiated(hub);
    const bodies = [
      await knock('upgrade', hub),
      await statusOf(client.begin('GET', { Accept: 'text/event-stream' })),
      await (await HubRequests.negotiated(hub)).poll(),
    ].filter(({ status }) => status === 404);
    const refused = ['WebSockets', 'ServerSentEvents', 'LongPolling'].filter((name) => !offered.includes(name));
    expect(bodies.map((refusal) => refusal.body)).toEqual(refused.map((name) => `${name} transport not supported by this end point type`));
    const second = await HubRequests.negotiated(hub);
    expect((await knock('upgrade', hub, {}, new URL(second.url).search.slice(1))).status).toBe(offered.includes('WebSockets') ? 101 : 404);
  });

  it.each<[unknown]>([[[]], [['WebSocket']], ['WebSockets'], [['LongPolling', 1]], [null]])('may not be %j', async (transports) => {
    await expect(served('Express', { transports } as SignalRModuleOptions)).rejects.toThrow(
      /It has to be a list of one or more of 'WebSockets', 'ServerSentEvents', 'LongPolling'\.$/,
    );
  });
});
