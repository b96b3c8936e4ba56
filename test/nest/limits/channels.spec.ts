import { describe, expect, it } from '@jest/globals';
import {
  Channel,
  chain,
  ChannelEndpoint,
  Channels,
  ChannelSession,
  Join,
  phoenix,
  type OnSocketConnected,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { ConnectionStore } from '../../../lib/connections/connection.store.js';
import { Events, type EventMap } from '../../../lib/common/events.js';
import { log, servedAppOf } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { turns } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HubSocket } from '../../support/hub-socket.js';
import { knock } from '../../support/nest-knock.js';

@Channel('room:*')
class RoomChannel {
  @Join() join() {}
}

@ChannelEndpoint('/socket', { dialect: phoenix() })
class UserSocket implements OnSocketConnected {
  static gate: Gate | undefined;

  async onConnected(session: ChannelSession) {
    if (UserSocket.gate === undefined) return;
    await session.join('room:waiting');
    await UserSocket.gate.pass();
  }
}

@ChannelEndpoint('/tabs', { dialect: chain() })
class TabSocket {}

const WEB_SOCKET = '/socket/websocket?vsn=2.0.0';
const LONG_POLL = '/socket/longpoll?vsn=2.0.0';

async function served(limits: SignalRModuleOptions['limits'], clock = new FakeClock()) {
  UserSocket.gate = undefined;
  const { app, url } = await servedAppOf([RoomChannel, UserSocket, TabSocket], { limits, clock });
  const told: EventMap['limited'][] = [];
  app.get(Events, { strict: false }).on('limited', (event) => told.push(event));
  return { app, url, told, store: app.get(ConnectionStore, { strict: false }) };
}

const later = { 'retry-after': '10' };

describe('I06: a client of channels beyond a limit', () => {
  it.each<[string, SignalRModuleOptions['limits'], number]>([
    ['of the server with 503', { connections: 1 }, 503],
    ['of an address with 429', { connectionsPerAddress: 1 }, 429],
  ])('is refused before it is connected, %s', async (_, limits, status) => {
    const { url, told } = await served(limits);
    await HubSocket.open(url + WEB_SOCKET);
    expect(await knock('upgrade', url + WEB_SOCKET)).toMatchObject({ status, headers: later });
    const poll = await ask('GET', url + LONG_POLL);
    expect([poll.status, poll.headers, JSON.parse(poll.body)]).toMatchObject([
      status,
      later,
      { status: 500, reason: expect.stringMatching(/^The .* Try again later\.$/) },
    ]);
    expect(await ask('GET', `${url}/tabs/sse`)).toMatchObject({ status, headers: later });
    expect(told.map(({ endpoint }) => endpoint)).toEqual(['UserSocket', 'UserSocket', 'TabSocket']);
  });

  it('is counted while onConnected still decides about it', async () => {
    const { url } = await served({ connections: 1 });
    UserSocket.gate = new Gate();
    const first = HubSocket.open(url + WEB_SOCKET);
    await UserSocket.gate.reached;
    expect((await knock('upgrade', url + WEB_SOCKET)).status).toBe(503);
    UserSocket.gate.open();
    await first;
  });

  it('is not counted any more when onConnected has refused it', async () => {
    const { url } = await served({ connections: 1 });
    UserSocket.gate = { pass: () => Promise.reject(new TypeError('no')) } as unknown as Gate;
    expect((await knock('upgrade', url + WEB_SOCKET)).status).toBe(403);
    expect(log.takeErrors()).toEqual(['UserSocket: running onConnected failed: no']);
    UserSocket.gate = undefined;
    expect((await knock('upgrade', url + WEB_SOCKET)).status).toBe(101);
  });

  it.each<[string, (url: string) => Promise<{ status: number }>]>([
    ['a WebSocket', (url) => knock('upgrade', url + WEB_SOCKET)],
    ['a first poll', (url) => ask('GET', url + LONG_POLL)],
  ])('is not counted any more, and in no topic, when onConnected has not answered %s within handshakeTimeout', async (_, come) => {
    const clock = new FakeClock();
    const { app, url } = await served({ connections: 1 }, clock);
    const gate = (UserSocket.gate = new Gate());
    const first = come(url);
    await gate.reached;
    await clock.advance(15_000);
    expect((await first).status).toBe(503);
    UserSocket.gate = undefined;
    expect((await knock('upgrade', url + WEB_SOCKET)).status).toBe(101);
    expect(await app.get(Channels).info('room:waiting')).toMatchObject({ sockets: 0 });
  });

  it('that is let in when nobody waits any more was never connected, for who counts by events', async () => {
    const clock = new FakeClock();
    const { app, url } = await served({ connections: 1 }, clock);
    const told: string[] = [];
    for (const name of ['connected', 'disconnected', 'unconnected'] as const)
      app.get(Events, { strict: false }).on(name, ({ endpoint }) => told.push(`${endpoint} ${name}`));
    const gate = (UserSocket.gate = new Gate());
    const first = knock('upgrade', url + WEB_SOCKET);
    await gate.reached;
    await clock.advance(15_000);
    await first;
    gate.open();
    await turns(5);
    expect(told).toEqual(['UserSocket unconnected']);
  });

  it('is counted over polls and event streams as well, until it has gone', async () => {
    const { url, store } = await served({ connections: 1 });
    const opened = await ask('GET', url + LONG_POLL);
    expect(opened.status).toBe(200);
    expect((await ask('GET', `${url}/tabs/sse`)).status).toBe(503);
    expect(store.size).toBe(1);
  });
});
