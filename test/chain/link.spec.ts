// oxlint-disable jest/expect-expect -- to wait until something happens is what some of these tests assert
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Channel, type ConnectionError, Socket, type SocketOptions } from '../../lib/browser/chain.client.js';
import { ChainPage, happens } from '../support/chain-page.js';
import type { AskedStream, ChainServer } from '../support/chain-server.js';

let page: ChainPage;
let server: ChainServer;

beforeEach(() => {
  page = new ChainPage();
  page.open();
  ({ server } = page);
});

afterEach(() => page.close());

interface Joined {
  readonly socket: Socket;
  readonly channel: Channel;
  readonly stream: AskedStream;
  readonly joinRef: number;
}

async function joined(options?: SocketOptions): Promise<Joined> {
  const socket = page.socket(options);
  const channel = socket.channel('room:1');
  const ready = happens(channel, 'join:ok');
  channel.join();
  const stream = (await server.stream()).open();
  const { joinRef } = await server.join(stream);
  await ready;
  return { socket, channel, stream, joinRef };
}

/** Loses the connection and gives the next request for a stream. */
async function lose({ socket, stream }: Joined, how: 'end' | 'fail' = 'end'): Promise<AskedStream> {
  const lost = happens(socket, 'error');
  stream[how]();
  await lost;
  await page.passes(250);
  return server.stream();
}

describe('connecting', () => {
  it('asks for the stream of this tab', async () => {
    page.socket().connect();
    const { url } = await server.stream();
    expect(url.pathname).toBe('/chain/sse');
    expect(url.searchParams.get('sid')).toMatch(/^[a-z\d]{12}$/);
    expect(page.kept.get('chain:sid')).toBe(url.searchParams.get('sid'));
    expect(server.requests[0]).toMatchObject({ credentials: 'same-origin', cache: 'no-store' });
  });

  it('keeps the name of the tab when the page is loaded again', async () => {
    page.kept.set('chain:sid', 'tab-1');
    page.socket().connect();
    expect((await server.stream()).sid).toBe('tab-1');
  });

  it('waits for the other tabs, whose cookie it is as well', async () => {
    const asked: string[] = [];
    let open!: () => void;
    page.hasLocks((name, work) => {
      asked.push(name);
      return new Promise<void>((resolve) => (open = resolve)).then(work);
    });
    page.socket().connect();
    await page.passes(0);
    expect([asked, server.requests]).toEqual([['chain /chain'], []]);
    open();
    await server.stream();
  });

  it('waits for nobody where a browser allows no locks', async () => {
    page.hasLocks(() => Promise.reject(new Error('The operation is insecure.')));
    page.socket().connect();
    await server.stream();
    expect(server.requests).toHaveLength(1);
  });

  it('works where a browser lets nothing be kept', async () => {
    const refuse = (): never => {
      throw new Error('The operation is insecure.');
    };
    page.socket({ endpoint: '/chain', sessionStorage: { getItem: refuse, setItem: refuse } }).connect();
    expect((await server.stream()).sid).toMatch(/^[a-z\d]{12}$/);
  });

  it('sends the parameters of the page, asked for anew each time, and cookies where it is told to', async () => {
    let times = 0;
    const params = (): { token: string } => ({ token: `t${++times}` });
    page.socket({ endpoint: 'http://other.test/chain/?v=1', transport: [{ name: 'SSE', cors: true, params }] }).connect();
    const { url } = await server.stream();
    expect(url.href).toMatch(/^http:\/\/other\.test\/chain\/sse\?v=1&token=t1&sid=/);
    expect(server.requests[0].credentials).toBe('include');
  });

  it('tells why the server refuses it, and tries again', async () => {
    const socket = page.socket();
    const refused = happens<ConnectionError>(socket, 'error');
    socket.connect();
    (await server.stream()).refuse(403, 'Could not initialize connection: banned\n');
    expect(await refused).toMatchObject({ name: 'ConnectionError', status: 403, message: 'Could not initialize connection: banned' });
    await page.passes(250);
    const again = happens<ConnectionError>(socket, 'error');
    (await server.stream()).refuse(503);
    expect((await again).message).toBe('The server answered with status 503.');
  });

  it('gives up a server that does not answer', async () => {
    const socket = page.socket();
    const lost = happens<ConnectionError>(socket, 'error');
    socket.connect();
    await server.stream();
    await page.passes(30_000);
    expect((await lost).message).toMatch(/^The server cannot be reached\./);
  });

  it('needs an address', () => expect(() => new Socket({})).toThrow(/give it the option endpoint/));

  it('ends when the page says so, and begins again', async () => {
    const { socket, stream, channel } = await joined();
    const closed = happens(socket, 'close');
    socket.disconnect();
    await closed;
    expect([stream.signal.aborted, socket.isConnected(), page.timers]).toEqual([true, false, 0]);
    socket.connect();
    await server.join((await server.stream()).open());
    await happens(channel, 'join:ok');
  });
});

describe('a connection that is lost', () => {
  it.each(['end', 'fail'] as const)('comes back, and the channels join again: %s', async (how) => {
    const before = await joined();
    const stream = await lose(before, how);
    expect(stream.sid).toBe(before.stream.sid);
    const { joinRef } = await server.join(stream.open());
    expect(joinRef).toBeGreaterThan(before.joinRef);
    await happens(before.channel, 'join:ok');
    expect(before.channel.canPush).toBe(true);
  });

  it('comes back at once when the browser says that its network is there again', async () => {
    const before = await joined();
    (await lose(before)).fail();
    await happens(before.socket, 'error');
    page.isOnline();
    expect((await server.stream()).sid).toBe(before.stream.sid);
  });

  it('does nothing of the kind while it stands, or when it was ended', async () => {
    const { socket } = await joined();
    page.isOnline();
    socket.disconnect();
    page.isOnline();
    await page.passes(20_000);
    expect(server.requests.filter(({ method = 'GET' }) => method === 'GET')).toHaveLength(1);
  });

  it('and resumed needs no joins: replies and messages go on where they were', async () => {
    const before = await joined();
    const { channel, stream: old, joinRef } = before;
    old.write('id: s.7\n\n');
    const answered = new Promise((resolve) => channel.push('add').on('ok', resolve));
    const { ref } = await server.posted('add');
    const stream = await lose(before);
    expect(stream.url.searchParams.get('lastEventId')).toBe('s.7');
    channel.push('waits');
    const heard = happens(channel, 'new_msg');
    stream.open('resumed');
    stream.say([1, joinRef, ref, 0, 'sum']);
    stream.say([0, joinRef, 0, 'room:1', 'new_msg', 'missed']);
    expect([await answered, await heard]).toEqual(['sum', 'missed']);
    expect(await server.posted()).toMatchObject({ event: 'waits', joinRef });
  });

  it('and not resumed still hears what was said in the last join, until the next one is answered', async () => {
    const before = await joined();
    const { channel, joinRef } = before;
    const stream = await lose(before);
    stream.open();
    const heard = happens(channel, 'new_msg');
    const { joinRef: next, ref } = await server.posted('_join');
    stream.say([0, joinRef, 0, 'room:1', 'new_msg', 'missed']);
    stream.say([0, joinRef, joinRef, 'room:1', '_close']);
    expect(await heard).toBe('missed');
    stream.say([1, next, ref, 0]);
    await happens(channel, 'join:ok');
    const fresh = happens(channel, 'new_msg');
    stream.say([0, joinRef, 0, 'room:1', 'new_msg', 'stale']);
    stream.say([2, 'room:1', 'new_msg', 'fresh']);
    expect(await fresh).toBe('fresh');
  });

  it('is tried again after longer and longer times', async () => {
    const socket = page.socket();
    socket.connect();
    for (const wait of [250, 500, 1_000, 2_000, 5_000, 10_000, 10_000]) {
      const lost = happens(socket, 'error');
      (await server.stream()).fail();
      await lost;
      await page.passes(wait);
    }
    await server.stream();
  });

  it('is noticed by the silence of a server that says how long it keeps silent', async () => {
    const socket = page.socket();
    socket.connect();
    const stream = (await server.stream()).open('new', 10_000);
    await happens(socket, 'open');
    for (const text of [':\n\n', ':\n\n']) {
      await page.passes(24_000);
      stream.write(text);
    }
    await page.passes(24_999);
    expect(socket.isConnected()).toBe(true);
    const lost = happens<ConnectionError>(socket, 'error');
    await page.passes(1);
    expect((await lost).message).toBe('Nothing has come from the server for 25000 ms.');
    expect(stream.signal.aborted).toBe(true);
  });

  it('is noticed by a POST that cannot be sent, whose push is told', async () => {
    const { socket, channel } = await joined();
    server.answerPost = () => {
      throw new TypeError('network error');
    };
    const lost = happens(socket, 'error');
    const failed = new Promise((resolve) => channel.push('add').on('error', resolve));
    await lost;
    expect(await failed).toEqual({ reason: 'connection lost' });
    await page.passes(250);
    await server.stream();
  });

  it('is noticed by a session that the server has forgotten', async () => {
    const { socket, channel } = await joined();
    server.answerPost = () => new Response('Gone.', { status: 410 });
    const lost = happens<ConnectionError>(socket, 'error');
    const push = channel.push('add');
    expect((await lost).status).toBe(410);
    await server.posted('add');
    server.answerPost = () => new Response(null);
    await page.passes(250);
    const { joinRef } = await server.join((await server.stream()).open('new'));
    expect(await server.posted('add')).toMatchObject({ joinRef, event: 'add' });
    expect(push.isSettled).toBe(false);
  });

  it('lets a join be said again that may not have arrived', async () => {
    const socket = page.socket();
    const channel = socket.channel('room:1').join();
    server.answerPost = () => {
      throw new TypeError('network error');
    };
    const lost = happens(socket, 'error');
    (await server.stream()).open();
    await lost;
    await server.posted('_join');
    server.answerPost = () => new Response(null);
    await page.passes(250);
    await server.join((await server.stream()).open('resumed'));
    await happens(channel, 'join:ok');
  });

  it('lets a leave that is under way be said again', async () => {
    const before = await joined();
    before.channel.leave();
    await server.posted('_leave');
    const stream = (await lose(before)).open();
    const { ref, joinRef } = await server.posted('_leave');
    stream.say([1, joinRef, ref, 0]);
    await happens(before.channel, '_close');
  });

  it('because a copy of the tab has it becomes another session', async () => {
    const { stream, channel } = await joined();
    stream.write(': replaced\n\n');
    const next = await server.stream();
    expect(next.sid).not.toBe(stream.sid);
    await server.join(next.open());
    await happens(channel, 'join:ok');
    expect(stream.signal.aborted).toBe(true);
  });
});

describe('several servers', () => {
  it('are tried one after the other', async () => {
    const socket = page.socket({ getNodes: async () => ['http://one.test/chain', 'http://two.test/chain'] });
    socket.connect();
    const lost = happens(socket, 'error');
    const first = await server.stream();
    first.fail();
    await lost;
    await page.passes(250);
    const second = await server.stream();
    expect([first.url.host, second.url.host]).toEqual(['one.test', 'two.test']);
    expect(second.sid).not.toBe(first.sid);
  });

  it('are asked for again, and a better one takes over once it answers', async () => {
    let nodes = ['http://one.test/chain'];
    const before = await joined({ getNodes: () => nodes, getNodesInterval: 10 });
    const { channel, stream: old } = before;
    nodes = ['http://two.test/chain', 'http://one.test/chain'];
    await page.passes(10_000);
    const better = await server.stream();
    expect([better.url.host, channel.canPush]).toEqual(['two.test', true]);
    const joinedAgain = happens(channel, 'join:ok');
    await server.join(better.open());
    await joinedAgain;
    const heard = happens(channel, 'x');
    old.say([2, 'room:1', 'x', 'from the old one']);
    expect([await heard, old.signal.aborted]).toEqual(['from the old one', false]);
    await page.passes(5_000);
    expect(old.signal.aborted).toBe(true);
  });

  it('may send a message twice, which the page can pass over', async () => {
    const seen = new Set<unknown>();
    const duplicated = ({ payload }: { payload: unknown }): boolean => seen.has(payload) || !seen.add(payload);
    const { socket, channel, stream } = await joined({ endpoint: '/chain', duplicated });
    const heard: unknown[] = [];
    channel.on('x', (payload) => heard.push(payload));
    const passedOver = happens(socket, 'message:duplicated');
    for (const payload of ['one', 'one']) stream.say([2, 'room:1', 'x', payload]);
    await passedOver;
    expect(heard).toEqual(['one']);
  });

  it('stay known while nobody can say', async () => {
    let isAway = true;
    const getNodes = async (): Promise<string[]> => {
      if (isAway) throw new Error('away');
      return ['/chain'];
    };
    const socket = page.socket({ getNodes, getNodesInterval: 1 });
    const missing = happens<ConnectionError>(socket, 'error');
    socket.connect();
    expect((await missing).message).toBe('getNodes gave no server to connect to.');
    isAway = false;
    await page.passes(1_000);
    (await server.stream()).open();
    await happens(socket, 'open');
    isAway = true;
    await page.passes(1_000);
    expect(socket.isConnected()).toBe(true);
  });
});
