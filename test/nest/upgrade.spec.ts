import { once } from 'node:events';
import type { Server } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Caller,
  Clients,
  Hub,
  HubConnections,
  HubMethod,
  type HubCallerClients,
  type HubCallerContext,
  type OnDisconnected,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { WebSocket, WebSocketServer } from 'ws';
import { moduleOf, servedAppFrom, servedAppOf, type ServedApp } from '../support/app-of.js';
import { ask, rawSocket } from '../support/app-request.js';
import { Gate } from '../support/hub-gate.js';
import { HANDSHAKE, invocation, record } from '../support/hub-peer.js';
import { HubSocket } from '../support/hub-socket.js';

@Hub('/Chat')
class ChatHub implements OnDisconnected {
  readonly gone = new Gate();
  readonly ends: (Error | undefined)[] = [];

  onDisconnected(_: HubCallerContext, error?: Error) {
    this.ends.push(error);
    void this.gone.pass();
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }

  @HubMethod()
  look(@Caller() { connectionId, transport, url, headers, accessToken }: HubCallerContext) {
    return { connectionId, transport, url, agent: headers['user-agent'], accessToken };
  }

  @HubMethod()
  async tellTwice(@Clients() clients: HubCallerClients) {
    void clients.caller.send('m', 1);
    void clients.caller.send('m', 2);
  }

  @HubMethod()
  leave(@Caller() caller: HubCallerContext) {
    caller.abort();
  }
}

@Hub('/news')
class NewsHub {}

@WebSocketGateway({ path: '/gateway' })
class EchoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown) {
    return { event: 'echoed', data };
  }
}

interface Negotiated {
  connectionId: string;
  connectionToken: string;
}

async function negotiate(url: string, path = '/chat', version = 1): Promise<Negotiated> {
  return JSON.parse((await ask('POST', `${url}${path}/negotiate?negotiateVersion=${version}`)).body) as Negotiated;
}

const served = (): Promise<ServedApp> => servedAppOf([ChatHub, NewsHub]);
const serverOf = (app: INestApplication): Server => app.getHttpServer() as Server;

/** Whether the hub answers at this server, over WebSockets. */
async function hubAnswers(url: string): Promise<boolean> {
  const { socket, ...peer } = await HubSocket.join(`${url}/chat`).then((joined) => ({
    socket: joined.socket,
    next: () => joined.messages(),
  }));
  socket.send(record(invocation('1', 'echo', 'x')));
  const [{ result }] = await peer.next();
  socket.terminate();
  return result === 'x';
}

describe('an upgrade to a hub', () => {
  it.each([0, 3_000_000])(
    'takes messages as large as maximumReceiveMessageSize says, in one frame: %d',
    async (maximumReceiveMessageSize) => {
      const { url } = await servedAppOf([ChatHub], { maximumReceiveMessageSize });
      const socket = await HubSocket.join(`${url}/chat`);
      const text = 'x'.repeat(2_000_000);
      socket.socket.send(record(invocation('1', 'echo', text)));
      expect(await socket.messages()).toMatchObject([{ result: text }]);
    },
  );

  it('with a token that was negotiated has the id that was negotiated', async () => {
    const { url } = await served();
    const { connectionId, connectionToken } = await negotiate(url);
    const socket = await HubSocket.join(`${url}/chat?id=${connectionToken}&access_token=t`, { headers: { 'User-Agent': 'me' } });
    socket.socket.send(record(invocation('1', 'look')));
    expect(await socket.messages()).toMatchObject([
      {
        result: { connectionId, transport: 'WebSockets', url: `/chat?id=${connectionToken}&access_token=t`, agent: 'me', accessToken: 't' },
      },
    ]);
  });

  it('with an empty token has not negotiated', async () => {
    const { url } = await served();
    const socket = await HubSocket.join(`${url}/chat?id=`);
    socket.socket.send(record(invocation('1', 'echo', 'x')));
    expect(await socket.messages()).toMatchObject([{ result: 'x' }]);
  });

  it('in version 0 takes the id for the token', async () => {
    const { url } = await served();
    const { connectionId } = await negotiate(url, '/chat', 0);
    const socket = await HubSocket.join(`${url}/chat?id=${connectionId}`);
    socket.socket.send(record(invocation('1', 'look')));
    expect(await socket.messages()).toMatchObject([{ result: { connectionId } }]);
  });

  it('A07: without a token is a connection that was not negotiated', async () => {
    const { url } = await served();
    expect(await hubAnswers(url)).toBe(true);
  });

  it.each(['/chat', '/CHAT', '/Chat/', '/chat?ID={token}', '/chat/?x=1&Id={token}'])('is found without case: %s', async (path) => {
    const { url } = await served();
    const { connectionToken } = await negotiate(url);
    const { socket } = await HubSocket.join(url + path.replace('{token}', connectionToken));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });

  it.each(['unknown', '__proto__', 'constructor', 'toString', '%00', 'a&id=b', 'x'.repeat(8_000)])(
    'A05, A06: with a token that is nobody’s gets 404: %j',
    async (token) => {
      const { url } = await served();
      expect(await HubSocket.refusal(`${url}/chat?id=${token}`)).toEqual({ status: 404, body: 'No Connection with that ID' });
      expect(await hubAnswers(url)).toBe(true);
    },
  );

  it('H07: with the public id, or with a token of another hub, gets 404', async () => {
    const { url } = await served();
    const { connectionId, connectionToken } = await negotiate(url);
    expect(await HubSocket.refusal(`${url}/chat?id=${connectionId}`)).toMatchObject({ status: 404 });
    expect(await HubSocket.refusal(`${url}/news?id=${connectionToken}`)).toMatchObject({ status: 404 });
    await HubSocket.join(`${url}/chat?id=${connectionToken}`);
  });

  it('A09: with a token that is in use gets 409, and the one who has it is not disturbed; afterwards it is nobody’s', async () => {
    const { app, url } = await served();
    const { connectionToken } = await negotiate(url);
    const first = await HubSocket.join(`${url}/chat?id=${connectionToken}`);
    expect(await HubSocket.refusal(`${url}/chat?id=${connectionToken}`)).toEqual({ status: 409, body: '' });
    first.socket.send(record(invocation('1', 'echo', 'still here')));
    expect(await first.messages()).toMatchObject([{ result: 'still here' }]);
    first.socket.close();
    await app.get(ChatHub).gone.reached;
    expect(await HubSocket.refusal(`${url}/chat?id=${connectionToken}`)).toMatchObject({ status: 404 });
  });

  it('A08, A11: makes requests to its token say that it is a WebSocket', async () => {
    const { url } = await served();
    const { connectionToken } = await negotiate(url);
    await HubSocket.join(`${url}/chat?id=${connectionToken}`);
    const answer = (method: string) => ask(method, `${url}/chat?id=${connectionToken}`);
    expect(await answer('POST')).toMatchObject({ status: 405, body: 'POST requests are not allowed for WebSocket connections.' });
    expect(await answer('DELETE')).toMatchObject({ status: 400, body: 'Cannot terminate this connection using the DELETE endpoint.' });
    expect(await answer('GET')).toMatchObject({ status: 400, body: 'Cannot change transports mid-connection' });
  });

  it('that is no WebSocket is refused, does not use up the token, and the server lives', async () => {
    const { url } = await served();
    const { connectionToken } = await negotiate(url);
    const socket = await rawSocket(url);
    socket.write(`GET /chat?id=${connectionToken} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const [text] = (await once(socket, 'data')) as [string];
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
    await HubSocket.join(`${url}/chat?id=${connectionToken}`);
  });

  it('gets no subprotocol, whichever it asks for', async () => {
    const { url } = await served();
    const socket = await rawSocket(url);
    socket.write(
      'GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: json, x\r\n\r\n',
    );
    const [text] = (await once(socket, 'data')) as [string];
    expect(text).toMatch(/^HTTP\/1\.1 101 /);
    expect(text.toLowerCase()).not.toContain('sec-websocket-protocol');
    socket.destroy();
  });

  it('works under a global prefix where it always was', async () => {
    const { url } = await servedAppFrom(moduleOf([ChatHub]), (app) => app.setGlobalPrefix('api'));
    expect(await hubAnswers(url)).toBe(true);
    expect(await HubSocket.refusal(`${url}/api/chat`)).toMatchObject({ status: 404 });
  });

  it('works when the application was initialised before it listened', async () => {
    const { url } = await servedAppFrom(moduleOf([ChatHub]), (app) => app.init());
    expect(await hubAnswers(url)).toBe(true);
  });
});

describe('a WebSocket', () => {
  it('C07: carries a stream of bytes: messages may share a frame, or be spread over several, of either kind', async () => {
    const { url } = await served();
    const { socket, ...peer } = await HubSocket.open(`${url}/chat`).then((opened) => ({
      socket: opened.socket,
      next: () => opened.messages(),
    }));
    const bytes = Buffer.from(HANDSHAKE + record(invocation('1', 'echo', 'é')) + record(invocation('2', 'echo', 'b')));
    const cut = bytes.indexOf('é') + 1;
    socket.send(bytes.subarray(0, 10), { binary: true });
    socket.send(bytes.subarray(10, cut), { binary: true });
    socket.send(bytes.subarray(cut), { binary: true });
    const heard: object[] = [];
    while (heard.length < 3) heard.push(...(await peer.next()));
    expect(heard).toMatchObject([{}, { result: 'é' }, { result: 'b' }]);
  });

  it('carries all that was said in one turn in one text frame', async () => {
    const { url } = await served();
    const socket = await HubSocket.join(`${url}/chat`);
    socket.socket.send(record({ type: 1, target: 'tellTwice', arguments: [] }));
    const { text, isBinary } = await socket.frame();
    expect(isBinary).toBe(false);
    expect(text).toBe(record({ type: 1, target: 'm', arguments: [1] }) + record({ type: 1, target: 'm', arguments: [2] }));
  });

  it('ends with a close message and code 1000 when the application aborts it', async () => {
    const { url } = await served();
    const socket = await HubSocket.join(`${url}/chat`);
    socket.socket.send(record(invocation('1', 'leave')));
    expect(await socket.messages()).toEqual([{ type: 7 }]);
    expect(await socket.closed).toEqual([1000, '']);
  });

  it('ends with a close message and code 1000 for bytes that are no message', async () => {
    const { app, url } = await served();
    const socket = await HubSocket.join(`${url}/chat`);
    socket.socket.send('oops\u001e');
    expect(await socket.messages()).toEqual([{ type: 7, error: 'Connection closed with an error.', allowReconnect: true }]);
    expect(await socket.closed).toEqual([1000, '']);
    expect(app.get(ChatHub).ends).toMatchObject([{ name: 'InvalidDataException' }]);
  });

  it('ends with a close message that allows to come back, and code 1000, when the application ends', async () => {
    const { app, url } = await served();
    const sockets = await Promise.all([1, 2, 3].map(() => HubSocket.join(`${url}/chat`)));
    await app.close();
    for (const socket of sockets) {
      expect(await socket.messages()).toEqual([{ type: 7, allowReconnect: true }]);
      expect(await socket.closed).toEqual([1000, '']);
    }
    expect(app.get(ChatHub).ends).toEqual([undefined, undefined, undefined]);
  });

  it('ends without an error when the client closes it, and the client sees 1000', async () => {
    const { app, url } = await served();
    const socket = await HubSocket.join(`${url}/chat`);
    socket.socket.close();
    expect(await socket.closed).toEqual([1000, '']);
    await app.get(ChatHub).gone.reached;
    expect(app.get(ChatHub).ends).toEqual([undefined]);
  });

  it('ends without an error when the client’s network is gone', async () => {
    const { app, url } = await served();
    const socket = await HubSocket.join(`${url}/chat`);
    socket.socket.terminate();
    await app.get(ChatHub).gone.reached;
    expect(await app.get(HubConnections).of(ChatHub).count()).toBe(0);
  });

  it('C08: is cut after closeTimeout when the client does not answer', async () => {
    const clock = new FakeClock();
    const { app, url } = await servedAppOf([ChatHub], { clock, webSocket: { closeTimeout: 3_000 } });
    const socket = await rawSocket(url);
    socket.write(
      'GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await clock.advance(15_000);
    await once(socket, 'data');
    expect(socket.destroyed).toBe(false);
    await clock.advance(3_000);
    await closed;
    expect(await app.get(HubConnections).count()).toBe(0);
  });
});

describe('upgrades that are not for a hub', () => {
  it('get 404 when nobody else is there', async () => {
    const { url } = await served();
    expect(await HubSocket.refusal(`${url}/elsewhere`)).toEqual({ status: 404, body: '' });
    expect(await HubSocket.refusal(`${url}/chat/negotiate`)).toMatchObject({ status: 404 });
  });

  it.each(['before', 'after'])('go to a server of ws with a path of its own that was attached %s listen', async (when) => {
    const connected = new Gate();
    const attach = (server: Server): WebSocketServer =>
      new WebSocketServer({ server, path: '/own' }).on('connection', (socket) => {
        void connected.pass();
        socket.send('welcome');
      });
    const { app, url } = await servedAppFrom(moduleOf([ChatHub]), (prepared) => {
      if (when === 'before') attach(serverOf(prepared));
    });
    if (when === 'after') attach(serverOf(app));
    const own = await HubSocket.open(`${url}/own`);
    expect((await own.frame()).text).toBe('welcome');
    await connected.reached;
    expect(await hubAnswers(url)).toBe(true);
    expect(await HubSocket.refusal(`${url}/elsewhere`)).toMatchObject({ status: 400 });
    own.socket.terminate();
  });

  it('go to gateways on the same port, and the hub is not disturbed by them', async () => {
    const { url } = await servedAppFrom({ ...moduleOf([ChatHub]), providers: [ChatHub, EchoGateway] }, (app) =>
      app.useWebSocketAdapter(new WsAdapter(app)),
    );
    const gateway = await HubSocket.open(`${url}/gateway`);
    const hub = await HubSocket.join(`${url}/chat`);
    gateway.socket.send(JSON.stringify({ event: 'echo', data: 'x' }));
    expect(JSON.parse((await gateway.frame()).text)).toEqual({ event: 'echoed', data: 'x' });
    hub.socket.send(record(invocation('1', 'echo', 'y')));
    expect(await hub.messages()).toMatchObject([{ result: 'y' }]);
    gateway.socket.terminate();
  });

  it('reach a listener of the application, with all that Node gives', async () => {
    const { app, url } = await served();
    const reached = once(serverOf(app), 'upgrade');
    const socket = new WebSocket(`${url.replace('http', 'ws')}/own?x=1`);
    socket.on('error', () => undefined);
    const [request, duplex, head] = (await reached) as [{ url: string }, { destroy(): void }, Buffer];
    expect([request.url, Buffer.isBuffer(head)]).toEqual(['/own?x=1', true]);
    duplex.destroy();
  });
});

describe('the router of upgrades', () => {
  it('is gone when the application is closed: the server is as it was', async () => {
    const { app } = await servedAppOf([ChatHub]);
    const server = serverOf(app);
    const { emit } = Object.getPrototypeOf(server) as Server;
    expect(server.emit).not.toBe(emit);
    await app.close();
    expect(server.emit).toBe(emit);
    expect(server.listenerCount('upgrade')).toBe(0);
  });

  it('does not undo what another has wrapped around it meanwhile', async () => {
    const { app } = await servedAppOf([ChatHub]);
    const server = serverOf(app);
    const { emit } = server;
    const seen: unknown[] = [];
    server.emit = function (this: Server, ...values: Parameters<typeof emit>) {
      seen.push(values[0]);
      return emit.apply(this, values);
    } as typeof emit;
    const wrapped = server.emit;
    await app.close();
    expect(server.emit).toBe(wrapped);
    server.emit('custom');
    expect(seen).toContain('custom');
  });

  it('leaves the server’s other events alone', async () => {
    const { app } = await servedAppOf([ChatHub]);
    const server = serverOf(app);
    const seen: unknown[] = [];
    server.on('custom' as 'close', (...values: unknown[]) => seen.push(...values));
    expect((server.emit as (name: string, ...values: unknown[]) => boolean)('custom', 1, 2)).toBe(true);
    expect(server.emit('unheard' as 'close')).toBe(false);
    expect(seen).toEqual([1, 2]);
  });
});
