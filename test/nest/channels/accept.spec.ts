import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import {
  chain,
  Channel,
  ChannelEndpoint,
  ChannelException,
  ChannelSession,
  ChannelSocket,
  HandleIn,
  Join,
  phoenix,
  SignalRServer,
  Socket,
  type AcceptOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import type { WebSocket } from 'ws';
import { Mailbox } from '../../../lib/testing/mailbox.js';
import { closeLater } from '../../support/app-of.js';
import { channelsOf } from '../../support/channel-app.js';
import { FakeWebSocket } from '../../support/fake-web-socket.js';
import { WebSocketEnds } from '../../support/given-web-socket.js';
import { StandardWebSocket } from '../../support/standard-web-socket.js';

const log: unknown[] = [];
let connect: (session: ChannelSession) => unknown;

@ChannelEndpoint('/socket', { dialect: phoenix() })
class UserSocket {
  onConnected(session: ChannelSession) {
    return connect(session);
  }

  onDisconnected() {
    log.push('gone');
  }
}

@Channel('room:*')
class RoomChannel {
  @Join()
  join(_payload: unknown, @Socket() socket: ChannelSocket) {
    return [socket.user, socket.session.params['as'] ?? null];
  }

  @HandleIn('echo')
  echo(payload: unknown) {
    return payload;
  }
}

const V2 = '/socket/websocket?vsn=2.0.0';
const join = JSON.stringify(['1', '1', 'room:1', 'phx_join', {}]);
const joined = (response: unknown): unknown[] => ['1', '1', 'room:1', 'phx_reply', { status: 'ok', response }];

describe('SignalRServer.accept at a path of channels', () => {
  const open: WebSocketEnds[] = [];

  afterEach(async () => {
    log.length = 0;
    await Promise.all(open.splice(0).map((ends) => ends.close()));
  });

  async function serve(options: { clock?: FakeClock } = {}): Promise<INestApplicationContext> {
    connect = () => undefined;
    return channelsOf([UserSocket, RoomChannel], { ...options, channels: [{ path: '/chain', dialect: chain() }] });
  }

  /** Both ends of a WebSocket, one of them served. */
  async function peerOf(app: INestApplicationContext, options?: AcceptOptions, path = V2, wrap = (socket: WebSocket): unknown => socket) {
    const ends = await WebSocketEnds.open();
    open.push(ends);
    const frames = new Mailbox<unknown>();
    ends.client.on('message', (data: Buffer, isBinary) => frames.put(isBinary ? data : JSON.parse(String(data))));
    const served = app.get(SignalRServer).accept(path, wrap(ends.accepted) as WebSocket, options);
    return { peer: ends.client, next: () => frames.take(() => true), served };
  }

  it('serves it as any client of the dialect, with the user that is given', async () => {
    const { peer, next, served } = await peerOf(await serve(), { user: 'ada' }, `${V2}&as=1`);
    peer.send(join);
    expect(await next()).toEqual(joined(['ada', '1']));
    peer.send(JSON.stringify(['1', '2', 'room:1', 'echo', { a: 1 }]));
    expect(await next()).toEqual(['1', '2', 'room:1', 'phx_reply', { status: 'ok', response: { a: 1 } }]);
    peer.close(1000);
    await served;
    expect(log).toEqual(['gone']);
  });

  it('takes query and user of the request that led to it', async () => {
    const request = { url: '/tunnel?vsn=2.0.0&as=2', headers: {}, user: 'bob' } as unknown as IncomingMessage;
    const { peer, next } = await peerOf(await serve(), { request }, '/socket/websocket');
    peer.send(join);
    expect(await next()).toEqual(joined(['bob', '2']));
  });

  it('carries bytes in both directions, over WebSockets of a browser’s kind too', async () => {
    const { peer, next } = await peerOf(await serve(), {}, V2, (socket) => new StandardWebSocket(socket));
    peer.send(join);
    await next();
    const header = Buffer.from([0, 1, 1, 6, 4]);
    peer.send(Buffer.concat([header, Buffer.from('12room:1echo'), Buffer.from([7])]));
    const replied = Buffer.concat([Buffer.from([1, 1, 1, 6, 2]), Buffer.from('12room:1ok'), Buffer.from([7])]);
    expect(await next()).toEqual(replied);
  });

  it('keeps for the session what the client says before onConnected is done', async () => {
    const app = await serve();
    let letIn: () => void = () => undefined;
    connect = () => new Promise<void>((resolve) => (letIn = resolve));
    const { peer, next } = await peerOf(app);
    peer.send(join);
    letIn();
    expect(await next()).toEqual(joined([null, null]));
  });

  it('refuses whom onConnected refuses with 1008', async () => {
    const app = await serve();
    connect = () => {
      throw new ChannelException('not you');
    };
    const { peer, served } = await peerOf(app);
    expect((await once(peer, 'close'))[0]).toBe(1008);
    await served;
  });

  it('waits for onConnected no longer than the handshake may take', async () => {
    const clock = new FakeClock();
    const app = await serve({ clock });
    let letIn: () => void = () => undefined;
    connect = () => new Promise<void>((resolve) => (letIn = resolve));
    const { peer, served } = await peerOf(app);
    const closed = once(peer, 'close');
    await clock.advance(15_000);
    await served;
    expect((await closed)[0]).toBe(1013);
    letIn();
  });

  it('cuts one that says too much meanwhile and cannot be held back', async () => {
    const app = await serve();
    let letIn: () => void = () => undefined;
    connect = () => new Promise<void>((resolve) => (letIn = resolve));
    const socket = leavingLater();
    const served = app.get(SignalRServer).accept(V2, socket);
    for (let sent = 0; sent < 3; sent++) socket.bring('x'.repeat(600_000));
    letIn();
    await served;
    expect(socket.closedWith).toHaveLength(1);
    expect(log).toEqual(['gone']);
  });

  it('ends it when its signal is aborted, even before it has begun', async () => {
    const app = await serve();
    const controller = new AbortController();
    const { peer, next, served } = await peerOf(app, { signal: controller.signal });
    peer.send(join);
    await next();
    controller.abort();
    await served;
    const late = await peerOf(app, { signal: controller.signal });
    await late.served;
    expect(log).toEqual(['gone', 'gone']);
  });

  it('notices one that has gone before it was let in', async () => {
    const app = await serve();
    let letIn: () => void = () => undefined;
    connect = () => new Promise<void>((resolve) => (letIn = resolve));
    const { peer, served } = await peerOf(app);
    const [accepted] = open.map((ends) => ends.accepted);
    peer.terminate();
    await once(accepted, 'close');
    letIn();
    await served;
    expect(log).toEqual(['gone']);
  });

  it('says what is wrong with what it was given', async () => {
    const server = (await serve()).get(SignalRServer);
    const socket = leavingLater();
    expect(() => server.accept('/chain/sse', socket)).toThrow(
      "At '/chain/sse' requests are answered, and no WebSockets served: accept has nothing to do there.",
    );
    expect(() => server.accept('/socket/websocket?vsn=9', socket)).toThrow(
      "The query of the request asks '/socket/websocket?vsn=9' for a version of phoenix that is not spoken there.",
    );
    expect(() => server.accept(V2, {} as WebSocket)).toThrow('Channels are spoken over WebSockets. accept was given an object (Object).');
    void server.accept(V2, socket);
    expect(() => server.accept(V2, socket)).toThrow('that it was given before');
  });
});

/** A WebSocket that has left before the application ends. */
function leavingLater(): FakeWebSocket {
  const socket = new FakeWebSocket();
  closeLater({ close: () => socket.leave() });
  return socket;
}
