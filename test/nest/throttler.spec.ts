import { describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SkipThrottle, Throttle, ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { Channel, HandleIn, Hub, HubMethod, Join, type SignalRModuleOptions } from 'nestjs-signalr';
import { SignalRThrottlerGuard } from 'nestjs-signalr/throttler';
import { appFrom, appOf, moduleOf, servedAppFrom, type ServedApp } from '../support/app-of.js';
import { ask } from '../support/app-request.js';
import { SOCKET } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { HubPeer } from '../support/hub-peer.js';
import { HubSocket } from '../support/hub-socket.js';
import { doors, knock, negotiate } from '../support/nest-knock.js';

const HOUR = 3_600_000;

class Echoes {
  @HubMethod()
  echo(value: number) {
    return value;
  }
}

@Hub('/guarded')
@UseGuards(SignalRThrottlerGuard)
class GuardedHub extends Echoes {}

@Hub('/method')
class MethodHub extends Echoes {
  @HubMethod()
  @UseGuards(SignalRThrottlerGuard)
  @Throttle({ default: { limit: 1, ttl: HOUR } })
  rare() {
    return 'rare';
  }
}

@Hub('/global')
class GlobalHub extends Echoes {
  @HubMethod()
  @SkipThrottle()
  free() {
    return 'free';
  }
}

@Controller('plain')
class PlainController {
  @Get()
  get() {
    return 'plain';
  }
}

@Channel('room')
class RoomChannel {
  @Join() join() {}

  @HandleIn('rare')
  @UseGuards(SignalRThrottlerGuard)
  rare() {
    return 'rare';
  }
}

const authenticate = ({ headers }: { headers: object }): object => ({ id: (headers as Record<string, string>)['x-user'] ?? 'ada' });
const ERROR = "An unexpected error occurred invoking 'echo' on the server. HubException: Too many requests.";

function throttled(classes: Type[], others: { limit?: number; isGlobal?: boolean; options?: SignalRModuleOptions; more?: object } = {}) {
  const { limit = 2, isGlobal = false, options, more } = others;
  const base = moduleOf(classes, options);
  const throttler: ThrottlerModuleOptions = { throttlers: [{ ttl: HOUR, limit }], ...more };
  const guards = isGlobal ? [{ provide: APP_GUARD, useClass: SignalRThrottlerGuard }] : [];
  return {
    imports: [...base.imports, ThrottlerModule.forRoot(throttler)],
    controllers: [PlainController],
    providers: [...base.providers, ...guards],
  };
}

const serve = (...given: Parameters<typeof throttled>): Promise<ServedApp> => servedAppFrom(throttled(...given));

describe('SignalRThrottlerGuard', () => {
  it('on a hub refuses calls beyond the limit with an error, and the connection lives', async () => {
    const { app } = await serve([GuardedHub]);
    const peer = await HubPeer.join(app, GuardedHub, { user: { id: 'ada' } });
    expect([await peer.ask('echo', 1), await peer.ask('echo', 2), await peer.ask('echo', 3)]).toMatchObject([
      { result: 1 },
      { result: 2 },
      { error: ERROR },
    ]);
    expect(await peer.ask('nope')).toMatchObject({ error: expect.stringContaining('Method does not exist') });
  });

  it('on a method counts that method alone', async () => {
    const { app } = await serve([MethodHub]);
    const peer = await HubPeer.join(app, MethodHub);
    expect(await peer.ask('rare')).toMatchObject({ result: 'rare' });
    expect(await peer.ask('rare')).toMatchObject({ error: expect.stringContaining('Too many requests.') });
    for (let i = 0; i < 5; i++) expect(await peer.ask('echo', i)).toMatchObject({ result: i });
  });

  it('for the whole application counts hubs and controllers, save what skips it', async () => {
    const { app, url } = await serve([GlobalHub], { isGlobal: true });
    const peer = await HubPeer.join(app, GlobalHub);
    for (let i = 0; i < 2; i++) await peer.ask('echo', i);
    expect(await peer.ask('echo', 3)).toMatchObject({ error: ERROR });
    for (let i = 0; i < 5; i++) expect(await peer.ask('free')).toMatchObject({ result: 'free' });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask('GET', `${url}/plain`)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('tells users apart, whatever their connections, and counts each of the unknown for itself', async () => {
    const { app } = await serve([GuardedHub], { limit: 1 });
    const join = (user?: object): Promise<HubPeer> => HubPeer.join(app, GuardedHub, { user });
    const answers = [];
    for (const peer of [await join({ id: 'ada' }), await join({ id: 'ada' }), await join({ id: 'bob' }), await join(), await join()])
      answers.push((await peer.ask('echo', 1))['error'] !== undefined);
    expect(answers).toEqual([false, true, false, false, false]);
  });

  it('tells those apart of whom nobody knows who they are by their address', async () => {
    const { url } = await serve([GuardedHub], { limit: 2 });
    const [one, other] = [await HubSocket.join(`${url}/guarded`), await HubSocket.join(`${url}/guarded`)];
    expect([await one.ask('echo', 1), await other.ask('echo', 2), await one.ask('echo', 3)]).toMatchObject([
      { result: 1 },
      { result: 2 },
      { error: ERROR },
    ]);
  });

  it.each(doors)('refuses who connects beyond the limit with 429 and Retry-After, at the %s', async (door) => {
    const { url } = await serve([GuardedHub], { options: { authenticate } });
    for (let i = 0; i < 2; i++) expect((await knock(door, `${url}/guarded`)).status).toBeLessThan(300);
    expect(await knock(door, `${url}/guarded`)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '3600' },
      body: { statusCode: 429, message: 'Too many requests.' },
    });
    expect((await knock(door, `${url}/guarded`, { 'X-User': 'bob' })).status).toBeLessThan(300);
  });

  it('counts a client that negotiates once, whatever it polls and posts', async () => {
    const { url } = await serve([GuardedHub], { limit: 1 });
    const { connectionToken } = await negotiate(`${url}/guarded`);
    for (const method of ['GET', 'DELETE']) expect((await ask(method, `${url}/guarded?id=${connectionToken}`)).status).toBeLessThan(300);
  });

  it.each(doors)('is not passed by with an id that nobody has, nor with one of somebody who negotiates again, at the %s', async (door) => {
    const { url } = await serve([GuardedHub], { limit: 1 });
    const { connectionToken } = await negotiate(`${url}/guarded`);
    for (const id of ['', 'x', '__proto__']) expect((await knock(door, `${url}/guarded`, {}, `id=${id}`)).status).toBe(429);
    expect((await knock('negotiation', `${url}/guarded`, {}, `id=${connectionToken}`)).status).toBe(429);
  });

  it('on an event of a channel refuses with an error', async () => {
    const { app } = await serve([RoomChannel], { limit: 1, options: { channels: [SOCKET] } });
    const peer = await ChannelPeer.in(app, 'room');
    expect(await peer.push('room', 'rare')).toMatchObject({ status: 'ok' });
    expect(await peer.push('room', 'rare')).toMatchObject({ status: 'error', response: { reason: 'Too many requests.' } });
  });

  it('says what the throttler is told to say', async () => {
    const { app } = await serve([GuardedHub], { limit: 1, more: { errorMessage: 'Slowly!' } });
    const peer = await HubPeer.join(app, GuardedHub);
    await peer.ask('echo', 1);
    expect(await peer.ask('echo', 2)).toMatchObject({ error: expect.stringContaining('HubException: Slowly!') });
  });

  it('needs ThrottlerModule, and says so', async () => {
    const text = 'SignalRThrottlerGuard needs ThrottlerModule, which this application does not import.';
    for (const hub of [GuardedHub, MethodHub]) await expect(appOf([hub])).rejects.toThrow(text);
    await expect(appFrom({ ...moduleOf([]), providers: [SignalRThrottlerGuard] })).rejects.toThrow(text);
  });
});
