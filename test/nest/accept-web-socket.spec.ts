import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Caller, Hub, HubConnections, HubMethod, SignalRServer, type AcceptOptions, type HubCallerContext } from 'nestjs-signalr';
import { WebSocket, WebSocketServer } from 'ws';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { appOf } from '../support/app-of.js';
import { WebSocketEnds } from '../support/given-web-socket.js';
import { HANDSHAKE, invocation, record } from '../support/hub-peer.js';
import { StandardWebSocket } from '../support/standard-web-socket.js';

@Hub('/chat')
class ChatHub {
  @HubMethod()
  look(@Caller() { transport, user }: HubCallerContext) {
    return [transport, user];
  }
}

const MESSAGE_PACK = HANDSHAKE.replace('json', 'messagepack');
const messagePackOnText =
  "Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' transfer format.";

describe('SignalRServer.accept of a WebSocket', () => {
  const open: WebSocketEnds[] = [];

  const endsOfOne = async (): Promise<WebSocketEnds> => {
    const ends = await WebSocketEnds.open();
    open.push(ends);
    return ends;
  };

  afterEach(() => Promise.all(open.splice(0).map((ends) => ends.close())));

  /** The peer's end of a WebSocket of which the other end is served. */
  async function peerOf(options: AcceptOptions = {}): Promise<{ peer: WebSocket; frames: Mailbox<unknown[]>; served: Promise<void> }> {
    const app = await appOf([ChatHub]);
    const { client: peer, accepted } = await endsOfOne();
    const served = app.get(SignalRServer).accept(ChatHub, accepted, options);
    const frames = new Mailbox<unknown[]>();
    peer.on('message', (data: Buffer, isBinary) => frames.put([isBinary, data.toString('latin1')]));
    return { peer, frames, served };
  }

  const next = (frames: Mailbox<unknown[]>): Promise<unknown[]> => frames.take(() => true);

  it('serves it as any connection, with the user that is given', async () => {
    const { peer, frames, served } = await peerOf({ user: 'ada' });
    peer.send(HANDSHAKE + record(invocation('1', 'look')));
    expect(await next(frames)).toEqual([false, '{}\u001e']);
    expect(await next(frames)).toEqual([false, record({ type: 3, invocationId: '1', result: ['WebSockets', 'ada'] })]);
    peer.send(record({ type: 7 }));
    const [code] = (await once(peer, 'close')) as [number];
    await served;
    expect(code).toBe(1000);
  });

  it('serves a client that is still connecting, of which the server’s side is a SignalR client', async () => {
    const app = await appOf([ChatHub]);
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
    const served = app.get(SignalRServer).accept(ChatHub, new StandardWebSocket(client));
    const [peer] = (await once(server, 'connection')) as [WebSocket];
    peer.send(HANDSHAKE);
    expect(String(await once(peer, 'message'))).toContain('{}\u001e');
    peer.close(1000);
    await served;
    await new Promise((resolve) => server.close(resolve));
  });

  it('settles when a client never gets to connect', async () => {
    const app = await appOf([ChatHub]);
    await expect(app.get(SignalRServer).accept(ChatHub, new WebSocket('ws://127.0.0.1:1'))).resolves.toBeUndefined();
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('gives up one that does not connect in time', async () => {
    const clock = new FakeClock();
    const app = await appOf([ChatHub], { clock });
    const silent = new WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient: () => undefined });
    await once(silent, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(silent.address() as { port: number }).port}`);
    const served = app.get(SignalRServer).accept(ChatHub, client);
    await clock.advance(15_000);
    await served;
    await new Promise((resolve) => silent.close(resolve));
    expect(client.readyState).toBeGreaterThan(1);
  });

  it('ends it when its signal is aborted', async () => {
    const controller = new AbortController();
    const { peer, frames, served } = await peerOf({ signal: controller.signal });
    peer.send(HANDSHAKE);
    await next(frames);
    controller.abort();
    expect(await next(frames)).toEqual([false, record({ type: 7 })]);
    await served;
  });

  it('refuses MessagePack where only text can be carried', async () => {
    const { peer, frames, served } = await peerOf({ transferFormat: 'text' });
    peer.send(MESSAGE_PACK);
    expect(await next(frames)).toEqual([false, record({ error: messagePackOnText })]);
    await served;
  });

  it('answers in bytes where only bytes can be carried', async () => {
    const { peer, frames } = await peerOf({ transferFormat: 'binary' });
    peer.send(HANDSHAKE);
    expect(await next(frames)).toEqual([true, '{}\u001e']);
  });

  it('speaks MessagePack in bytes where nothing is said', async () => {
    const { peer, frames } = await peerOf();
    peer.send(MESSAGE_PACK);
    expect(await next(frames)).toEqual([true, '{}\u001e']);
  });

  it('throws for a format that is none, and for what is no WebSocket', async () => {
    const app = await appOf([ChatHub]);
    const { accepted } = await endsOfOne();
    const accept = app.get(SignalRServer).accept.bind(app.get(SignalRServer), ChatHub) as (...values: unknown[]) => unknown;
    expect(() => accept(accepted, { transferFormat: 'utf8' })).toThrow(
      "The transferFormat of accept has to be 'text' or 'binary'. It was given 'utf8'.",
    );
    expect(() => accept(new EventTarget())).toThrow('accept serves a Duplex (a socket, a pipe) or a WebSocket. It was given');
  });

  it('cuts one that comes when the application closes', async () => {
    const app = await appOf([ChatHub]);
    await app.close();
    const { client, accepted } = await endsOfOne();
    await app.get(SignalRServer).accept(ChatHub, accepted);
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(1006);
  });
});
