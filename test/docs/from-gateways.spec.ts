import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { io } from 'socket.io-client';
import { SignalRModule } from 'nestjs-signalr';
import { closeLater, log, servedAppFrom } from '../support/app-of.js';
import { connectTo, next, reasonOf } from '../support/nest-client.js';
import { PhoenixUser } from '../support/phoenix-js.js';
import { examplesThatNobodyRuns } from './pages.js';

beforeAll(() => {
  process.env['PORT'] = '0';
  Logger.overrideLogger(false);
  jest.spyOn(console, 'info').mockReturnValue();
});

async function start() {
  const { start: main } = await import('./from-gateways/main.js');
  const app = closeLater(await main());
  return { app, url: (await app.getUrl()).replace('[::1]', 'localhost') };
}

describe('docs/from-gateways.md', () => {
  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('from-gateways')).toEqual([]);
  });

  it('has a gateway and a hub that do the same', async () => {
    const { url } = await start();
    const socket = io(url, { reconnection: false });
    const overSocketIo = new Promise((resolve) => socket.once('said', resolve));
    socket.emit('join', 'red');
    expect(await socket.emitWithAck('say', { room: 'red', text: 'hello' })).toBe(5);
    expect(await overSocketIo).toBe('hello');
    socket.disconnect();
    const connection = await connectTo(`${url}/chat`);
    const overSignalR = next(connection, 'said');
    await connection.invoke('join', 'red');
    expect(await connection.invoke('say', 'red', 'hello')).toBe(5);
    expect(await overSignalR).toEqual(['hello']);
    await connection.stop();
  });

  it('keeps a gateway, and serves it to the official client', async () => {
    const { app, url } = await start();
    const { PricesGateway } = await import('./from-gateways/prices.gateway.js');
    const { follow } = await import('./from-gateways/client.js');
    const changes: unknown[] = [];
    let heard: (() => void) | undefined;
    const change = new Promise<void>((resolve) => (heard = resolve));
    const { connection, answer } = await follow(url, 'tea', (...values) => {
      changes.push(values);
      heard?.();
    });
    expect(answer).toBe('following tea');
    expect(await reasonOf(connection.invoke('follow', ''))).toContain('HubException: Which article?');
    app.get(PricesGateway).change('tea', 3);
    await change;
    expect(changes).toEqual([['tea', 3]]);
    await connection.stop();
  });

  it('serves a gateway to phoenix.js', async () => {
    const { start: main } = await import('./from-gateways/board.js');
    const { BoardGateway } = await import('./from-gateways/board.gateway.js');
    const app = closeLater(await main());
    const url = (await app.getUrl()).replace('[::1]', 'localhost');
    const [ada, bob] = [new PhoenixUser(`${url}/board`), new PhoenixUser(`${url}/board`)];
    await Promise.all([ada.connect(), bob.connect()]);
    const [board, other] = [await ada.join('board:red'), (await bob.join('board:red')).listen('pinned').listen('closed')];
    expect(await board.push('pin', { text: 'Tea' })).toEqual({ status: 'ok', response: { pinned: true } });
    expect(await other.next('pinned')).toEqual({ text: 'Tea' });
    expect(await board.push('pin', { text: '' })).toEqual({ status: 'error', response: { reason: 'An empty note?' } });
    app.get(BoardGateway).close('board:red');
    expect(await other.next('closed')).toEqual({});
    for (const user of [ada, bob]) user.disconnect();
  });

  it('has a filter that leaves calls alone', async () => {
    const { ErrorsFilter } = await import('./from-gateways/errors.filter.js');
    const { ChatHub } = await import('./from-gateways/chat.hub.js');
    const { url } = await servedAppFrom({ imports: [SignalRModule], providers: [ChatHub] }, (app) =>
      app.useGlobalFilters(new ErrorsFilter(app.get(HttpAdapterHost).httpAdapter)),
    );
    const connection = await connectTo(`${url}/chat`);
    expect(await reasonOf(connection.invoke('join', 7))).toBe("Failed to invoke 'join' due to an error on the server.");
    expect(await reasonOf(connection.invoke('say', '', 'x'))).toContain("invoking 'say' on the server.");
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    await connection.stop();
    expect(log.takeErrors()).toHaveLength(1);
  });
});
