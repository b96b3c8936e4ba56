import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chain,
  Channel,
  ChannelException,
  Channels,
  ChannelSocket,
  HandleIn,
  Join,
  Leave,
  LeaveReason,
  Reason,
  Socket,
} from 'nestjs-signalr';
import { type ChainChannel, ChainSocket } from 'nestjs-signalr/browser';
import { moduleOf, log, servedAppFrom, type ServedApp } from '../support/app-of.js';
import { happens } from '../support/chain-page.js';
import { keepCookies } from '../support/cookie-fetch.js';

/** What happened to sockets, in its order. */
let happened: string[];

@Channel('room:*')
class RoomChannel {
  @Join()
  join(payload: { password?: string }, @Socket() socket: ChannelSocket) {
    happened.push(`join ${socket.topic}`);
    if (payload.password === 'wrong') throw new ChannelException({ reason: 'wrong password', tries: 2 });
    if (payload.password === 'crash') throw new Error('a secret');
    return { room: socket.subtopic };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    happened.push(`leave ${socket.topic}: ${reason}`);
  }

  @HandleIn('say')
  async say(payload: { text: string }, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', payload);
    return { ok: true };
  }

  @HandleIn('refuse')
  refuse() {
    throw new ChannelException({ reason: 'no' });
  }

  @HandleIn('fail')
  fail() {
    throw new Error('a secret');
  }
}

let served: ServedApp;
let forget: () => void;
const sockets: ChainSocket[] = [];

beforeEach(async () => {
  happened = [];
  forget = keepCookies();
  const dialect = chain({ cookie: { secrets: ['a secret of the test'] } });
  served = await servedAppFrom(moduleOf([RoomChannel], { channels: [{ path: '/chain', dialect }] }));
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
  forget();
});

function connect(): ChainSocket {
  const socket = new ChainSocket({ endpoint: `${served.url}/chain` });
  sockets.push(socket);
  return socket;
}

async function joined(socket: ChainSocket, topic: string): Promise<ChainChannel> {
  const channel = socket.channel(topic);
  const ready = happens(channel, 'join:ok');
  channel.join();
  await ready;
  return channel;
}

const answerOf = (channel: ChainChannel, event: string, payload?: object): Promise<unknown> =>
  new Promise((resolve) => {
    const push = channel.push(event, payload);
    for (const status of ['ok', 'error', 'timeout'] as const) push.on(status, (answer) => resolve([status, answer]));
  });

describe('A client of chain', () => {
  it('joins, pushes, and hears what is said to all', async () => {
    const [ada, eve] = await Promise.all([joined(connect(), 'room:1'), joined(connect(), 'room:1')]);
    const heard = Promise.all([happens(ada, 'said'), happens(eve, 'said')]);
    expect(await answerOf(ada, 'say', { text: 'Hello' })).toEqual(['ok', { ok: true }]);
    expect(await heard).toEqual([{ text: 'Hello' }, { text: 'Hello' }]);
  });

  it('reads the reply to its join', async () => {
    const channel = connect().channel('room:lobby');
    const reply = happens(channel, 'join:ok');
    channel.join();
    expect(await reply).toEqual({ room: 'lobby' });
  });

  it.each([
    ['room:1', { password: 'wrong' }, { reason: 'wrong password', tries: 2 }],
    ['room:1', { password: 'crash' }, { reason: 'join crashed' }],
    ['nowhere', {}, { reason: 'unmatched topic' }],
  ])('reads why it may not join %s with %j', async (topic, params, reason) => {
    const channel = connect().channel(topic, params);
    const refused = happens(channel, 'join:error');
    channel.join();
    expect(await refused).toEqual(reason);
    log.takeErrors();
  });

  it('reads what is wrong with an event', async () => {
    const channel = await joined(connect(), 'room:1');
    expect(await answerOf(channel, 'refuse')).toEqual(['error', { reason: 'no' }]);
    expect(await answerOf(channel, 'fail')).toEqual(['error', { reason: 'internal error' }]);
    expect(await answerOf(channel, 'nothing')).toEqual(['error', { reason: 'unmatched event' }]);
    log.takeErrors();
  });

  it('pushes many events, which are handled in their order', async () => {
    const channel = await joined(connect(), 'room:1');
    const texts: string[] = [];
    channel.on('said', ({ text }: { text: string }) => texts.push(text));
    const all = Array.from({ length: 20 }, (_, index) => String(index));
    await Promise.all(all.map((text) => answerOf(channel, 'say', { text })));
    expect(texts).toEqual(all);
  });

  it('leaves', async () => {
    const channel = await joined(connect(), 'room:1');
    await new Promise((resolve) => channel.leave().on('ok', resolve));
    expect([channel.state, happened]).toEqual(['closed', ['join room:1', 'leave room:1: leave']]);
  });

  it('that loses its connection misses nothing, and stays in its topics', async () => {
    const socket = connect();
    const [one, two] = [await joined(socket, 'room:1'), await joined(socket, 'room:2')];
    await new Promise((resolve) => two.leave().on('ok', resolve));
    const texts: string[] = [];
    one.on('said', ({ text }: { text: string }) => texts.push(text));
    const lost = happens(socket, 'error');
    served.app.getHttpServer().closeAllConnections();
    await lost;
    for (const text of ['a', 'b']) await served.app.get(Channels).broadcast('room:1', 'said', { text });
    await happens(socket, 'open');
    expect(await answerOf(one, 'say', { text: 'c' })).toEqual(['ok', { ok: true }]);
    expect([texts, happened]).toEqual([
      ['a', 'b', 'c'],
      ['join room:1', 'join room:2', 'leave room:2: leave'],
    ]);
  });

  it('whose session has ended joins again in another one', async () => {
    const channel = await joined(connect(), 'room:1');
    const again = happens(channel, 'join:ok');
    await served.app.get(Channels).disconnect({ topic: 'room:1' });
    await again;
    expect(happened).toEqual(['join room:1', 'leave room:1: close', 'join room:1']);
  });
});

/** As other clients do: one stream, and what comes of it. */
async function stream(): Promise<{ next(): Promise<unknown>; post(frame: unknown): Promise<number> }> {
  const url = `${served.url}/chain/sse?sid=raw`;
  const response = await fetch(url);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<unknown> => {
    for (;;) {
      const [found, data] = /^data: (.*)\n\n/m.exec(text) ?? [];
      if (found !== undefined) {
        text = text.slice(text.indexOf(found) + found.length);
        return JSON.parse(data);
      }
      text += (await reader.read()).value ?? '';
    }
  };
  const post = async (frame: unknown): Promise<number> => (await fetch(url, { method: 'POST', body: JSON.stringify(frame) })).status;
  return { next, post };
}

describe('The frames of chain', () => {
  it('answer joins, events and leaves with the numbers of the client', async () => {
    const { next, post } = await stream();
    expect(await post([0, 7, 7, 'room:1', '_join', {}])).toBe(200);
    expect(await next()).toEqual([1, 7, 7, 0, { room: '1' }]);
    await post([0, 7, 8, 'room:1', 'say', { text: 'x' }]);
    expect([await next(), await next()]).toEqual([
      [2, 'room:1', 'said', { text: 'x' }],
      [1, 7, 8, 0, { ok: true }],
    ]);
    await post([0, 7, 9, 'room:1', '_leave', {}]);
    expect(await next()).toEqual([1, 7, 9, 0]);
    await post([0, 7, 10, 'room:1', 'say', {}]);
    expect(await next()).toEqual([1, 7, 10, 1, { reason: 'unmatched topic' }]);
  });

  it('close the join that another one replaces, if that has another number', async () => {
    const { next, post } = await stream();
    for (const ref of [1, 2, 2]) await post([0, ref, ref, 'room:1', '_join', {}]);
    await post([0, 2, 3, 'room:1', '_leave', {}]);
    expect([await next(), await next(), await next(), await next(), await next()]).toEqual([
      [1, 1, 1, 0, { room: '1' }],
      [0, 1, 1, 'room:1', '_close'],
      [1, 2, 2, 0, { room: '1' }],
      [1, 2, 2, 0, { room: '1' }],
      [1, 2, 3, 0],
    ]);
    expect(happened.filter((what) => what.endsWith('rejoin'))).toHaveLength(2);
  });

  it('close a topic that the server closes, and a socket that the server lets leave', async () => {
    const { next, post } = await stream();
    await post([0, 1, 1, 'room:1', '_join', {}]);
    await next();
    await served.app.get(Channels).close('room:1');
    expect(await next()).toEqual([0, 1, 1, 'room:1', '_close']);
  });
});

describe('The paths of chain', () => {
  it('serve the browser client, and say when it has not changed', async () => {
    const first = await fetch(`${served.url}/chain.js`);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    const headers = { 'If-None-Match': first.headers.get('etag') ?? '' };
    expect((await fetch(`${served.url}/chain.js`, { headers })).status).toBe(304);
    expect((await fetch(`${served.url}/chain.d.ts`)).status).toBe(200);
  });

  it('refuse pages of other origins that bring the cookie', async () => {
    await stream();
    const url = `${served.url}/chain/sse?sid=raw`;
    const headers = { Origin: 'https://evil.test' };
    expect((await fetch(url, { method: 'POST', body: '[0,1,1,"room:1","_join"]', headers })).status).toBe(403);
    expect((await fetch(url, { headers })).status).toBe(403);
  });

  it('answer preflights', async () => {
    const headers = { Origin: 'https://other.test', 'Access-Control-Request-Method': 'POST' };
    const { status, headers: answer } = await fetch(`${served.url}/chain/sse`, { method: 'OPTIONS', headers });
    expect([status, answer.get('access-control-allow-methods'), answer.get('access-control-max-age')]).toEqual([204, 'GET, POST', '600']);
  });
});
