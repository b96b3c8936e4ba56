import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { duplexPair } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Hub, HubMethod, SignalRServer, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { Events, type EventMap } from '../../../lib/common/events.js';
import { ConnectionStore } from '../../../lib/connections/connection.store.js';
import { HubRegistry } from '../../../lib/nest/hub.registry.js';
import { log, servedAppOf } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { Gate } from '../../support/hub-gate.js';
import { HubPeer } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { doors, knock, negotiate } from '../../support/nest-knock.js';

@Hub('/chat')
class ChatHub {
  static gate: Gate | undefined;

  onConnected() {
    return ChatHub.gate?.pass();
  }

  @HubMethod()
  echo(text: string) {
    return text;
  }
}

type Limits = SignalRModuleOptions['limits'];

/** Users are who they say. */
const authenticate = ({ headers }: { headers: object }): object => ({ id: (headers as Record<string, string>)['x-user'] ?? 'ada' });
const as = (user: string): Record<string, string> => ({ 'X-User': user });

async function served(limits: Limits, others: SignalRModuleOptions = {}) {
  ChatHub.gate = undefined;
  const { app, url } = await servedAppOf([ChatHub], { limits, authenticate, ...others });
  const told: EventMap['limited'][] = [];
  app.get(Events, { strict: false }).on('limited', (event) => told.push(event));
  return { app, hub: `${url}/chat`, told };
}

/** Settles when the server is done with all of them, and with their sockets. */
async function allGone(app: INestApplicationContext): Promise<void> {
  const store = app.get(ConnectionStore, { strict: false });
  const { tickets } = store as unknown as { tickets: Map<unknown, unknown> };
  while (store.size > 0 || tickets.size > 0) await new Promise((resolve) => setImmediate(resolve));
}

const tooMany = (status: number) => ({ status, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });

describe('I06: a connection beyond a limit', () => {
  describe.each(doors)('is refused before the upgrade, with Retry-After, at the %s', (door) => {
    it.each<[string, Limits, number, string]>([
      ['of the server with 503', { connections: 2 }, 503, 'The server has as many connections as it takes.'],
      ['of a user with 429', { connectionsPerUser: 2 }, 429, 'The user has 2 connections, and may have no more.'],
      ['of an address with 429', { connectionsPerAddress: 2 }, 429, 'The address has 2 connections, and may have no more.'],
    ])('%s', async (_, limits, status, sentence) => {
      const { hub } = await served(limits);
      const [first] = [await HubSocket.join(hub), await HubSocket.join(hub)];
      expect(await knock(door, hub)).toMatchObject({
        ...tooMany(status),
        body: `${sentence} Try again later.`,
      });
      first.socket.close();
      await first.closed;
      expect((await knock(door, hub)).status).toBeLessThan(300);
    });

    it('of a second with 429', async () => {
      const clock = new FakeClock();
      const { hub } = await served({ connectionsPerSecond: 2 }, { clock });
      for (let i = 0; i < 2; i++) expect((await knock(door, hub)).status).toBeLessThan(300);
      expect(await knock(door, hub)).toMatchObject(tooMany(429));
      await clock.advance(1_000);
      expect((await knock(door, hub)).status).toBeLessThan(300);
    });
  });

  it('of one user is no matter of another', async () => {
    const { hub } = await served({ connectionsPerUser: 1 });
    await HubSocket.join(hub);
    await HubSocket.join(hub, { headers: as('bob') });
    expect((await knock('upgrade', hub)).status).toBe(429);
  });

  it.each(['text/event-stream', '*/*'])('is refused when it was negotiated before, over requests that accept %s', async (Accept) => {
    const { hub } = await served({ connections: 1 });
    const { connectionToken } = await negotiate(hub);
    await HubSocket.join(hub);
    expect(await ask('GET', `${hub}?id=${connectionToken}`, { Accept })).toMatchObject(tooMany(503));
  });

  it('is told, with whom it refused', async () => {
    const { hub, told } = await served({ connectionsPerUser: 1 });
    await HubSocket.join(hub);
    await knock('upgrade', hub);
    expect(told).toEqual([{ endpoint: 'ChatHub', limit: 'connectionsPerUser', value: 1, address: '127.0.0.1', userIdentifier: 'ada' }]);
  });

  it('is a warning in the log, one for a flood and how many more there were', async () => {
    const clock = new FakeClock();
    const { hub } = await served({ connections: 1 }, { clock });
    await HubSocket.join(hub);
    for (let i = 0; i < 20; i++) await knock('negotiation', hub);
    await clock.advance(1_000);
    const lines = log.lines.filter(({ level, text }) => level === 'warn' && text.includes('limits.connections'));
    expect(lines.map(({ text }) => text)).toEqual([expect.stringContaining('(1)'), expect.stringContaining('19')]);
  });

  it('that was negotiated does not count for the second again', async () => {
    const { hub } = await served({ connectionsPerSecond: 1 }, { clock: new FakeClock() });
    const { connectionToken } = await negotiate(hub);
    expect((await knock('upgrade', hub, {}, `id=${connectionToken}`)).status).toBe(101);
  });
});

describe('the count of connections is exact', () => {
  it.each<[string, (hub: string, app: INestApplicationContext) => Promise<unknown>]>([
    ['a client that says goodbye', async (hub) => (await HubSocket.join(hub)).socket.close()],
    ['a client that is cut off', async (hub) => (await HubSocket.join(hub)).socket.terminate()],
    ['a client that never shakes hands', async (hub) => (await HubSocket.open(hub)).socket.terminate()],
    ['a handshake that is none', async (hub) => (await HubSocket.open(hub)).socket.send('{}\u001e')],
    ['a client whose onConnected never ends', (hub) => neverWelcomed(hub)],
    ['an upgrade that is none', (hub) => brokenUpgrade(hub)],
    ['polls', (hub) => polled(hub)],
    ['a stream of the application that ends', async (_, app) => (await HubPeer.join(app, ChatHub, { user: { id: 'ada' } })).stream.end()],
    ['a stream that has ended before, and is not wanted any more', (_, app) => acceptedTooLate(app)],
  ])('after %s', async (_, comeAndGo) => {
    const { app, hub } = await served({ connections: 1, connectionsPerUser: 1, connectionsPerAddress: 1 });
    for (let i = 0; i < 3; i++) {
      await comeAndGo(hub, app);
      await allGone(app);
    }
    await HubSocket.join(hub);
    expect((await knock('upgrade', hub)).status).toBe(503);
  });

  it('while a client is away: coming back takes no other place', async () => {
    const { app, hub } = await served({ connections: 1 }, { statefulReconnect: true });
    const { body } = await ask('POST', `${hub}/negotiate?negotiateVersion=1&useStatefulReconnect=true`);
    const { connectionToken } = JSON.parse(body) as { connectionToken: string };
    const first = await HubSocket.open(`${hub}?id=${connectionToken}`);
    first.socket.send('{"protocol":"json","version":2}\u001e');
    await first.frame();
    first.socket.terminate();
    const endpoint = app.get(HubRegistry, { strict: false }).find(ChatHub);
    const isThere = (): boolean => app.get(ConnectionStore, { strict: false }).find(connectionToken, endpoint)?.isAway === false;
    while (isThere()) await new Promise((resolve) => setImmediate(resolve));
    expect((await knock('upgrade', hub)).status).toBe(503);
    expect((await knock('upgrade', hub, {}, `id=${connectionToken}`)).status).toBe(101);
  });

  it('for streams that the application hands over: one too many is destroyed', async () => {
    const { app } = await served({ connections: 1 });
    await HubPeer.join(app, ChatHub);
    const [, theirs] = duplexPair();
    await app.get(SignalRServer).accept(ChatHub, theirs);
    expect(theirs.destroyed).toBe(true);
  });

  it('for TCP: one too many is cut off', async () => {
    const { app } = await served({ connections: 1 }, { tcp: { port: 0 }, authenticate: undefined });
    const { port } = app.get(SignalRServer).tcpAddress(ChatHub) as { port: number };
    const first = connectSocket(port, '127.0.0.1');
    await once(first, 'connect');
    const second = connectSocket(port, '127.0.0.1').on('error', () => undefined);
    await once(second.resume(), 'close');
    expect(app.get(ConnectionStore, { strict: false }).size).toBe(1);
    first.destroy();
    await allGone(app);
  });
});

const hasIPv6 = Object.values(networkInterfaces()).some((addresses = []) => addresses.some(({ family }) => family === 'IPv6'));

(hasIPv6 ? describe : describe.skip)('H14: a client over TCP', () => {
  it('has the address that HTTP knows, where the server listens for IPv6 and IPv4', async () => {
    const { app, hub } = await served({ connectionsPerAddress: 1 }, { tcp: { port: 0, host: '::' }, authenticate: undefined });
    const { port } = app.get(SignalRServer).tcpAddress(ChatHub) as { port: number };
    const socket = connectSocket(port, '127.0.0.1');
    await once(socket, 'connect');
    while (app.get(ConnectionStore, { strict: false }).size === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await knock('upgrade', hub)).status).toBe(429);
    socket.destroy();
    await allGone(app);
  });
});

describe('I12: a flood of clients from one address', () => {
  it('costs those who are there nothing, and keeps nothing of those whom it turns away', async () => {
    const { app, hub, told } = await served({ connectionsPerAddress: 5 });
    const [settled] = await Promise.all(Array.from({ length: 5 }, () => HubSocket.join(hub)));
    const flood = Array.from({ length: 200 }, (_, i) => knock(i % 2 === 0 ? 'upgrade' : 'negotiation', hub));
    expect(await settled.ask('echo', 'still here')).toMatchObject({ result: 'still here' });
    expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([429]));
    expect(app.get(ConnectionStore, { strict: false }).size).toBe(5);
    expect(told).toHaveLength(200);
  });
});

describe('A13: negotiations whose clients never come', () => {
  it('are so many at the most, with 503 and the time to come again beyond them, and are forgotten in time', async () => {
    const clock = new FakeClock();
    const { hub, told } = await served({ pendingNegotiations: 50 }, { clock });
    for (let i = 0; i < 50; i++) await negotiate(hub);
    await clock.advance(5_000);
    expect(await knock('negotiation', hub)).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
    expect(told).toMatchObject([{ limit: 'pendingNegotiations', value: 50 }]);
    await clock.advance(10_000);
    for (let i = 0; i < 50; i++) await negotiate(hub);
  });

  it.each<[string, Limits]>([
    ['user', { connectionsPerUser: 2 }],
    ['address', { connectionsPerAddress: 2 }],
  ])('are counted for their %s, so that nobody takes them all, until they come or their time is over', async (_, limits) => {
    const clock = new FakeClock();
    const { hub } = await served({ pendingNegotiations: 50, ...limits }, { clock });
    const { connectionToken } = await negotiate(hub);
    await negotiate(hub);
    for (let i = 0; i < 60; i++) expect(await knock('negotiation', hub)).toMatchObject(tooMany(429));
    const client = await HubSocket.open(`${hub}?id=${connectionToken}`);
    expect((await knock('negotiation', hub)).status).toBe(429);
    await clock.advance(14_000);
    client.socket.send('{"protocol":"json","version":1}\u001e');
    await client.frame();
    await clock.advance(1_000);
    await negotiate(hub);
    expect((await knock('negotiation', hub)).status).toBe(429);
  });

  it('keep their place when what comes for it is no upgrade', async () => {
    const { hub } = await served({ connectionsPerAddress: 1 });
    const { connectionToken } = await negotiate(hub);
    await brokenUpgrade(hub, `?id=${connectionToken}`);
    expect((await knock('negotiation', hub)).status).toBe(429);
    expect((await knock('upgrade', hub, {}, `id=${connectionToken}`)).status).toBe(101);
  });
});

/** A client that goes while it still waits. */
async function neverWelcomed(hub: string): Promise<void> {
  const gate = (ChatHub.gate = new Gate());
  const { socket } = await HubSocket.join(hub);
  await gate.reached;
  ChatHub.gate = undefined;
  socket.terminate();
}

/** A request for an upgrade without a key. */
async function brokenUpgrade(hub: string, query = ''): Promise<void> {
  const { hostname, port, pathname } = new URL(hub);
  const socket = connectSocket(Number(port), hostname);
  socket.write(`GET ${pathname}${query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  await once(socket.resume(), 'close');
}

async function polled(hub: string): Promise<void> {
  const { connectionToken } = await negotiate(hub);
  await ask('GET', `${hub}?id=${connectionToken}`);
  await ask('DELETE', `${hub}?id=${connectionToken}`);
}

async function acceptedTooLate(app: INestApplicationContext): Promise<void> {
  const [, theirs] = duplexPair();
  await app.get(SignalRServer).accept(ChatHub, theirs.destroy(), { user: { id: 'ada' }, signal: AbortSignal.abort() });
}
