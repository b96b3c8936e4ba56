// oxlint-disable jest/expect-expect -- to wait until something is seen is what most of these tests assert
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { HubConnections } from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { AppModule } from '../../sample/01-chat/app.module.js';
import type { Author } from '../../sample/01-chat/chat/chat.client.js';
import { ChatHub } from '../../sample/01-chat/chat/chat.hub.js';
import { servePage } from '../../sample/01-chat/page/serve-page.js';
import { AppLog } from '../support/app-log.js';
import { ChatVisitor } from './chat-visitor.js';
import { launchBrowser, openWindow } from './launch.js';

// All of it takes more than ten seconds: a browser has to start, and every test loads the page for each of its people.
jest.setTimeout(20_000);

const log = new AppLog();
/** By which the chat knows somebody who has no page. */
const key = 'a key of the test';
let browser: Browser;
let app: NestExpressApplication;
/** Another one for every test, so that nothing a page has stored is there in the next. */
let origin: string;
let visitors: ChatVisitor[];
/** Windows that stay open from test to test, which is faster. */
const windows: ChatVisitor[] = [];

async function start(port: number): Promise<void> {
  app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: log, abortOnError: false });
  servePage(app);
  await app.listen(port, '127.0.0.1');
}

/** Somebody whom the page asks for a name. */
async function stranger(): Promise<ChatVisitor> {
  const visitor = windows.pop() ?? new ChatVisitor(await openWindow(browser));
  visitors.push(visitor);
  await visitor.visit(origin);
  return visitor;
}

/** People in the lobby, who came in this order. */
async function people<N extends string[]>(...names: N): Promise<{ [I in keyof N]: ChatVisitor }> {
  const strangers = await Promise.all(names.map(() => stranger()));
  for (const [index, visitor] of strangers.entries()) {
    await visitor.enter(names[index]);
  }
  return strangers as never;
}

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  visitors = [];
  await start(0);
  origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});

afterEach(async () => {
  const stillOpen = visitors.filter(({ page }) => !page.isClosed());
  await Promise.all(stillOpen.map((visitor) => visitor.goAway()));
  windows.push(...stillOpen);
  await app.close();
  // oxlint-disable-next-line jest/no-standalone-expect
  expect([...log.takeErrors(), ...visitors.flatMap(({ problems }) => problems)]).toEqual([]);
});

describe('names', () => {
  test('are asked for, and shown to the others', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await ada.meets('Ada', 'Grace');
    await grace.meets('Grace', 'Ada');
    await ada.reads('Grace joined');
  });

  test('are refused with a sentence when they are taken, whatever the case of their letters', async () => {
    await people('Ada');
    const second = await stranger();
    await second.introduce('  aDA ');
    await second.dialog.getByText('Somebody here is called Ada already. Please choose another name.').waitFor();
    await second.introduce('Grace');
    await second.meets('Grace', 'Ada');
  });

  test('can be chosen later: Escape leaves the question, and a room brings it back', async () => {
    const ada = await stranger();
    await ada.page.keyboard.press('Escape');
    await ada.page.getByText('Nobody knows you yet').waitFor();
    await ada.page.getByRole('button', { name: 'Lobby' }).click();
    await ada.introduce('Ada');
    await ada.isIn('Lobby');
  });

  test('can be changed, which the room is told', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await grace.page.getByRole('button', { name: 'Change name' }).click();
    await grace.introduce('Amazing Grace');
    await ada.reads('Grace is now Amazing Grace');
    await ada.meets('Ada', 'Amazing Grace');
    await grace.meets('Amazing Grace', 'Ada');
  });

  test('outlast a reload of the page, as the room does', async () => {
    const [ada] = await people('Ada');
    await ada.createRoom('Engine room');
    await ada.isIn('Engine room');
    await ada.page.reload();
    await ada.isIn('Engine room');
    await ada.meets('Ada');
  });

  test('go over to a copy of the window, and the first one is told, and can have them back', async () => {
    const [ada] = await people('Ada');
    const copy = await stranger();
    const stored = await ada.page.evaluate(() => Object.entries(sessionStorage));
    await copy.page.evaluate((entries) => entries.forEach(([item, value]) => sessionStorage.setItem(item, value)), stored);
    await copy.page.evaluate(() => localStorage.setItem('chat.name', 'Ada'));
    await copy.page.reload();
    await copy.meets('Ada');
    await ada.isShown('In another window');
    await ada.page.getByText('Moved to another window.').waitFor();
    await ada.page.getByRole('button', { name: 'Use it here' }).click();
    await ada.meets('Ada');
    await copy.isShown('In another window');
  });
});

describe('messages', () => {
  test('reach the others with author, time and lines, and stand apart for who wrote them', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await ada.draft.fill('Has anybody');
    await ada.draft.press('Shift+Enter');
    await ada.draft.pressSequentially('seen a moth?');
    await ada.draft.press('Enter');
    await grace.reads('AdaHas anybody\nseen a moth?');
    expect(await grace.line('moth').getByRole('time').getAttribute('datetime')).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(await grace.line('moth').getAttribute('class')).not.toContain('own');
    expect(await ada.line('moth').getAttribute('class')).toContain('own');
    expect(await ada.draft.inputValue()).toBe('');
  });

  test("stay one's own under another name, and nobody else's under the old one", async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await ada.say('I am Ada');
    await ada.page.getByRole('button', { name: 'Change name' }).click();
    await ada.introduce('Countess');
    await ada.meets('Countess', 'Grace');
    await grace.page.getByRole('button', { name: 'Change name' }).click();
    await grace.introduce('Ada');
    await ada.meets('Countess', 'Ada');
    await Promise.all([ada.page.reload(), grace.page.reload()]);
    await Promise.all([ada.reads('AdaI am Ada'), grace.reads('AdaI am Ada')]);
    expect(await ada.line('I am Ada').getAttribute('class')).toContain('own');
    expect(await grace.line('I am Ada').getAttribute('class')).not.toContain('own');
  });

  test('belong to the key that their author came with, which nobody else can have or change', async () => {
    const [ada, grace] = [await createTestClient(app, ChatHub), await createTestClient(app, ChatHub)];
    const before = await ada.invoke<Author>('introduce', 'Ada', key);
    await expect(grace.invoke('introduce', 'Grace', 'short')).rejects.toThrow('A key has 16 to 100 characters.');
    await expect(grace.invoke('introduce', 'Grace', null)).rejects.toThrow('A key has 16 to 100 characters.');
    await expect(ada.invoke('introduce', 'Ada', `${key} alike`)).rejects.toThrow('This is not the key of this page.');
    expect(await ada.invoke('introduce', 'Countess', key)).toEqual({ id: before.id, name: 'Countess' });
    expect(await grace.invoke('introduce', 'Ada', `${key} alike`)).not.toMatchObject({ id: before.id });
    await Promise.all([ada.close(), grace.close()]);
  });

  test('have links for the addresses in them, and only for those of the web', async () => {
    const [ada] = await people('Ada');
    await ada.say(
      'See (https://example.com/a_(b)?c=1&d), http://x.example! But javascript:alert(1), ftp://x.example, https://[ and <https://y.example>',
    );
    await ada.reads('See (https://example.com/a_(b)?c=1&d), http://x.example! But javascript:alert(1)');
    const links = await ada.log.getByRole('link').evaluateAll((all) => all.map((link) => link.outerHTML));
    const attributes = 'target="_blank" rel="noopener noreferrer"';
    expect(links).toEqual([
      `<a href="https://example.com/a_(b)?c=1&amp;d" ${attributes}>https://example.com/a_(b)?c=1&amp;d</a>`,
      `<a href="http://x.example" ${attributes}>http://x.example</a>`,
      `<a href="https://y.example" ${attributes}>https://y.example</a>`,
    ]);
  });

  test('stay text when there is HTML in them', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    const html = '<img src="/nothing" onerror="document.title = 1"><b>bold</b><script>document.title = 2</script>';
    await ada.say(html);
    await grace.reads(html);
    expect(await grace.log.locator('img, b, script').count()).toBe(0);
    expect(await grace.page.title()).toBe('Lobby');
  });

  test('from before are shown to who comes late, the last 50 of them', async () => {
    const early = await createTestClient(app, ChatHub);
    await early.invoke('introduce', 'Early', key);
    await early.invoke('join', 'Lobby');
    for (let i = 1; i <= 51; i++) await early.invoke('say', `Message ${i}.`);
    const [late] = await people('Late');
    await late.reads('Message 51.');
    expect(await late.line('Message').count()).toBe(50);
    expect(await late.line('Message 1.').count()).toBe(0);
    await early.close();
    await late.reads('Early left');
  });

  test('are announced while they are written, until they come or nothing does', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await grace.page.clock.install();
    const announcement = grace.page.getByText('Ada is typing');
    await ada.draft.pressSequentially('I');
    await announcement.waitFor();
    await ada.draft.press('Enter');
    await grace.reads('AdaI');
    expect(await announcement.count()).toBe(0);
    await ada.draft.pressSequentially('I');
    await announcement.waitFor();
    await grace.page.clock.fastForward(2_500);
    expect(await announcement.count()).toBe(0);
    await grace.page.close();
  });
});

describe('rooms', () => {
  test('are listed with how many are in each', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await grace.createRoom('Engine room');
    await ada.page.getByRole('button', { name: 'Engine room 1 person' }).waitFor();
    await ada.page.getByRole('button', { name: 'Lobby 1 person' }).waitFor();
    await ada.join('Engine room');
    await grace.page.getByRole('button', { name: 'Engine room 2 people' }).waitFor();
  });

  test('are apart from each other', async () => {
    const [ada, grace, alan] = await people('Ada', 'Grace', 'Alan');
    await alan.createRoom('Engine room');
    await ada.reads('Alan left');
    await ada.say('For the lobby');
    await grace.reads('For the lobby');
    await alan.say('For the engine room');
    await alan.reads('For the engine room');
    expect(await alan.line('For the lobby').count()).toBe(0);
    await grace.join('Engine room');
    await grace.reads('For the engine room');
    expect(await ada.line('For the engine room').count()).toBe(0);
    expect(await grace.line('For the lobby').count()).toBe(0);
  });

  test('are left by who says so and by who closes the window, and the others see it', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await grace.page.getByRole('button', { name: 'Leave' }).click();
    await grace.page.getByText('You are in no room').waitFor();
    await ada.reads('Grace left');
    await ada.meets('Ada');
    await grace.page.getByRole('button', { name: 'Join the lobby' }).click();
    await ada.meets('Ada', 'Grace');
    await grace.page.close();
    await ada.meets('Ada');
    expect(await ada.line('Grace left').count()).toBe(2);
  });

  test('are refused with a sentence when their name cannot be', async () => {
    const [ada] = await people('Ada');
    await ada.createRoom('<b>');
    await ada.page.getByText("A room name is made of letters, digits, spaces and . _ ' - only.").waitFor();
    await ada.isIn('Lobby');
  });
});

describe('the connection', () => {
  test('comes back by itself when the server cuts it, to the same room and draft', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await ada.createRoom('Engine room');
    await grace.join('Engine room');
    await grace.say('Before');
    await ada.reads('Before');
    await ada.draft.fill('A thought that is not');
    const shown = await ada.watchStatus();
    expect(await app.get(HubConnections).disconnect({ group: 'Engine room' }, { allowReconnect: true })).toBe(2);
    await ada.reads('Connected again. You are back in Engine room.');
    expect(await shown()).toEqual(['Reconnecting', 'Connected']);
    await ada.meets('Ada', 'Grace');
    expect(await ada.line('Before').count()).toBe(1);
    expect(await ada.draft.inputValue()).toBe('A thought that is not');
    await ada.draft.pressSequentially(' finished');
    await ada.draft.press('Enter');
    await grace.reads('A thought that is not finished');
  });

  test('comes back by itself when the server was restarted', async () => {
    const [ada, grace] = await people('Ada', 'Grace');
    await grace.say('Before');
    await ada.reads('Before');
    await ada.draft.fill('A thought');
    await app.close();
    await Promise.all([ada.isShown('Reconnecting'), grace.isShown('Reconnecting')]);
    expect(await ada.draft.isDisabled()).toBe(true);
    await ada.page.getByText('The connection was interrupted. What you have typed is kept.').waitFor();
    await start(Number(new URL(origin).port));
    await ada.reads('Connected again. You are back in Lobby.');
    await Promise.all([ada.meets('Ada', 'Grace'), grace.meets('Grace', 'Ada')]);
    await ada.reads('Before');
    expect(await ada.draft.inputValue()).toBe('A thought');
    await ada.draft.press('Enter');
    await grace.reads('AdaA thought');
    [ada, grace].forEach((visitor) => visitor.forgiveOutage());
  });

  test('that the server ends for good can be made again by hand', async () => {
    const [ada] = await people('Ada');
    await app.get(HubConnections).disconnect({ group: 'Lobby' }, { reason: 'The lobby is closed for an hour.' });
    await ada.isShown('Connection lost');
    await ada.page.getByText('The lobby is closed for an hour.').waitFor();
    await ada.page.getByRole('button', { name: 'Try again' }).click();
    await ada.reads('Connected again. You are back in Lobby.');
    await ada.meets('Ada');
  });
});

describe('the page', () => {
  test('allows nothing but what comes from the same server', async () => {
    const response = await fetch(origin);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  test('fits a phone: the rooms are a drawer, which Escape closes', async () => {
    const [ada] = await people('Ada');
    await ada.page.setViewportSize({ width: 360, height: 640 });
    const newRoom = ada.page.getByLabel('Name of a new room');
    await newRoom.waitFor({ state: 'hidden' });
    await ada.page.getByRole('button', { name: 'Show the rooms' }).click();
    await newRoom.waitFor();
    await ada.page.keyboard.press('Escape');
    await newRoom.waitFor({ state: 'hidden' });
    expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await ada.page.close();
  });

  test('keeps showing the newest message when its width changes, unless one has scrolled away', async () => {
    const [ada] = await people('Ada');
    await ada.page.setViewportSize({ width: 1280, height: 800 });
    const client = await createTestClient(app, ChatHub);
    await client.invoke('introduce', 'Talker', key);
    await client.invoke('join', 'Lobby');
    for (let i = 1; i <= 30; i++)
      await client.invoke('say', `Message ${i} is so long that it takes more lines in a narrow window. `.repeat(3));
    await ada.reads('Message 30 ');
    await ada.turnsTo(740, 360);
    expect(await ada.belowTheFold()).toBe(0);
    await ada.turnsTo(375, 700);
    expect(await ada.belowTheFold()).toBe(0);
    await ada.isDraggedTo(300);
    expect(await ada.belowTheFold()).toBe(0);
    await ada.scrollsToTop();
    await ada.turnsTo(700, 375);
    expect(await ada.belowTheFold()).toBeGreaterThan(1_000);
    await client.invoke('say', 'The newest');
    await ada.page.getByRole('button', { name: 'New messages' }).click();
    expect(await ada.belowTheFold()).toBe(0);
    await client.close();
    await ada.page.close();
  });
});
