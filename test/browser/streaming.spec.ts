// oxlint-disable jest/expect-expect -- to wait until something is seen is what most of these tests assert
import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { HubConnections, HubException } from 'nestjs-signalr';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Browser, Locator } from 'playwright-core';
import { finalize } from 'rxjs';
import { AppModule } from '../../sample/02-streaming/app.module.js';
import { servePage } from '../../sample/02-streaming/page/serve-page.js';
import { Meter } from '../../sample/02-streaming/streaming/meter.js';
import { Receiver, type Progress } from '../../sample/02-streaming/streaming/receiver.js';
import { Writer } from '../../sample/02-streaming/streaming/writer.js';
import { AppLog } from '../support/app-log.js';
import { launchBrowser, openWindow, WINDOW } from './launch.js';
import { Visitor } from './visitor.js';

// A browser has to start, and every test loads pages: a limit for each test, nothing waits for it.
jest.setTimeout(20_000);

const log = new AppLog();
/** Says 'meter', 'receiver' and 'writer' when the server has let go of one of its streams. */
const left = new EventEmitter();
let browser: Browser;
let app: NestExpressApplication;
let ada: Visitor;
/** The server is silent about bytes of an upload beyond these. The page waits to hear of them, and sends no more. */
let mostTold: number;

/** Spies on the ends of all streams. */
function watch(): void {
  const [meter, receiver, writer] = [app.get(Meter), app.get(Receiver), app.get(Writer)];
  const [measure, receive, answer] = [meter.measure.bind(meter), receiver.receive.bind(receiver), writer.answer.bind(writer)];
  jest.spyOn(meter, 'measure').mockImplementation((every) => measure(every).pipe(finalize(() => left.emit('meter'))));
  jest.spyOn(receiver, 'receive').mockImplementation((...args) => watched('receiver', told(receive(...args))));
  jest.spyOn(writer, 'answer').mockImplementation((...args) => watched('writer', answer(...args)));
}

async function* watched<T>(name: string, source: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } finally {
    left.emit(name);
  }
}

async function* told(source: AsyncGenerator<Progress>): AsyncGenerator<Progress> {
  for await (const progress of source) if (progress.bytes <= mostTold) yield progress;
}

/** One of the cards, and what it says about its stream. */
function card(name: string): { card: Locator; button: (label: string) => Locator; says: (sentence: string) => Promise<void> } {
  const found = ada.page.getByRole('region', { name, exact: true });
  return {
    card: found,
    button: (label) => found.getByRole('button', { name: label, exact: true }),
    says: (sentence) => found.getByRole('status').getByText(sentence, { exact: true }).waitFor(),
  };
}

/** Waits until the chart has got so many values since the page was opened. */
const values = (count: number): Promise<unknown> =>
  ada.page.waitForFunction((least) => parseInt(document.querySelector('#measure-count')?.textContent || '0', 10) >= least, count);

/** Ends the connection of the page. */
async function cut(allowReconnect: boolean): Promise<void> {
  const connections = app.get(HubConnections);
  const [{ connectionId }] = await connections.list();
  await connections.disconnect(connectionId, { allowReconnect });
}

beforeAll(async () => {
  browser = await launchBrowser();
  ada = new Visitor(await openWindow(browser));
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: log, abortOnError: false });
  servePage(app);
  watch();
  mostTold = Infinity;
  await app.listen(0, '127.0.0.1');
  await ada.visit(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`);
  await ada.isShown('Connected');
});

afterEach(async () => {
  await ada.goAway();
  await app.close();
  // oxlint-disable-next-line jest/no-standalone-expect
  expect([...log.takeErrors(), ...ada.problems]).toEqual([]);
});

describe('the chart', () => {
  const chart = () => card('How the server is');
  const line = (): Promise<string> => ada.page.locator('.chart-line').getAttribute('d') as Promise<string>;

  test('is drawn from what the server measures', async () => {
    await chart().says('Live');
    await values(3);
    expect(await line()).toMatch(/^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){2,}$/);
    await chart().card.getByText('Heap', { exact: true }).click();
    await chart().card.getByText('MiB').waitFor();
    expect(Number(await ada.page.locator('#measure-value').textContent())).toBeGreaterThan(10);
    await chart()
      .card.getByRole('img', { name: /^Heap in use, the last 30 seconds: [\d.]+ to [\d.]+ MiB$/ })
      .waitFor();
  });

  test('is no longer measured when it is paused, and goes on after a gap', async () => {
    await values(2);
    const end = once(left, 'meter');
    await chart().button('Pause').click();
    await end;
    await chart().says('Paused. The server has stopped measuring.');
    await chart().button('Resume').press('Enter');
    await chart().says('Live');
    await values(3);
    expect((await line()).match(/M/g)).toHaveLength(2);
  });

  test('is measured at the pace that one picks, and no longer at the one before', async () => {
    const end = once(left, 'meter');
    await ada.page.getByLabel('Every').selectOption('100 ms');
    await end;
    await values(2);
    expect(jest.mocked(app.get(Meter).measure).mock.calls).toEqual([[250], [100]]);
  });

  test('goes on by itself when the connection was lost', async () => {
    await values(2);
    const end = once(left, 'meter');
    await cut(true);
    await end;
    await values(3);
    await chart().says('Live');
    expect((await line()).match(/M/g)).toHaveLength(2);
  });
});

describe('an answer', () => {
  const answer = () => card('Ask something');
  const text = (): Locator => ada.page.getByRole('region', { name: 'The answer' });

  /** Waits until there are so many words of it. */
  const words = (count: number): Promise<unknown> =>
    ada.page.waitForFunction((least) => (document.querySelector('#answer-text')?.childNodes.length ?? 0) >= least, count);

  const ask = async (question: string): Promise<void> => {
    await ada.page.getByLabel('Your question').fill(question);
    await ada.page.getByLabel('Your question').press('Enter');
  };

  test('comes word by word, to its end', async () => {
    await ask('Who are you?');
    await words(3);
    expect(await text().getAttribute('aria-busy')).toBe('true');
    await answer().says('That was all.');
    expect(await text().textContent()).toMatch(/^I only know about streams, .* Ask me about one of these\.$/);
    expect(await text().getAttribute('aria-busy')).toBe('false');
  });

  test('is no longer made when it is stopped, and nothing more of it comes', async () => {
    await answer().button('What is a stream?').click();
    await words(3);
    const end = once(left, 'writer');
    await answer().button('Stop').click();
    await end;
    await answer().says('Stopped. The server makes no more words.');
    const read = await text().textContent();
    await values(parseInt((await ada.page.locator('#measure-count').textContent()) || '0', 10) + 2);
    expect(await text().textContent()).toBe(read);
  });

  test('is refused with a sentence where nothing was asked', async () => {
    await ask('  ');
    await answer().says('Ask something first.');
  });

  test('is over when the connection is lost, and can be asked for again', async () => {
    await answer().button('How does it stop?').click();
    await words(3);
    const end = once(left, 'writer');
    await cut(true);
    await end;
    await answer().says('The connection was lost. The rest of the answer is lost; ask again.');
    await ada.page.locator('#suggestions :focus').waitFor();
    await ask('Who are you?');
    await answer().says('Answering');
    await words(2);
  });
});

describe('an upload', () => {
  const upload = () => card('Send a file');
  const progress = (): Promise<number> => ada.page.getByRole('progressbar').evaluate((bar) => (bar as HTMLProgressElement).value);

  const choose = (bytes: Buffer): Promise<void> =>
    ada.page.getByLabel('Choose a file').setInputFiles({ name: 'some.bin', mimeType: 'application/octet-stream', buffer: bytes });

  /** Waits until some of it is there, and not all. */
  const some = (): Promise<unknown> =>
    upload()
      .card.getByText(/^[1-9]\d? %$/)
      .waitFor();

  test.each([0, 1, 300_000])('of %d bytes arrives byte for byte', async (size) => {
    const bytes = randomBytes(size);
    await choose(bytes);
    await upload().says('Ready to be sent.');
    const end = once(left, 'receiver');
    await upload().button('Upload').click();
    await upload().says('All of it has arrived, byte for byte.');
    await end;
    expect(await progress()).toBe(1);
    await upload().card.getByText(createHash('sha256').update(bytes).digest('hex')).waitFor();
  });

  test('can be cancelled while the server waits for more, which lets go of it', async () => {
    mostTold = 100_000;
    await upload().button('Upload').click();
    await some();
    const end = once(left, 'receiver');
    await upload().button('Cancel').click();
    await end;
    await upload().says('Cancelled. The server has forgotten what it had.');
    expect(await progress()).toBeLessThan(0.02);
    mostTold = Infinity;
    await upload().button('Upload').click();
    await upload().says('All of it has arrived, byte for byte.');
  });

  test('is over when the connection is lost, and can be begun again', async () => {
    mostTold = 100_000;
    await upload().button('Upload').click();
    await some();
    const end = once(left, 'receiver');
    await cut(true);
    await end;
    await upload().says('The connection was lost. The server has forgotten what it had.');
    await upload().button('Upload').and(ada.page.locator(':enabled')).waitFor();
  });

  test('is refused with a sentence', async () => {
    jest.spyOn(app.get(Receiver), 'receive').mockImplementation(() => {
      throw new HubException('The disk is full.');
    });
    await upload().button('Upload').click();
    await upload().says('The disk is full.');
    await choose(Buffer.from('another'));
    await upload().says('Ready to be sent.');
  });

  test('that is not what was announced is refused', async () => {
    const cases: [size: number | null, pieces: unknown[], sentence: string][] = [
      [null, [], 'Say first how many bytes there are.'],
      [-1, [], 'Say first how many bytes there are.'],
      [2 ** 30, [], 'An upload has at most 256 MiB.'],
      [2, ['no'], 'A piece of an upload is made of bytes, as MessagePack sends them.'],
      [2, [new Uint8Array(3)], 'There came more bytes than were announced.'],
      [2, [new Uint8Array(1)], 'The upload ended after 1 of 2 bytes.'],
    ];
    for (const [size, pieces, sentence] of cases) {
      await expect(Readable.from(new Receiver().receive(size, Readable.from(pieces))).toArray()).rejects.toThrow(sentence);
    }
  });
});

describe('the page', () => {
  test('says that the connection is lost, and makes another one when it is asked to', async () => {
    const end = once(left, 'meter');
    await cut(false);
    await end;
    await ada.isShown('Connection lost');
    for (const name of ['Resume', 'Upload', 'Ask']) expect(await ada.page.getByRole('button', { name }).isDisabled()).toBe(true);
    await ada.page.getByRole('button', { name: 'Try again' }).click();
    await ada.isShown('Connected');
    await card('How the server is').says('Live');
  });

  test('fits a phone', async () => {
    await ada.page.setViewportSize({ width: 360, height: 640 });
    expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await ada.page.setViewportSize(WINDOW);
  });
});
