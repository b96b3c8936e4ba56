import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Injectable, type BeforeApplicationShutdown, type INestApplication, type OnApplicationShutdown } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Caller, Hub, HubCallerContext, HubConnections, HubMethod, SignalRAdapter, type OnDisconnected } from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { log, moduleOf } from '../../support/app-of.js';
import { rawSocket, silentWebSocket } from '../../support/app-request.js';
import { Gate } from '../../support/hub-gate.js';
import { invocation, record } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { knock } from '../../support/nest-knock.js';
import { askSocketIo } from '../../support/nest-neighbours.js';
import { appOn, platforms, servedOn, type Platform } from '../../support/nest-platforms.js';

const trail: string[] = [];

@Hub('/chat')
class ChatHub implements OnDisconnected {
  readonly ends: unknown[] = [];
  gate = new Gate();

  onDisconnected(_: HubCallerContext, error?: Error) {
    this.ends.push(error);
    trail.push('onDisconnected');
  }

  @HubMethod()
  async wait(@Caller() { signal }: HubCallerContext) {
    void this.gate.pass();
    await once(signal, 'abort');
    trail.push('aborted');
  }

  @HubMethod()
  async stuck() {
    await this.gate.pass();
  }
}

@Injectable()
class Witness implements BeforeApplicationShutdown, OnApplicationShutdown {
  beforeApplicationShutdown() {
    trail.push('beforeApplicationShutdown');
  }

  onApplicationShutdown() {
    trail.push('onApplicationShutdown');
  }
}

interface Served {
  readonly app: INestApplication;
  readonly hub: string;
}

async function served(platform: Platform, options: Parameters<typeof moduleOf>[1] = {}): Promise<Served> {
  trail.length = 0;
  const metadata = moduleOf([ChatHub, Witness], options);
  const { app, url } = await servedOn(platform, metadata);
  return { app, hub: `${url}/chat` };
}

const goodbye = { type: 7, allowReconnect: true };

/** How a client sees its end: the last message, and the code of the close frame. */
async function farewell(socket: HubSocket): Promise<unknown> {
  const messages = await socket.messages();
  return [messages.at(-1), (await socket.closed)[0]];
}

describe.each(platforms)('the end of an application on %s', (platform) => {
  it('tells every connection that it may come back, and waits for its hooks', async () => {
    const { app, hub } = await served(platform);
    const sockets = await Promise.all(Array.from({ length: 50 }, () => HubSocket.join(hub)));
    const farewells = sockets.map(farewell);
    await app.close();
    expect(await Promise.all(farewells)).toEqual(sockets.map(() => [goodbye, 1000]));
    expect(app.get(ChatHub).ends).toEqual(Array(50).fill(undefined));
    expect(trail.filter((event) => event !== 'beforeApplicationShutdown')).toEqual([
      ...Array(50).fill('onDisconnected'),
      'onApplicationShutdown',
    ]);
    await expect(fetch(hub)).rejects.toThrow('fetch failed');
  });

  it('L03: comes once, however often and at once it is asked for', async () => {
    const { app, hub } = await served(platform);
    const socket = await HubSocket.join(hub);
    const ended = farewell(socket);
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(await ended).toEqual([goodbye, 1000]);
    expect(app.get(ChatHub).ends).toEqual([undefined]);
  });

  it('aborts the signal of calls that run when they had their time, and waits for them', async () => {
    const { app, hub } = await served(platform, { drain: { grace: 10 } });
    const socket = await HubSocket.join(hub);
    socket.socket.send(record(invocation('1', 'wait')));
    await app.get(ChatHub).gate.reached;
    await app.close();
    expect(trail.indexOf('aborted')).toBeLessThan(trail.indexOf('onDisconnected'));
    expect((await socket.closed)[0]).toBe(1000);
  });

  it('L03: waits for a handler that is stuck no longer than drain.timeout', async () => {
    const { app, hub } = await served(platform, { drain: { grace: 10, timeout: 20 } });
    const socket = await HubSocket.join(hub);
    socket.socket.send(record(invocation('1', 'stuck')));
    await app.get(ChatHub).gate.reached;
    await app.close();
    expect(await farewell(socket)).toEqual([goodbye, 1000]);
  });

  it('cuts after closeTimeout a client that does not answer its close frame', async () => {
    const { app, hub } = await served(platform, { webSocket: { closeTimeout: 20 } });
    const socket = await silentWebSocket(hub);
    await app.close();
    expect(await app.get(HubConnections).count()).toBe(0);
    socket.destroy();
  });

  it('waits for no client that has said nothing yet, nor for one that only negotiated', async () => {
    const { app, hub } = await served(platform);
    const silent = await HubSocket.open(hub);
    await knock('negotiation', hub);
    await app.close();
    expect((await silent.closed)[0]).toBe(1000);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('is not held up by an HTTP connection that was kept alive', async () => {
    const { app, hub } = await served(platform);
    const agent = new Agent({ keepAlive: true });
    const sent = request(`${hub}/negotiate`, { method: 'POST', agent }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    await response.toArray();
    await app.close();
    expect(response.headers.connection).toBe('keep-alive');
    agent.destroy();
  });

  it('is not held up by a socket over which nothing was said, nor by a body that goes on after its answer', async () => {
    const { app, hub } = await served(platform);
    const server = app.getHttpServer() as NodeJS.EventEmitter;
    const accepted = once(server, 'connection');
    const silent = await rawSocket(hub);
    await accepted;
    const endless = await rawSocket(hub);
    endless.write('POST /chat/negotiate HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx');
    expect(String(await once(endless, 'data'))).toMatch(/^HTTP\/1\.1 200 OK/);
    const ends = [silent, endless].map((socket) => new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve)));
    await app.close();
    await Promise.all(ends);
    expect(await app.get(HubConnections).count()).toBe(0);
  });
});

describe('the end of an application', () => {
  it('ends connections over streams as well', async () => {
    const { app } = await served('Express');
    const client = await createTestClient(app, ChatHub);
    await app.close();
    expect(await client.closed).toEqual({ error: undefined, allowReconnect: true });
  });

  it('ends the clients of plain gateways, ours and those of a fallback', async () => {
    @WebSocketGateway({ path: '/ours', signalr: true })
    class OurGateway {
      @SubscribeMessage('echo')
      echo() {
        return 'ours';
      }
    }
    @WebSocketGateway()
    class TheirGateway {
      @SubscribeMessage('echo')
      echo() {
        return 'theirs';
      }
    }
    const { app, url } = await servedOn('Express', moduleOf([OurGateway, TheirGateway]), (application) => {
      application.useWebSocketAdapter(new SignalRAdapter(application, { fallback: new IoAdapter(application) }));
    });
    expect(await askSocketIo(url, 'echo', 'x')).toBe('theirs');
    const socket = await HubSocket.join(`${url}/ours`);
    const ended = farewell(socket);
    await app.close();
    expect(await ended).toEqual([goodbye, 1000]);
    expect(log.takeErrors()).toEqual([]);
  });

  it('L03: comes before anything was begun', async () => {
    const app = await appOn('Express', moduleOf([ChatHub]));
    await app.close();
    expect(app.get(ChatHub).ends).toEqual([]);
  });
});
