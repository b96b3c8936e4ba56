import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get, Header, type INestApplication } from '@nestjs/common';
import { chain, Channel, Channels, ChannelSocket, HandleIn, Join, Leave, Socket } from 'nestjs-signalr';
import type { ChainChannel, ChainSocket } from 'nestjs-signalr/browser';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { moduleOf, servedAppFrom } from '../support/app-of.js';
import { launchBrowser } from './launch.js';

// A browser has to start.
jest.setTimeout(20_000);

/** What happened to sockets, in its order. */
let happened: string[];

@Channel('room:*')
class RoomChannel {
  @Join()
  join(_: unknown, @Socket() socket: ChannelSocket) {
    happened.push(`join ${socket.topic}`);
    return { room: socket.subtopic };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket) {
    happened.push(`leave ${socket.topic}`);
  }

  @HandleIn('say')
  async say(payload: unknown, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', payload);
    return { ok: true };
  }
}

@Controller()
class PageController {
  @Get()
  @Header('Content-Type', 'text/html')
  page() {
    return '<!doctype html><title>Chain</title>';
  }
}

/** What a page keeps for the test. */
interface Kept {
  socket: ChainSocket;
  room: ChainChannel;
  said: string[];
  /** Settles when the connection is lost. */
  lost: Promise<unknown>;
}

declare const kept: Kept;

let browser: Browser;
let context: BrowserContext;
let app: INestApplication;
let url: string;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  happened = [];
  const dialect = chain({ cookie: { secrets: ['a secret of the test'] } });
  const metadata = { ...moduleOf([RoomChannel], { channels: [{ path: '/chain', dialect }] }), controllers: [PageController] };
  ({ app, url } = await servedAppFrom(metadata));
  context = await browser.newContext();
});

afterEach(async () => {
  await context.close();
});

/** A tab that is in the room. */
async function tab(page?: Page): Promise<Page> {
  const shown = page ?? (await context.newPage());
  await shown.goto(url);
  await shown.evaluate(async () => {
    const script = '/chain.js';
    const { Socket: PageSocket } = (await import(script)) as { Socket: typeof ChainSocket };
    const socket = new PageSocket({ endpoint: '/chain' });
    const said: string[] = [];
    const room = socket.channel('room:1').on('said', ({ text }: { text: string }) => said.push(text));
    await new Promise((resolve) => room.on('join:ok', resolve).join());
    Object.assign(globalThis, { kept: { socket, room, said } });
  });
  return shown;
}

const says = (page: Page, text: string): Promise<unknown> =>
  page.evaluate((body) => new Promise((resolve) => kept.room.push('say', { text: body }).on('ok', resolve).on('error', resolve)), text);

const hears = async (page: Page, ...texts: string[]): Promise<void> => {
  await page.waitForFunction((count) => kept.said.length >= count, texts.length);
  expect(await page.evaluate(() => kept.said)).toEqual(texts);
};

describe('The script that browsers are served', () => {
  test('joins, pushes, and hears what other tabs say', async () => {
    const [ada, eve] = await Promise.all([tab(), tab()]);
    expect(await says(ada, 'Hello')).toEqual({ ok: true });
    await hears(ada, 'Hello');
    await hears(eve, 'Hello');
  });

  test('is known by a cookie that no script can read', async () => {
    const page = await tab();
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(await context.cookies(`${url}/chain/sse`)).toMatchObject([{ httpOnly: true, sameSite: 'Lax', path: '/chain/sse' }]);
  });

  test('misses nothing when the connection is lost, and stays in its topics', async () => {
    const page = await tab();
    await says(page, 'a');
    await page.evaluate(() => {
      kept.lost = new Promise((resolve) => kept.socket.on('error', resolve));
    });
    app.getHttpServer().closeAllConnections();
    await page.evaluate(() => kept.lost.then(() => undefined));
    for (const text of ['b', 'c']) await app.get(Channels).broadcast('room:1', 'said', { text });
    expect(await says(page, 'd')).toEqual({ ok: true });
    await hears(page, 'a', 'b', 'c', 'd');
    expect(happened).toEqual(['join room:1']);
  });

  test('begins again when the page is loaded again', async () => {
    const page = await tab();
    await tab(page);
    await says(page, 'again');
    await hears(page, 'again');
    expect(happened).toEqual(['join room:1', 'leave room:1', 'join room:1']);
  });

  test('has a session of its own in a copy of a tab, whose name the copy has as well', async () => {
    const ada = await tab();
    const sid = await ada.evaluate(() => sessionStorage.getItem('chain:sid'));
    const copy = await context.newPage();
    await copy.addInitScript((name) => sessionStorage.setItem('chain:sid', name ?? ''), sid);
    await tab(copy);
    await ada.waitForFunction((name) => sessionStorage.getItem('chain:sid') !== name, sid);
    expect(await says(ada, 'one')).toEqual({ ok: true });
    expect(await says(copy, 'two')).toEqual({ ok: true });
    await hears(copy, 'one', 'two');
  });
});

describe('A browser without that script', () => {
  test('reads the stream by EventSource, which comes back by itself where it was', async () => {
    const page = await context.newPage();
    await page.goto(url);
    await page.evaluate(async () => {
      const said: string[] = [];
      const path = '/chain/sse?sid=tab';
      const source = new EventSource(path);
      const joined = new Promise<void>((resolve) => {
        source.addEventListener('message', ({ data }) => {
          const frame = JSON.parse(data as string) as unknown[];
          if (frame[0] === 1) resolve();
          else said.push((frame[3] as { text: string }).text);
        });
      });
      await new Promise((resolve) => source.addEventListener('open', resolve));
      await fetch(path, { method: 'POST', body: '[0,1,1,"room:1","_join",{}]' });
      await joined;
      Object.assign(globalThis, { kept: { said } });
    });
    await app.get(Channels).broadcast('room:1', 'said', { text: 'a' });
    await hears(page, 'a');
    app.getHttpServer().closeAllConnections();
    await app.get(Channels).broadcast('room:1', 'said', { text: 'b' });
    await hears(page, 'a', 'b');
    expect(happened).toEqual(['join room:1']);
  });
});
