import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Duplex, duplexPair, Readable, Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Caller, Hub, HubConnections, HubMethod, SignalRServer, type HubCallerContext, type OnDisconnected } from 'nestjs-signalr';
import { appOf, closeLater, log, moduleOf } from '../support/app-of.js';
import { HANDSHAKE, HubPeer, invocation, record } from '../support/hub-peer.js';

@Hub('/Chat/Room')
class ChatHub implements OnDisconnected {
  readonly ends: (Error | undefined)[] = [];
  last: HubCallerContext | undefined;

  onDisconnected(_: HubCallerContext, error?: Error) {
    this.ends.push(error);
  }

  @HubMethod()
  look(@Caller() caller: HubCallerContext) {
    this.last = caller;
    return caller.connectionId;
  }
}

describe('SignalRServer.accept', () => {
  it.each(['/Chat/Room', '/chat/room', '/CHAT/ROOM/', '/chat/room/'])('finds the hub by its path: %s', async (path) => {
    const app = await appOf([ChatHub]);
    const peer = await HubPeer.join(app, path);
    expect(await peer.ask('look')).toMatchObject({ result: expect.stringMatching(/^[\w-]{22}$/) });
  });

  it.each(['/chat', 'chat/room', '', '__proto__', 'constructor', '/chat/room//'])(
    'throws for a path that is none, and names those that are: %j',
    async (path) => {
      const server = (await appOf([ChatHub])).get(SignalRServer);
      const [, theirs] = duplexPair();
      expect(() => server.accept(path, theirs)).toThrow(`No hub is served at '${path}'. There are: /Chat/Room.`);
    },
  );

  it('throws for a class that is no hub', async () => {
    const server = (await appOf([ChatHub])).get(SignalRServer);
    const [, theirs] = duplexPair();
    expect(() => server.accept(class NoHub {}, theirs)).toThrow('NoHub is no hub of this application.');
  });

  it('throws before the application has started', async () => {
    const module = closeLater(
      await Test.createTestingModule(moduleOf([ChatHub]))
        .setLogger(log)
        .compile(),
    );
    const [, theirs] = duplexPair();
    expect(() => module.get(SignalRServer).accept(ChatHub, theirs)).toThrow('The hub ChatHub is not running yet');
  });

  it.each<[string, unknown[]]>([
    ['what is no stream', [undefined]],
    ['an object that is none', [{}]],
    ['a stream that can only be written to', [new Writable()]],
    ['a stream that can only be read', [new Readable()]],
    ['options that are none', [duplexPair()[0], null]],
    ['a signal that is none', [duplexPair()[0], { signal: true }]],
    ['no signal', [duplexPair()[0], { signal: null }]],
    ['a request that is none', [duplexPair()[0], { request: 5 }]],
    ['no request', [duplexPair()[0], { request: null }]],
  ])('throws for %s, and opens nothing', async (_, given) => {
    const app = await appOf([ChatHub]);
    const accept = app.get(SignalRServer).accept.bind(app.get(SignalRServer), ChatHub) as (...values: unknown[]) => unknown;
    expect(() => accept(...given)).toThrow('It was given');
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('throws for an option that it does not have', async () => {
    const server = (await appOf([ChatHub])).get(SignalRServer);
    expect(() => server.accept(ChatHub, duplexPair()[0], { users: 1 } as object)).toThrow(
      "accept does not know the option 'users'. It takes user, request, transferFormat, signal.",
    );
  });

  it('throws for a stream that it was given before, which it goes on serving', async () => {
    const app = await appOf([ChatHub]);
    const peer = await HubPeer.join(app, ChatHub);
    expect(() => app.get(SignalRServer).accept(ChatHub, peer.theirs)).toThrow(
      'accept was given a stream or a WebSocket that it was given before. Hand each over once.',
    );
    expect(await peer.ask('look')).toMatchObject({ result: expect.any(String) });
  });

  it('ends for a stream that gives what are no bytes, and says so', async () => {
    const app = await appOf([ChatHub]);
    const objects = new Duplex({ objectMode: true, read() {}, write: (_, __, written) => written() });
    closeLater({ close: () => objects.destroy() });
    const served = app.get(SignalRServer).accept(ChatHub, objects);
    objects.push(HANDSHAKE);
    objects.push({ type: 1 });
    await served;
    expect(app.get(ChatHub).ends).toMatchObject([{ message: 'A stream or a WebSocket gave something that is neither text nor bytes.' }]);
  });

  it('destroys a stream that comes when the application closes', async () => {
    const app = await appOf([ChatHub]);
    await app.close();
    const [ours, theirs] = duplexPair();
    await app.get(SignalRServer).accept(ChatHub, theirs);
    expect(theirs.destroyed).toBe(true);
    ours.destroy();
  });

  it('shows guards the user on the request, which is the caller’s', async () => {
    const seen: unknown[] = [];
    @Hub('/guarded')
    @UseGuards({ canActivate: (context) => seen.push(context.switchToHttp().getRequest<{ user: unknown }>().user) > 0 })
    class GuardedHub extends ChatHub {}
    const app = await appOf([GuardedHub]);
    const request = { url: '/', headers: {}, user: 'of the request' } as unknown as IncomingMessage;
    for (const options of [{ request }, { request, user: 'given' }, { user: 'given' }]) {
      const peer = await HubPeer.join(app, GuardedHub, options);
      await peer.ask('look');
    }
    expect(seen).toEqual(['of the request', 'given', 'given']);
  });

  it('gives the hub the user and the request that it was given', async () => {
    const app = await appOf([ChatHub]);
    const headers = { authorization: 'Bearer secret', 'x-trace': '1' };
    const request = { url: '/elsewhere?room=7&access_token=other', headers } as unknown as IncomingMessage;
    const user = { id: 'ada' };
    const peer = await HubPeer.join(app, ChatHub, { user, request });
    await peer.ask('look');
    const caller = app.get(ChatHub).last as HubCallerContext;
    expect(caller.user).toBe(user);
    expect(caller.request).toBe(request);
    expect([caller.userIdentifier, caller.headers, caller.url, caller.query.get('room'), caller.accessToken, caller.transport]).toEqual([
      'ada',
      headers,
      request.url,
      '7',
      'secret',
      undefined,
    ]);
  });

  it.each<[string, object | undefined, string | undefined]>([
    ['a query', { url: '/?access_token=t%20t', headers: {} }, 't t'],
    ['a header of any case', { url: '/', headers: { authorization: 'bearer t' } }, 't'],
    ['a header of another scheme, and a query', { url: '/?access_token=q', headers: { authorization: 'Basic t' } }, 'q'],
    ['neither', { url: '/?token=q', headers: {} }, undefined],
    ['no request at all', undefined, undefined],
  ])('finds the access token in %s', async (_, request, token) => {
    const app = await appOf([ChatHub]);
    const peer = await HubPeer.join(app, ChatHub, { request: request as IncomingMessage });
    await peer.ask('look');
    expect(app.get(ChatHub).last?.accessToken).toBe(token);
  });

  it('gives the hub one context for the whole connection, whose user and items can be written', async () => {
    const app = await appOf([ChatHub]);
    const hub = app.get(ChatHub);
    const peer = await HubPeer.join(app, ChatHub, { user: { id: 'ada' } });
    await peer.ask('look');
    const caller = hub.last as HubCallerContext;
    caller.user = { id: 'bob' };
    caller.items.set('__proto__', 1);
    await peer.ask('look');
    expect(hub.last).toBe(caller);
    expect([hub.last?.user, hub.last?.userIdentifier, hub.last?.items.get('__proto__')]).toEqual([{ id: 'bob' }, 'ada', 1]);
  });

  it('gives each connection an id of its own', async () => {
    const app = await appOf([ChatHub]);
    const peers = await Promise.all(Array.from({ length: 50 }, () => HubPeer.join(app, ChatHub)));
    const ids = await Promise.all(peers.map(async (peer) => (await peer.ask('look'))['result']));
    expect(new Set(ids).size).toBe(50);
  });

  it('ends the connection when its signal is aborted: no way back, and no error', async () => {
    const app = await appOf([ChatHub]);
    const controller = new AbortController();
    const peer = await HubPeer.join(app, ChatHub, { signal: controller.signal });
    controller.abort();
    await peer.served;
    await peer.ended;
    expect(peer.heard).toEqual([{}, { type: 7 }]);
    expect(app.get(ChatHub).ends).toEqual([undefined]);
  });

  it('ends the connection at once when its signal was aborted before', async () => {
    const app = await appOf([ChatHub]);
    const peer = HubPeer.open(app, ChatHub, { signal: AbortSignal.abort() });
    peer.write(HANDSHAKE);
    await peer.served;
    await peer.ended;
    expect(peer.heard).toEqual([]);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('forgets its signal when the connection has ended', async () => {
    const app = await appOf([ChatHub]);
    const listeners = new Set<unknown>();
    const controller = new AbortController();
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...values: Parameters<typeof add>) => (listeners.add(values[1]), add(...values));
    signal.removeEventListener = (...values: Parameters<typeof remove>) => (listeners.delete(values[1]), remove(...values));
    const peer = await HubPeer.join(app, ChatHub, { signal });
    expect(listeners.size).toBe(1);
    await peer.hangUp();
    expect(listeners.size).toBe(0);
  });

  it('settles when the connection has ended, whatever the peer did', async () => {
    const app = await appOf([ChatHub]);
    const peer = await HubPeer.join(app, ChatHub);
    let isOver = false;
    void peer.served.then(() => (isOver = true));
    expect(await peer.hearsNothing()).toBe(true);
    expect(isOver).toBe(false);
    peer.write('oops\u001e');
    await expect(peer.served).resolves.toBeUndefined();
  });

  it.each(['destroyed', 'ended'])('settles for a stream that was %s before', async (state) => {
    const app = await appOf([ChatHub]);
    const [ours, theirs] = duplexPair();
    closeLater({ close: () => theirs.destroy() });
    if (state === 'destroyed') theirs.destroy();
    else {
      ours.end();
      theirs.resume();
      await once(theirs, 'end');
    }
    await app.get(SignalRServer).accept(ChatHub, theirs);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('serves a TCP socket', async () => {
    const app = await appOf([ChatHub]);
    const listening = createServer((socket) => void app.get(SignalRServer).accept(ChatHub, socket));
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const socket = connect((listening.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
    socket.write(HANDSHAKE + record(invocation('1', 'look')) + record({ type: 7 }));
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(
      text
        .split('\u001e')
        .slice(0, -1)
        .map((one) => JSON.parse(one) as object),
    ).toEqual([{}, { type: 3, invocationId: '1', result: expect.any(String) }, { type: 7 }]);
    listening.close();
  });

  it('serves a stream that gives text', async () => {
    const app = await appOf([ChatHub]);
    const [ours, theirs] = duplexPair();
    closeLater({ close: () => theirs.destroy() });
    theirs.setEncoding('utf8');
    const served = app.get(SignalRServer).accept(ChatHub, theirs);
    ours.write(HANDSHAKE + record({ type: 7, error: 'é' }));
    await served;
    expect(app.get(ChatHub).ends).toMatchObject([{ message: 'é' }]);
  });
});
