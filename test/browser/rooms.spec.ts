// oxlint-disable jest/expect-expect -- to wait until something is seen is what most of these tests assert
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Channels } from 'nestjs-signalr';
import { createTestChannel } from 'nestjs-signalr/testing';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { AppModule } from '../../sample/03-rooms/app.module.js';
import { servePage } from '../../sample/03-rooms/page/serve-page.js';
import { AppLog } from '../support/app-log.js';
import { TcpWire } from '../support/tcp-wire.js';
import { launchBrowser, openWindow } from './launch.js';
import { RoomsVisitor, type RoomsClient } from './rooms-visitor.js';

// A browser has to start, and every test loads the page for each of its people.
jest.setTimeout(20_000);

const log = new AppLog();
let browser: Browser;
let app: NestExpressApplication;
let port: number;
/** Between the server and whom the test cuts off. */
let wire: TcpWire;
let visitors: RoomsVisitor[];
/** Windows that stay open from test to test, which is faster. Every test has another origin, and so knows nothing of the last one. */
const windows: RoomsVisitor[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  visitors = [];
  app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: log, abortOnError: false });
  servePage(app);
  await app.listen(0, '127.0.0.1');
  ({ port } = app.getHttpServer().address() as AddressInfo);
  wire = await TcpWire.to(port);
});

afterEach(async () => {
  const stillOpen = visitors.filter(({ page }) => !page.isClosed());
  await Promise.all(stillOpen.map((one) => one.goAway()));
  windows.push(...stillOpen);
  wire.close();
  await app.close();
  // oxlint-disable-next-line jest/no-standalone-expect
  expect([...log.takeErrors(), ...visitors.flatMap(({ problems }) => problems)]).toEqual([]);
});

/** Somebody whom the page asks for a name. */
async function stranger(origin = `http://127.0.0.1:${port}`): Promise<RoomsVisitor> {
  const someone = windows.pop() ?? new RoomsVisitor(await openWindow(browser));
  visitors.push(someone);
  await someone.visit(origin);
  return someone;
}

/** Somebody in the lobby. */
async function visitor(name: string, client: RoomsClient, origin?: string): Promise<RoomsVisitor> {
  const someone = await stranger(origin);
  await someone.enter(name, client);
  await someone.isIn('Lobby');
  await someone.isShown('Connected');
  return someone;
}

/** Two people in the lobby, each with another client. */
async function couple(): Promise<[RoomsVisitor, RoomsVisitor]> {
  const ada = await visitor('Ada', 'phoenix.js');
  return [ada, await visitor('Grace', 'chain')];
}

describe('two clients in one room', () => {
  test('see each other come and go, and by which client', async () => {
    const [ada, grace] = await couple();
    await ada.meets('Ada (you) phoenix.js', 'Grace chain');
    await grace.meets('Grace (you) chain', 'Ada phoenix.js');
    await ada.reads('Grace came in');
    await grace.page.getByRole('button', { name: 'Leave' }).click();
    await ada.meets('Ada (you) phoenix.js');
    await ada.reads('Grace left');
    await grace.enter('Grace', 'chain');
    await ada.meets('Ada (you) phoenix.js', 'Grace chain');
    await ada.page.getByRole('button', { name: 'Leave' }).click();
    await grace.meets('Grace (you) chain');
  });

  test('hear each other, and both see what was said before they came', async () => {
    const early = await createTestChannel(app, 'room:Lobby', { endpoint: '/socket' });
    await early.join({ name: 'Early' });
    for (let i = 1; i <= 51; i++) await early.push('say', { text: `Message ${i}.` });
    const [ada, grace] = await couple();
    await ada.say('By phoenix.js');
    await grace.reads('AdaBy phoenix.js');
    await grace.say('By chain');
    await ada.reads('GraceBy chain');
    const all = [...Array.from({ length: 50 }, (_, index) => `Message ${index + 2}.`), 'By phoenix.js', 'By chain'];
    expect(await grace.texts()).toEqual(all);
    expect(await ada.texts()).toEqual(all);
    expect(await ada.line('By phoenix.js').getAttribute('class')).toContain('own');
  });

  test('see who is typing, until it is said, or nothing more is', async () => {
    const [ada, grace] = await couple();
    await ada.page.clock.install();
    await ada.draft.pressSequentially('I');
    await grace.page.getByText('Ada is typing').waitFor();
    await ada.draft.press('Enter');
    await grace.page.getByText('Ada is typing').waitFor({ state: 'hidden' });
    await grace.draft.pressSequentially('I');
    await ada.page.getByText('Grace is typing').waitFor();
    await grace.page.getByRole('button', { name: 'Leave' }).click();
    await ada.page.getByText('Grace is typing').waitFor({ state: 'hidden' });
    await grace.enter('Grace', 'chain');
    await grace.isIn('Lobby');
    await ada.draft.pressSequentially('I');
    await grace.page.getByText('Ada is typing').waitFor();
    await ada.page.clock.fastForward(2_000);
    await grace.page.getByText('Ada is typing').waitFor({ state: 'hidden' });
    await ada.page.close();
  });

  test('see HTML as text', async () => {
    const [ada, grace] = await couple();
    const html = '<img src="/nothing" onerror="document.title = 1"><b>bold</b>';
    await ada.say(html);
    await grace.reads(html);
    expect(await grace.log.locator('img, b').count()).toBe(0);
  });

  test('go from room to room, with how many are in each', async () => {
    const [ada, grace] = await couple();
    await ada.say('For the lobby');
    await grace.goTo('Garden');
    await ada.roomButton('Garden', '1 person').waitFor();
    await ada.roomButton('Lobby', '1 person').waitFor();
    expect(await grace.texts()).toEqual([]);
    await ada.goTo('Garden');
    await grace.roomButton('Garden', '2 people').waitFor();
    await grace.goTo('Lobby');
    await grace.reads('For the lobby');
    await grace.page.reload();
    await grace.isIn('Lobby');
    await grace.reads('For the lobby');
  });

  test('are one person where they have one name', async () => {
    const [ada] = await couple();
    const again = await visitor('Grace', 'phoenix.js');
    await ada.meets('Ada (you) phoenix.js', 'Grace chain phoenix.js');
    await again.page.getByRole('button', { name: 'Leave' }).click();
    await ada.meets('Ada (you) phoenix.js', 'Grace chain');
    expect(await ada.line('Grace left').count()).toBe(0);
  });
});

describe.each<[RoomsClient]>([['phoenix.js'], ['chain']])('somebody with %s who loses the connection', (client) => {
  test('misses nothing of what was said meanwhile, and has no word of it twice', async () => {
    const ada = await visitor('Ada', client, wire.origin);
    const grace = await visitor('Grace', client === 'chain' ? 'phoenix.js' : 'chain');
    await grace.say('Before');
    await ada.reads('Before');
    await ada.draft.fill('A thought');
    wire.cut();
    await ada.isShown('Reconnecting');
    expect(await ada.draft.isDisabled()).toBe(true);
    for (const number of [1, 2, 3]) await grace.say(`Meanwhile ${number}`);
    await grace.reads('Meanwhile 3');
    wire.mend();
    await ada.reads('Connected again: nothing was missed.');
    await ada.reads('Meanwhile 3');
    expect(await ada.texts()).toEqual(['Before', 'Meanwhile 1', 'Meanwhile 2', 'Meanwhile 3']);
    expect(await ada.draft.inputValue()).toBe('A thought');
    await ada.draft.press('Enter');
    await grace.reads('AdaA thought');
    await ada.meets(`Ada (you) ${client}`, client === 'chain' ? 'Grace phoenix.js' : 'Grace chain');
    ada.forgiveOutage();
  });

  test('misses nothing either when the server has given up the session', async () => {
    const ada = await visitor('Ada', client, wire.origin);
    const grace = await visitor('Grace', client);
    await grace.say('Before');
    await ada.reads('Before');
    wire.cut();
    await ada.isShown('Reconnecting');
    await app.get(Channels).disconnect({ topic: 'room:Lobby' });
    await grace.reads('Connected again: nothing was missed.');
    await grace.say('Meanwhile');
    await grace.reads('GraceMeanwhile');
    wire.mend();
    await ada.reads('Meanwhile');
    await ada.reads('Connected again: nothing was missed.');
    expect(await ada.texts()).toEqual(['Before', 'Meanwhile']);
    for (const someone of [ada, grace]) someone.forgiveOutage();
  });
});

describe('the page of the rooms', () => {
  test('says why somebody is not let in, and lets the next name in', async () => {
    const ada = await stranger();
    await ada.enter('<Ada>', 'phoenix.js');
    await ada.page.getByText("A name is made of letters, digits, spaces and . _ ' - only.").waitFor();
    await ada.enter('  Ada ', 'chain');
    await ada.isIn('Lobby');
    await ada.meets('Ada (you) chain');
    expect(await ada.page.getByText('Only you so far.').isVisible()).toBe(true);
  });

  test('allows nothing but what comes from the same server', async () => {
    const policy = (await fetch(`http://127.0.0.1:${port}`)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  test('fits a phone', async () => {
    const ada = await visitor('Ada', 'chain');
    await ada.page.setViewportSize({ width: 360, height: 640 });
    await ada.roomButton('Workshop').waitFor();
    expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await ada.draft.isVisible()).toBe(true);
    await ada.page.close();
  });
});
