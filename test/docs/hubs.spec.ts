import { describe, expect, it } from '@jest/globals';
import { getHubClientsToken, HubConnections, type HubClients } from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { appFrom, appOf, log, moduleOf, servedAppOf } from '../support/app-of.js';
import { HubPeer } from '../support/hub-peer.js';
import { connectTo, next } from '../support/nest-client.js';
import { knock } from '../support/nest-knock.js';
import { failed, peerOf, unauthorized } from '../support/nest-calls.js';
import { of } from 'rxjs';
import { signOut } from './hubs/around-orders.js';
import { Catalogue, CatalogueHub } from './hubs/catalogue.hub.js';
import { Files, FilesHub } from './hubs/files.hub.js';
import { OrdersHub as HooksHub } from './hubs/hooks.hub.js';
import type { OrdersClient } from './hubs/orders.client.js';
import { OrdersHub } from './hubs/orders.hub.js';
import { Market, PricesHub } from './hubs/prices.hub.js';
import { Room } from './hubs/room.client.js';
import { RoomsHub } from './hubs/rooms.hub.js';
import { QuotesHub } from './hubs/quotes.hub.js';
import { TickerHub } from './hubs/ticker.hub.js';
import { OrdersService } from './hubs/orders.service.js';
import { examplesThatNobodyRuns } from './pages.js';

describe('docs/hubs.md', () => {
  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('hubs')).toEqual([]);
  });

  it('has a hub whose argument may be left out, and which says what is wrong', async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [OrdersHub, OrdersService] });
    const peer = await HubPeer.join(app, OrdersHub, { user: { id: 'ada' } });
    expect(await peer.ask('place', 'tea')).toMatchObject({ result: '1 × tea for ada' });
    expect(await peer.ask('place', 'tea', 101)).toMatchObject(failed('place', 'At most 100 at a time.'));
  });

  it('has streams from Observables and generators', async () => {
    const client = await createTestClient(await appFrom({ ...moduleOf([]), providers: [PricesHub, Market] }), PricesHub);
    const read = async (method: string): Promise<unknown[]> => {
      const items: unknown[] = [];
      for await (const item of client.stream(method, 'tea')) items.push(item);
      return items;
    };
    expect([await read('follow'), await read('history')]).toEqual([
      [3, 7],
      [3, 7, 8],
    ]);
  });

  it('has uploads to Subjects, loops and streams', async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [FilesHub, Files] });
    const client = await createTestClient(app, FilesHub);
    expect(await client.invoke('sum', of(1, 2, 3))).toBe(6);
    expect(await client.invoke('store', 'a.txt', of('line 1', ' line 2'))).toBe('stored');
    expect(app.get(Files).texts.get('a.txt')).toBe('line 1 line 2');
    const words: string[] = [];
    for await (const word of client.stream<string>('shout', of('hey', 'you'))) words.push(word);
    expect(words).toEqual(['HEY', 'YOU']);
  });

  it('has guards, pipes, filters and decorators of parameters around a hub', async () => {
    expect(await (await peerOf(CatalogueHub, Catalogue)).ask('find', '7')).toMatchObject(unauthorized('find'));
    const app = await appFrom({ ...moduleOf([]), providers: [CatalogueHub, Catalogue] });
    const ada = await HubPeer.join(app, CatalogueHub, { user: { name: 'Ada' } });
    expect(await ada.ask('find', '7')).toMatchObject({ result: 'book 7 for Ada' });
    expect(await ada.ask('find', '8')).toMatchObject({ result: 'nothing' });
    expect(await ada.ask('search', { text: 'tea' })).toMatchObject({ result: '10 × tea' });
    expect(await ada.ask('search', { text: 'tea' }, 2)).toMatchObject({ result: '2 × tea' });
    expect(await ada.ask('search', { text: 7 })).toMatchObject(failed('search', 'text must be a string'));
    expect(await ada.ask('search', { text: 'tea' }, 0)).toHaveProperty('error');
  });

  it('has hooks, and says who is there and sends them away', async () => {
    const app = await appOf([HooksHub]);
    const ada = await createTestClient(app, HooksHub, { user: { id: 'ada' } });
    const clients: HubClients<OrdersClient> = app.get(getHubClientsToken(HooksHub));
    await clients.group('lobby').send('placed', 'tea', 2);
    expect(await ada.next('placed')).toEqual(['tea', 2]);
    expect((await signOut(app.get(HubConnections))).map(({ userIdentifier }) => userIdentifier)).toEqual(['ada']);
    expect(await ada.closed).toMatchObject({ error: expect.stringContaining('Signed out elsewhere.') });
    const careless = await HubPeer.join(app, HooksHub);
    careless.say({ type: 7, error: 'I fell.' });
    await careless.served;
    expect(log.of('OrdersHub', 'warn')).toEqual([expect.stringContaining('was cut off: I fell.')]);
  });

  it('has a hub with a history, and a client that misses nothing', async () => {
    const { app, url } = await servedAppOf([RoomsHub]);
    const ann = await connectTo(`${url}/rooms`, {}, (builder) => builder.withAutomaticReconnect([20]));
    const bob = await connectTo(`${url}/rooms`);
    const texts: string[] = [];
    let reloads = 0;
    const room = new Room(
      ann,
      'red',
      (text) => texts.push(text),
      () => void reloads++,
    );
    await room.enter();
    const heard = next(ann, 'said');
    await bob.invoke('say', 'red', 'one');
    await heard;
    const heardMore = next(ann, 'said');
    await app.get(HubConnections).disconnect({ group: 'red' }, { allowReconnect: true });
    await bob.invoke('say', 'red', 'two');
    await heardMore;
    expect([texts, reloads]).toEqual([['one', 'two'], 1]);
    await Promise.all([ann.stop(), bob.stop()]);
  });

  it('has a hub with transports and origins of its own', async () => {
    const { url } = await servedAppOf([QuotesHub]);
    const { status, body } = await knock('negotiation', `${url}/quotes`, { Origin: 'https://shop.example.com' });
    const { availableTransports } = body as { availableTransports: { transport: string }[] };
    expect([status, availableTransports.map(({ transport }) => transport)]).toEqual([200, ['WebSockets', 'LongPolling']]);
    expect((await knock('upgrade', `${url}/quotes`, { Origin: 'https://example.com.evil.org' })).status).toBe(403);
  });

  it('has messages that are dropped for slow clients, and others that are not', async () => {
    const app = await appOf([TickerHub]);
    const client = await createTestClient(app, TickerHub);
    await app.get(TickerHub).priceChanged('TEA', 3);
    await app.get(TickerHub).ordered('17');
    expect([await client.next('price'), await client.next('ordered')]).toEqual([['TEA', 3], ['17']]);
  });
});
