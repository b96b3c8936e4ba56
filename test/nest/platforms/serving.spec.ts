import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { duplexPair } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Module,
  UnauthorizedException,
  UseGuards,
  VersioningType,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Hub, HubConnections, HubMethod, SignalRAdapter, SignalRServer } from 'nestjs-signalr';
import { closeLater, log, moduleOf } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { HubSocket } from '../../support/hub-socket.js';
import { knock } from '../../support/nest-knock.js';
import { askHub, wsServer } from '../../support/nest-neighbours.js';
import { appOn, nestMajor, platforms, servedOn, urlOf, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub {
  @HubMethod()
  echo(text: unknown) {
    return `hub: ${String(text)}`;
  }
}

@Hub('/')
class RootHub extends ChatHub {}

@Controller('pages')
class PagesController {
  @Get()
  page() {
    return 'a page';
  }
}

/** What `listen` would do, and `init` does not. */
async function readyFastify(app: INestApplication) {
  const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
  await fastify.ready();
  return fastify;
}

const metadata = { ...moduleOf([ChatHub]), controllers: [PagesController] };

describe.each(platforms)('on %s a hub is served', (platform: Platform) => {
  it('L08: where it always was under a global prefix and with versions, and below the prefix with useGlobalPrefix', async () => {
    const prepare = (app: INestApplication): void => {
      app.setGlobalPrefix('/api/');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    };
    const beside = await servedOn(platform, metadata, prepare);
    expect(await askHub(`${beside.url}/chat`, 'x')).toBe('hub: x');
    expect((await knock('negotiation', `${beside.url}/api/chat`)).status).toBe(404);
    const below = await servedOn(platform, { ...moduleOf([ChatHub], { useGlobalPrefix: true }), controllers: [PagesController] }, prepare);
    expect(await askHub(`${below.url}/api/chat`, 'x')).toBe('hub: x');
    expect((await knock('negotiation', `${below.url}/chat`)).status).toBe(404);
    expect((await knock('upgrade', `${below.url}/chat`)).status).toBe(404);
    expect((await ask('GET', `${below.url}/api/v1/pages`)).body).toBe('a page');
    expect(log.of('SignalR')).toEqual(['ChatHub {/chat}: echo', 'ChatHub {/api/chat}: echo']);
  });

  it('at the prefix itself, where its path is the root', async () => {
    const { url } = await servedOn(platform, moduleOf([RootHub], { useGlobalPrefix: true }), (app) => void app.setGlobalPrefix('api'));
    expect(await askHub(`${url}/api`, 'x')).toBe('hub: x');
  });

  it('with the CORS headers of enableCors', async () => {
    const { url } = await servedOn(platform, metadata, (app) => app.enableCors({ origin: 'https://pages.example', credentials: true }));
    const headers = { Origin: 'https://pages.example', 'Access-Control-Request-Method': 'POST' };
    const preflight = await ask('OPTIONS', `${url}/chat/negotiate`, headers);
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, 'https://pages.example']);
    const answer = await ask('POST', `${url}/chat/negotiate`, headers);
    expect([answer.status, answer.headers['access-control-allow-origin'], answer.headers['access-control-allow-credentials']]).toEqual([
      200,
      'https://pages.example',
      'true',
    ]);
  });

  it('behind what the application has put before everything', async () => {
    const { url } = await servedOn(platform, metadata, (app) =>
      app.use((_: IncomingMessage, response: ServerResponse, next: () => void) => {
        response.setHeader('X-Before', '1');
        next();
      }),
    );
    expect((await knock('negotiation', `${url}/chat`)).headers['x-before']).toBe('1');
  });

  it('whatever the body of its negotiation is', async () => {
    const { url } = await servedOn(platform, metadata);
    for (const type of ['text/plain;charset=UTF-8', 'application/json', 'application/octet-stream', 'application/x-www-form-urlencoded']) {
      expect((await ask('POST', `${url}/chat/negotiate`, { 'Content-Type': type }, '{"a":1}')).status).toBe(200);
    }
  });

  it('by an application that was initialised and is listened to otherwise', async () => {
    const app = await (await appOn(platform, metadata)).init();
    if (platform === 'Fastify') await readyFastify(app);
    const server = (app.getHttpServer() as Server).listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await askHub(`${urlOf(server)}/chat`, 'x')).toBe('hub: x');
  });
});

describe('an application that does not listen', () => {
  it.each(platforms)('answers a negotiation on %s over a connection in memory', async (platform) => {
    const app = await (await appOn(platform, metadata)).init();
    if (platform === 'Fastify') await readyFastify(app);
    const [ours, theirs] = duplexPair();
    (app.getHttpServer() as Server).emit('connection', theirs);
    ours.write('POST /chat/negotiate?negotiateVersion=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    const answer = (await ours.toArray()).join('');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*"negotiateVersion":1/);
  });

  it('serves nothing in preview mode, and breaks nothing', async () => {
    @Module(metadata)
    class PreviewModule {}
    const app = await NestFactory.create(PreviewModule, { preview: true, logger: log, abortOnError: false });
    app.useWebSocketAdapter(new SignalRAdapter(app));
    await closeLater(app).init();
    expect((app.getHttpServer() as Server).listenerCount('upgrade')).toBe(0);
  });

  // What inject needs is an ES module in the Fastify of Nest 12, which Jest cannot load from CommonJS on Node 20.
  if (nestMajor === 11) {
    it('answers what Fastify’s inject sends', async () => {
      const app = await (await appOn('Fastify', metadata)).init();
      const fastify = await readyFastify(app);
      const answer = await fastify.inject({ method: 'POST', url: '/chat/negotiate?negotiateVersion=1' });
      const page = await fastify.inject({ method: 'GET', url: '/pages' });
      expect([answer.statusCode, JSON.parse(answer.body), page.body]).toMatchObject([200, { negotiateVersion: 1 }, 'a page']);
    });
  }
});

describe('SignalRServer.attach', () => {
  const servers: Server[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });

  async function listening(listener?: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return server;
  }

  it.each(platforms)(
    'serves the hubs of an application on %s on several servers more, with all that stands before them',
    async (platform) => {
      @Injectable()
      class TokenGuard implements CanActivate {
        canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
          if (context.switchToHttp().getRequest<IncomingMessage>().headers.authorization === undefined) throw new UnauthorizedException();
          return true;
        }
      }
      @Hub('/guarded')
      @UseGuards(TokenGuard)
      class GuardedHub {}
      const { app, url } = await servedOn(platform, moduleOf([ChatHub, GuardedHub]));
      const more = [await listening(), await listening()];
      for (const server of more) app.get(SignalRServer).attach(server);
      const urls = [url, ...more.map(urlOf)];
      const sockets = await Promise.all(urls.map((base) => HubSocket.join(`${base}/chat`)));
      expect(await app.get(HubConnections).of(ChatHub).count()).toBe(3);
      for (const base of urls) {
        expect(await askHub(`${base}/chat`, 'x')).toBe('hub: x');
        expect(await knock('negotiation', `${base}/guarded`)).toMatchObject({ status: 401, body: { statusCode: 401 } });
        expect((await knock('upgrade', `${base}/guarded`)).status).toBe(401);
        expect((await knock('upgrade', `${base}/elsewhere`)).status).toBe(404);
      }
      await app.close();
      for (const socket of sockets) expect((await socket.closed)[0]).toBe(1000);
    },
  );

  it('leaves everything else to the server’s own listeners, and the server as it was in the end', async () => {
    const { app } = await servedOn('Express', metadata);
    const server = await listening((_, response) => response.end('its own'));
    const { emit } = server;
    const before = server.listenerCount('upgrade');
    app.get(SignalRServer).attach(server);
    const neighbour = wsServer(server, '/socket');
    const url = urlOf(server);
    expect((await ask('GET', url)).body).toBe('its own');
    expect((await ask('POST', `${url}/chats/negotiate`)).body).toBe('its own');
    expect(await neighbour.ask(url, 'x')).toBe('/socket: x');
    expect(await askHub(`${url}/chat`, 'x')).toBe('hub: x');
    await app.close();
    await neighbour.close();
    expect([server.emit, server.listenerCount('upgrade')]).toEqual([emit, before]);
    expect((await ask('POST', `${url}/chat/negotiate`)).body).toBe('its own');
  });

  it('may be called twice for a server, which answers once', async () => {
    const { app } = await servedOn('Express', metadata);
    const server = await listening();
    for (let turn = 0; turn < 2; turn++) app.get(SignalRServer).attach(server);
    expect(await askHub(`${urlOf(server)}/chat`, 'x')).toBe('hub: x');
    expect((await knock('upgrade', `${urlOf(server)}/elsewhere`)).status).toBe(404);
  });

  it('refuses a server when the application has been closed: it would never be as it was', async () => {
    const { app } = await servedOn('Express', metadata);
    await app.close();
    const server = createServer();
    const { emit } = server;
    expect(() => app.get(SignalRServer).attach(server)).toThrow('The application is closing');
    expect([server.emit, server.listenerCount('upgrade')]).toEqual([emit, 0]);
  });

  it('may be called for a server that listens only later', async () => {
    const { app } = await servedOn('Express', metadata);
    const server = createServer();
    servers.push(server);
    app.get(SignalRServer).attach(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await askHub(`${urlOf(server)}/chat`, 'x')).toBe('hub: x');
  });
});
