import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import { Channel, HandleIn, Hub, HubMethod, Join, phoenix, SignalRHealth, type SignalRModuleOptions } from 'nestjs-signalr';
import { moduleOf } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { channelsOf } from '../../support/channel-app.js';
import { nextTurn } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HANDSHAKE, invocation, record } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { doors, knock, negotiate } from '../../support/nest-knock.js';
import { appOn, platforms, servedOn, type Platform } from '../../support/nest-platforms.js';
import { PhoenixClient } from '../../support/phoenix-client.js';

let gate: Gate;

@Hub('/chat')
class ChatHub {
  @HubMethod()
  async slow() {
    await gate.pass();
    return 'done';
  }

  @HubMethod()
  echo(text: string) {
    return text;
  }
}

@Channel('room:*')
class RoomChannel {
  @Join()
  join() {}

  @HandleIn('slow')
  async slow() {
    await gate.pass();
    return { done: true };
  }
}

const goodbye = { type: 7, allowReconnect: true };

interface Served {
  readonly app: INestApplication;
  readonly hub: string;
}

async function served(platform: Platform, options?: SignalRModuleOptions): Promise<Served> {
  gate = new Gate();
  const { app, url } = await servedOn(platform, moduleOf([ChatHub], options));
  return { app, hub: `${url}/chat` };
}

/** Settles when the end of the application has begun. */
async function begun(app: INestApplicationContext): Promise<void> {
  while (app.get(SignalRHealth).isReady()) await nextTurn();
}

/** Somebody with a call that runs until the gate is opened. */
async function caller(hub: string): Promise<HubSocket> {
  const socket = await HubSocket.join(hub);
  socket.socket.send(record(invocation('1', 'slow')));
  await gate.reached;
  return socket;
}

describe.each(platforms)('an application on %s that ends', (platform) => {
  it('L01: says so first: it is ready until then', async () => {
    const { app, hub } = await served(platform);
    const health = app.get(SignalRHealth);
    expect(health.isReady()).toBe(true);
    const socket = await caller(hub);
    const closing = app.close();
    await begun(app);
    expect(socket.socket.readyState).toBe(1);
    gate.open();
    await closing;
    expect(health.isReady()).toBe(false);
  });

  it.each(doors)('L01: turns away newcomers by %s with 503 and Retry-After', async (door) => {
    const { app, hub } = await served(platform);
    await caller(hub);
    const closing = app.close();
    await begun(app);
    const { status, headers } = await knock(door, hub);
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    gate.open();
    await closing;
  });

  it('L01: gives calls that run the time to be answered, begins no others, and then says goodbye', async () => {
    const { app, hub } = await served(platform);
    const socket = await caller(hub);
    const closing = app.close();
    await begun(app);
    socket.socket.send(record(invocation('2', 'echo', 'too late')));
    await nextTurn();
    gate.open();
    expect(await socket.messages()).toEqual([{ type: 3, invocationId: '1', result: 'done' }, goodbye]);
    await closing;
  });

  it('L01: tells its clients batch by batch', async () => {
    const { app, hub } = await served(platform, { drain: { batch: 1, interval: 10 } });
    const sockets = await Promise.all(Array.from({ length: 3 }, () => HubSocket.join(hub)));
    await app.close();
    expect(await Promise.all(sockets.map((socket) => socket.messages()))).toEqual([[goodbye], [goodbye], [goodbye]]);
  });

  it('answers the polls of those who are there to their end', async () => {
    const { app, hub } = await served(platform);
    const { connectionToken } = await negotiate(hub);
    const url = `${hub}?id=${connectionToken}`;
    await ask('GET', url);
    await ask('POST', url, {}, HANDSHAKE + record(invocation('1', 'slow')));
    await gate.reached;
    expect((await ask('GET', url)).body).toBe('{}\u001e');
    const closing = app.close();
    await begun(app);
    const asked = once(app.getHttpServer() as NodeJS.EventEmitter, 'request');
    const poll = ask('GET', url);
    await asked;
    await nextTurn();
    gate.open();
    expect((await poll).body).toBe(record({ type: 3, invocationId: '1', result: 'done' }) + record(goodbye));
    await closing;
  });

  it('has forgotten who had only negotiated: it is told to come later', async () => {
    const { app, hub } = await served(platform);
    const { connectionToken } = await negotiate(hub);
    await caller(hub);
    const closing = app.close();
    await begun(app);
    expect((await ask('GET', `${hub}?id=${connectionToken}`)).status).toBe(503);
    gate.open();
    await closing;
  });

  it('L10: frees its port: the next one may have it', async () => {
    const { app } = await served(platform);
    const { port } = new URL(await app.getUrl());
    await app.close();
    const next = await appOn(platform, moduleOf([ChatHub]));
    await next.listen(Number(port), '127.0.0.1');
    expect(next.get(SignalRHealth).isReady()).toBe(true);
  });
});

describe('channels of an application that ends', () => {
  it('L01: answer the events that are being handled before they close', async () => {
    gate = new Gate();
    const app = await channelsOf([RoomChannel], { channels: [{ path: '/other', dialect: phoenix() }] });
    const client = await PhoenixClient.open(app, '2.0.0');
    await client.join('room:1');
    const answer = client.push('room:1', 'slow');
    await gate.reached;
    const closing = app.close();
    await begun(app);
    gate.open();
    expect(await answer).toEqual({ status: 'ok', payload: { done: true } });
    await closing;
    await client.served;
  });
});

describe('an application that was not started', () => {
  it('is not ready', async () => {
    const app = await appOn('Express', moduleOf([ChatHub]));
    expect(app.get(SignalRHealth).isReady()).toBe(false);
    await app.init();
    expect(app.get(SignalRHealth).isReady()).toBe(true);
  });
});
