import type { Server } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Hub, HubMethod, SignalRAdapter } from 'nestjs-signalr';
import { log, moduleOf } from '../../support/app-of.js';
import { ask, rawSocket } from '../../support/app-request.js';
import { HubPeer } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { askHub, askSocketIo, askWebSocket, graphqlServer, wsServer, type Neighbour } from '../../support/nest-neighbours.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub {
  @HubMethod()
  echo(text: unknown) {
    return `hub: ${String(text)}`;
  }
}

@WebSocketGateway({ path: '/gateway' })
class PlainGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() text: string) {
    return { event: 'echoed', data: `gateway: ${text}` };
  }
}

@WebSocketGateway()
class IoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() text: string) {
    return `gateway: ${text}`;
  }
}

/** A gateway that says that it is ours. */
@WebSocketGateway({ path: '/ours', signalr: true })
class OurGateway extends IoGateway {}

@Controller()
class PagesController {
  @Get()
  home() {
    return 'home';
  }

  @Get(':page')
  any() {
    return 'any page';
  }
}

const metadata = (...gateways: (new () => object)[]) => ({ ...moduleOf([ChatHub, ...gateways]), controllers: [PagesController] });
const serverOf = (app: INestApplication): Server => app.getHttpServer() as Server;

/** Asks again and again, with the hub in between and at the same time, so that each has met the other's sockets. */
async function askBoth(url: string, other: () => Promise<unknown>): Promise<unknown[]> {
  const inTurn = [await other(), await askHub(`${url}/chat`, 'x')];
  return [...inTurn, ...(await Promise.all([other(), askHub(`${url}/chat`, 'y'), other()]))];
}

const both = (answer: unknown): unknown[] => [answer, 'hub: x', answer, 'hub: y', answer];

const askGateway = (url: string, path = '/gateway'): Promise<unknown> => askWebSocket(url + path, '{"event":"echo","data":"x"}');
const gatewayAnswer = '{"event":"echoed","data":"gateway: x"}';

describe.each(platforms)('on %s a hub', (platform: Platform) => {
  it('lives beside pages, also beside one that takes every path', async () => {
    const { url } = await servedOn(platform, metadata());
    expect((await ask('GET', url)).body).toBe('home');
    expect((await ask('GET', `${url}/chats`)).body).toBe('any page');
    expect((await ask('GET', `${url}/chat`)).status).toBe(400);
    expect(await askHub(`${url}/chat`, 'x')).toBe('hub: x');
  });

  it.each(['before', 'after'])('lives beside a server of ws with its own path that came %s listen', async (when) => {
    let neighbour: Neighbour | undefined;
    const attach = (app: INestApplication): void => void (neighbour = wsServer(serverOf(app), '/socket'));
    const { app, url } = await servedOn(platform, metadata(), when === 'before' ? attach : undefined);
    if (when === 'after') attach(app);
    expect(await askBoth(url, () => (neighbour as Neighbour).ask(url, 'x'))).toEqual(both('/socket: x'));
    await neighbour?.close();
  });

  it('lives beside subscriptions of graphql-ws', async () => {
    const { app, url } = await servedOn(platform, metadata());
    const neighbour = graphqlServer(serverOf(app));
    expect(await askBoth(url, () => neighbour.ask(url, 'x'))).toEqual(both('graphql: x'));
    await neighbour.close();
  });

  it('lives beside gateways of WsAdapter, which ends every socket whose path it does not know', async () => {
    const { url } = await servedOn(platform, metadata(PlainGateway), (app) => void app.useWebSocketAdapter(new WsAdapter(app)));
    expect(await askBoth(url, () => askGateway(url))).toEqual(both(gatewayAnswer));
  });

  it.each<['polling' | 'websocket', ...('polling' | 'websocket')[]][]>([[['websocket']], [['polling']], [['polling', 'websocket']]])(
    'lives beside gateways of socket.io, whose clients come by %j',
    async (transports) => {
      const { url } = await servedOn(platform, metadata(IoGateway), (app) => void app.useWebSocketAdapter(new IoAdapter(app)));
      expect(await askBoth(url, () => askSocketIo(url, 'echo', 'x', transports))).toEqual(both('gateway: x'));
    },
  );

  it('lives beside all of them at once', async () => {
    const { app, url } = await servedOn(platform, metadata(IoGateway), (application) => {
      application.useWebSocketAdapter(new IoAdapter(application));
    });
    const neighbours = [graphqlServer(serverOf(app)), wsServer(serverOf(app), '/socket')];
    const [graphql, ws] = neighbours;
    // ws refuses what is not at its path and writes into sockets of others, so only whoever is asked first is served; hubs always are.
    expect(await graphql.ask(url, 'x').catch(() => 'refused by ws')).toBeDefined();
    expect(await ws.ask(url, 'x').catch(() => 'refused by ws')).toBeDefined();
    expect(await askHub(`${url}/chat`, 'x')).toBe('hub: x');
    expect(await askSocketIo(url, 'echo', 'x', ['polling'])).toBe('gateway: x');
    await Promise.all(neighbours.map((neighbour) => neighbour.close()));
  });

  it('answers upgrades to unknown paths with 404 when nobody else listens, and keeps no socket of them', async () => {
    const { app, url } = await servedOn(platform, metadata());
    expect(await HubSocket.refusal(`${url}/elsewhere`)).toEqual({ status: 404, body: '' });
    const socket = await rawSocket(url);
    socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const chunks = await socket.toArray();
    expect(chunks.join('')).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    await app.close();
  });
});

describe.each(platforms)('on %s SignalRAdapter with a fallback', (platform: Platform) => {
  const cases: [string, (app: INestApplication) => WsAdapter | IoAdapter, new () => object, (url: string) => Promise<unknown>, unknown][] =
    [
      ['WsAdapter', (app) => new WsAdapter(app), PlainGateway, (url) => askGateway(url), gatewayAnswer],
      ['IoAdapter', (app) => new IoAdapter(app), IoGateway, (url) => askSocketIo(url, 'echo', 'x'), 'gateway: x'],
    ];

  it.each(cases)('%s leaves it the gateways that do not say signalr: true', async (_, fallbackOf, gateway, other, answer) => {
    const { app, url } = await servedOn(platform, metadata(OurGateway, gateway), (application) => {
      application.useWebSocketAdapter(new SignalRAdapter(application, { fallback: fallbackOf(application) }));
    });
    expect(await askBoth(url, () => other(url))).toEqual(both(answer));
    expect(await askHub(`${url}/ours`, 'x')).toBe('gateway: x');
    await app.close();
    expect(log.takeErrors()).toEqual([]);
  });

  it.each(cases)('%s leaves it those that it does not own', async (_, fallbackOf, gateway, other, answer) => {
    const { url } = await servedOn(platform, metadata(OurGateway, gateway), (app) => {
      const owns = ({ path }: { path?: string }): boolean => path === '/ours';
      app.useWebSocketAdapter(new SignalRAdapter(app, { fallback: fallbackOf(app), owns }));
    });
    expect(await other(url)).toEqual(answer);
    expect(await askHub(`${url}/ours`, 'x')).toBe('gateway: x');
  });
});

describe('SignalRAdapter', () => {
  @WebSocketGateway({ namespace: 'ours', signalr: true })
  class NamespaceGateway extends IoGateway {}

  it.each([
    ['says signalr: true', undefined],
    ['is owned by it', ({ namespace }: { namespace?: string }) => namespace === '/ours'],
  ])('serves a namespace that %s, beside a fallback', async (_, owns) => {
    const { app } = await servedOn('Express', metadata(NamespaceGateway), (application) => {
      application.useWebSocketAdapter(new SignalRAdapter(application, { fallback: new IoAdapter(application), owns }));
    });
    expect(await (await HubPeer.join(app, '/ours')).ask('echo', 'x')).toMatchObject({ result: 'gateway: x' });
  });

  it('tells its fallback what Nest tells it about connections that are to be closed by force', async () => {
    let fallback: IoAdapter | undefined;
    const { app } = await servedOn('Express', metadata(IoGateway), (application) => {
      fallback = new IoAdapter(application);
      application.useWebSocketAdapter(new SignalRAdapter(application, { fallback }));
    });
    expect(app).toBeDefined();
    expect(fallback).toHaveProperty('forceCloseConnections', undefined);
    new SignalRAdapter(app, { fallback }).forceCloseConnections = true;
    expect(fallback?.forceCloseConnections).toBe(true);
  });
});
