import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Hub, HubClients, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { Events } from '../../../lib/common/events.js';
import { moduleOf } from '../../support/app-of.js';
import { nextTurn } from '../../support/changes.js';
import { EndingHub } from '../../support/hub-ending.js';
import { HANDSHAKE } from '../../support/hub-peer.js';
import { HubRequests } from '../../support/hub-requests.js';
import { HubSocket } from '../../support/hub-socket.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub extends EndingHub {}

interface Served {
  readonly app: INestApplication;
  readonly hub: string;
  readonly clock: FakeClock;
  /** How many messages were dropped, as far as that was told. */
  readonly lost: () => number;
}

async function served(platform: Platform, options: SignalRModuleOptions): Promise<Served> {
  const clock = new FakeClock();
  const { app, url } = await servedOn(platform, moduleOf([ChatHub], { clock, ...options }));
  let lost = 0;
  app.get(Events, { strict: false }).on('dropped', ({ count }) => (lost += count));
  return { app, hub: `${url}/chat`, clock, lost: () => lost };
}

async function flood({ app }: Served, count: number, text: string): Promise<void> {
  for (let number = 0; number < count; number++) {
    await app.get(HubClients).all.send('tick', number, text);
    await nextTurn();
  }
}

const numbersIn = (text: string): number[] => Array.from(text.matchAll(/"tick","arguments":\[(\d+)/g), ([, number]) => Number(number));

/** All numbers up to one, and then the last ones. */
function isStartAndEnd(numbers: number[], count: number): boolean {
  const gap = numbers.findIndex((number, index) => number !== index);
  return gap > 0 && numbers.slice(gap).every((number, index, end) => number === count - end.length + index);
}

describe.each(platforms)('a slow client on %s', (platform) => {
  describe('over long polling', () => {
    const outbox = { highWaterMark: 2_000, maximum: 10_000 };

    it('I14 is closed when it never polls again and more waits than may', async () => {
      const all = await served(platform, { outbox });
      await HubRequests.joined(all.hub);
      await flood(all, 100, 'x'.repeat(200));
      await all.app.get(ChatHub).gone.reached;
      expect(all.app.get(ChatHub).ends).toMatchObject([{ code: 'ERR_SIGNALR_SLOW_CLIENT' }]);
    });

    it('I14 is let go after disconnectTimeout when it never polls again, however much was dropped for it', async () => {
      const all = await served(platform, { outbox: { ...outbox, whenSlow: 'drop-oldest' }, disconnectTimeout: 5_000 });
      await HubRequests.joined(all.hub);
      await flood(all, 1_000, 'x'.repeat(200));
      await all.clock.advance(4_000);
      expect(all.app.get(ChatHub).ends).toEqual([]);
      expect(all.lost()).toBeGreaterThan(900);
      await all.clock.advance(1_000);
      await all.app.get(ChatHub).gone.reached;
      expect(all.app.get(ChatHub).ends).toEqual([undefined]);
    });

    it('I14 gets what was kept for it when it polls again', async () => {
      const all = await served(platform, { outbox: { ...outbox, whenSlow: 'drop-oldest' } });
      const client = await HubRequests.joined(all.hub);
      await flood(all, 100, 'x'.repeat(200));
      await all.app.get(HubClients).all.send('end');
      let text = '';
      while (!text.includes('"end"')) text += (await client.poll()).body;
      await all.clock.advance(1_000);
      expect(isStartAndEnd(numbersIn(text), 100)).toBe(true);
      expect(numbersIn(text)).toHaveLength(100 - all.lost());
    });
  });

  const LONG = 'x'.repeat(64_000);
  const COUNT = 500;

  it('gets, over Server-Sent Events, what the network has taken and then what was said last', async () => {
    const all = await served(platform, { outbox: { whenSlow: 'drop-oldest' } });
    const client = await HubRequests.negotiated(all.hub);
    const stream = await client.listen();
    await client.post(HANDSHAKE);
    await stream.until('{}\u001e\r\n\r\n');
    stream.response.pause();
    await flood(all, COUNT, LONG);
    await all.app.get(HubClients).all.send('end');
    await all.clock.advance(1_000);
    stream.response.resume();
    const numbers = numbersIn(await stream.until('"end","arguments":[]}\u001e\r\n\r\n'));
    expect(isStartAndEnd(numbers, COUNT)).toBe(true);
    expect(numbers).toHaveLength(COUNT - all.lost());
  });

  it('gets the same over WebSockets', async () => {
    const all = await served(platform, { outbox: { whenSlow: 'drop-oldest' } });
    const client = await HubSocket.join(all.hub);
    client.socket.pause();
    await flood(all, COUNT, LONG);
    await all.app.get(HubClients).all.send('end');
    await all.clock.advance(1_000);
    client.socket.resume();
    let text = '';
    while (!text.includes('"end"')) text += (await client.frame()).text;
    expect(isStartAndEnd(numbersIn(text), COUNT)).toBe(true);
    expect(numbersIn(text)).toHaveLength(COUNT - all.lost());
  });
});
