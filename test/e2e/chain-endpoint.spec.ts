import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException, UseGuards } from '@nestjs/common';
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
  Socket,
  type OnSocketConnected,
} from 'nestjs-signalr';
import { ChainSocket } from 'nestjs-signalr/browser';
import { Socket as PhoenixSocket } from 'phoenix';
import { WebSocket } from 'ws';
import { log, moduleOf, servedAppFrom } from '../support/app-of.js';
import { happens } from '../support/chain-page.js';
import { keepCookies } from '../support/cookie-fetch.js';

const cookie = { secrets: ['a secret of the test'] };

@Channel('room:*')
class RoomChannel {
  @Join()
  join(_: unknown, @Socket() socket: ChannelSocket) {
    return { user: (socket.user as { id?: string } | undefined)?.id ?? null };
  }

  @HandleIn('say')
  async say(payload: unknown, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', payload);
    return {};
  }
}

/** Knows people by their token, and how often it was asked. */
@Injectable()
class TokenGuard implements CanActivate {
  static asked = 0;

  canActivate(context: ExecutionContext): boolean {
    TokenGuard.asked++;
    const request = context.switchToHttp().getRequest<{ headers: { authorization?: string }; user?: object }>();
    const [, token] = request.headers.authorization?.split(' ') ?? [];
    if (token === undefined) throw new UnauthorizedException('Who are you?');
    request.user = { id: token };
    return token !== 'banned';
  }
}

@ChannelEndpoint('/chain', { dialect: chain({ cookie }) })
@UseGuards(TokenGuard)
class PageSocket implements OnSocketConnected {
  onConnected(session: ChannelSession) {
    if (session.params['full'] !== undefined) throw new ChannelException({ reason: 'no room' });
  }
}

let forget: () => void;
let end: (() => void)[];

beforeEach(() => {
  end = [];
  forget = keepCookies();
  TokenGuard.asked = 0;
});

afterEach(() => {
  for (const task of end) task();
  forget();
});

describe('An endpoint that speaks chain', () => {
  it.each([
    ['', 401, /Who are you\?/],
    ['?token=banned', 403, /./],
    ['?token=ada&full=1', 403, /^Could not initialize connection: no room$/],
  ])('lets nobody in whom guards or onConnected refuse: %s', async (query, status, body) => {
    const { url } = await servedAppFrom(moduleOf([PageSocket, RoomChannel]));
    const response = await fetch(`${url}/chain/sse${query}`);
    expect([response.status, response.headers.get('set-cookie')]).toEqual([status, null]);
    expect(await response.text()).toMatch(body);
  });

  it('asks guards when somebody connects, and not for what is posted', async () => {
    const { url } = await servedAppFrom(moduleOf([PageSocket, RoomChannel]));
    const socket = new ChainSocket({ endpoint: `${url}/chain`, transport: [{ params: { token: 'ada' } }] });
    end.push(() => socket.disconnect());
    const channel = socket.channel('room:1');
    const reply = happens(channel, 'join:ok');
    channel.join();
    expect(await reply).toEqual({ user: 'ada' });
    expect(TokenGuard.asked).toBe(1);
  });

  it('shares its topics with other dialects', async () => {
    const endpoints = [
      { path: '/chain', dialect: chain({ cookie }) },
      { path: '/socket', dialect: phoenix() },
    ];
    const { url } = await servedAppFrom(moduleOf([RoomChannel], { channels: endpoints }));
    const one = new ChainSocket({ endpoint: `${url}/chain` });
    const other = new PhoenixSocket(`${url.replace('http', 'ws')}/socket`, { transport: WebSocket });
    end.push(
      () => one.disconnect(),
      () => other.disconnect(),
    );
    other.connect();
    const [here, there] = [one.channel('room:1').join(), other.channel('room:1')];
    await Promise.all([happens(here, 'join:ok'), new Promise((resolve) => there.join().receive('ok', resolve))]);
    const heard = Promise.all([happens(here, 'said'), new Promise((resolve) => there.on('said', resolve))]);
    await new Promise((resolve) => there.push('say', { text: 'Hello' }).receive('ok', resolve));
    expect(await heard).toEqual([{ text: 'Hello' }, { text: 'Hello' }]);
  });

  it('shares the path of the browser client with others that speak chain', async () => {
    const endpoints = ['/one', '/two'].map((path) => ({ path, dialect: chain({ cookie }) }));
    const { url } = await servedAppFrom(moduleOf([RoomChannel], { channels: endpoints }));
    expect((await fetch(`${url}/chain.js`)).status).toBe(200);
    for (const path of ['/one/sse', '/two/sse']) expect((await fetch(`${url}${path}`)).status).toBe(200);
  });

  it('says in the log that it was given no secrets', async () => {
    await servedAppFrom(moduleOf([RoomChannel], { channels: [{ path: '/chain', dialect: chain() }] }));
    expect(log.of('SignalR', 'warn')).toEqual([
      expect.stringMatching(/^channels \/chain \{\/chain\}: chain\(\) was given no cookie\.secrets/),
    ]);
  });
});
