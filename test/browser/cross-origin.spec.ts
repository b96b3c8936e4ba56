import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Caller, Hub, HubConnections, HubMethod, type AllowedOrigins, type HubCallerContext } from 'nestjs-signalr';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { servedAppOf, type ServedApp } from '../support/app-of.js';
import { urlOf } from '../support/nest-platforms.js';
import { launchBrowser } from './launch.js';

// A browser has to start, and every test loads pages: a limit for each test, nothing waits for it.
jest.setTimeout(20_000);

const client = readFileSync(createRequire(import.meta.url).resolve('@microsoft/signalr/dist/browser/signalr.min.js'));
const transports = ['WebSockets', 'ServerSentEvents', 'LongPolling'] as const;
type Transport = (typeof transports)[number];

/** Two servers of pages, which are neither the hub's nor each other's origin. */
const servers: Server[] = [];
let browser: Browser;
let context: BrowserContext;
let page: Page;

/** What a page runs: gets an answer from the hub, or says that it could not. */
async function visit([hub, transport]: [string, Transport]): Promise<unknown> {
  // oxlint-disable-next-line typescript/no-explicit-any -- this runs in the browser, where the client is a global
  const { HubConnectionBuilder, HttpTransportType, LogLevel } = (globalThis as any).signalR;
  const connection = new HubConnectionBuilder().withUrl(hub, HttpTransportType[transport]).configureLogging(LogLevel.None).build();
  try {
    await connection.start();
    return await connection.invoke('look');
  } catch {
    return 'refused';
  } finally {
    await connection.stop();
  }
}

/** Goes to a page of one of the two servers, and lets it connect from there. */
async function connect(from: Server, { url }: ServedApp, transport: Transport): Promise<unknown> {
  await page.goto(urlOf(from));
  return page.evaluate(visit, [`${url}/chat`, transport] as [string, Transport]);
}

/** A hub that tells each page how it came, and with which cookie. */
async function served(allowedOrigins?: AllowedOrigins): Promise<ServedApp & { connected: jest.Mock }> {
  const connected = jest.fn();

  @Hub('/chat', { allowedOrigins })
  class ChatHub {
    onConnected() {
      connected();
    }

    @HubMethod()
    look(@Caller() { transport, headers }: HubCallerContext) {
      return [transport, headers.origin, headers.cookie ?? null];
    }
  }

  return { ...(await servedAppOf([ChatHub])), connected };
}

beforeAll(async () => {
  for (let count = 0; count < 2; count++) {
    const server = createServer(({ url }, response) =>
      response.end(url === '/signalr.js' ? client : '<script src="/signalr.js"></script>'),
    );
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
  }
  browser = await launchBrowser();
  context = await browser.newContext();
  page = await context.newPage();
});

afterAll(async () => {
  await browser.close();
  for (const server of servers) server.close();
});

afterEach(async () => {
  await context.clearCookies();
});

/** Signs the browser in: from now on it sends a cookie to the hub, whoever's page asks it to. */
const signIn = (url: string): Promise<void> => context.addCookies([{ name: 'session', value: '1', url }]);

describe.each(transports)('over %s', (transport) => {
  test('a page of an origin on the list connects, with its cookie, and no other page does', async () => {
    const [friend, stranger] = servers;
    const app = await served([urlOf(friend)]);
    await signIn(app.url);
    expect(await connect(friend, app, transport)).toEqual([transport, urlOf(friend), 'session=1']);
    expect(await connect(stranger, app, transport)).toBe('refused');
    expect(app.connected).toHaveBeenCalledTimes(1);
  });

  test('without a list any page connects until the browser has a cookie for the hub, and then none of another origin', async () => {
    const app = await served();
    expect(await connect(servers[0], app, transport)).toEqual([transport, urlOf(servers[0]), null]);
    await signIn(app.url);
    expect(await connect(servers[0], app, transport)).toBe('refused');
    expect(app.connected).toHaveBeenCalledTimes(1);
    expect(await app.app.get(HubConnections).count()).toBe(0);
  });
});

test('a page that skips the negotiation is refused by the upgrade itself', async () => {
  const [friend, stranger] = servers;
  const app = await served([urlOf(friend)]);
  const open = async (from: Server): Promise<string> => {
    await page.goto(urlOf(from));
    return page.evaluate(async (hub) => {
      const socket = new WebSocket(hub.replace(/^http/, 'ws'));
      return new Promise((resolve) => ['open', 'error'].forEach((name) => socket.addEventListener(name, () => resolve(name))));
    }, `${app.url}/chat`);
  };
  expect([await open(friend), await open(stranger)]).toEqual(['open', 'error']);
});
