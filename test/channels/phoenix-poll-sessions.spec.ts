import { describe, expect, it } from '@jest/globals';
import { PhoenixPollHost } from '../support/phoenix-poll-host.js';
import { read } from '../support/phoenix-poller.js';

const GONE = { status: 410, token: null, messages: [] };

describe('A session of long polling', () => {
  it('begins with a request without a token, which is answered with one', async () => {
    const host = new PhoenixPollHost();
    const exchange = host.get('vsn=2.0.0&name=Ada&name=Eve');
    expect(await read(exchange)).toEqual({ status: 410, token: expect.stringMatching(/^lp\.[\w-]{22}$/), messages: [] });
    expect(exchange).toMatchObject({
      status: 200,
      answerHeaders: {
        'Content-Type': 'application/json; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      },
    });
    expect({ ...host.offers[0].params }).toEqual({ vsn: '2.0.0', name: 'Ada' });
  });

  it.each([
    ['', 'phoenix 1.0.0'],
    ['vsn=1.0.0', 'phoenix 1.0.0'],
    ['vsn=2.0.0', 'phoenix 2.0.0'],
  ])('A12: speaks the version that it was opened with: %s', async (query, name) => {
    const host = new PhoenixPollHost();
    await read(host.get(query));
    expect(host.offers[0].codec.name).toBe(name);
  });

  it('A12: goes on in its version, whatever a later request says', async () => {
    const host = new PhoenixPollHost();
    const { token, say } = await host.open();
    const poll = host.get(`vsn=1.0.0&token=${token}`);
    await say('"x"');
    expect(await read(poll)).toMatchObject({ status: 200, messages: ['"x"'] });
    expect([host.store.size, host.offers.map(({ codec }) => codec.name)]).toEqual([1, ['phoenix 2.0.0']]);
  });

  it('has a token of its own', async () => {
    const host = new PhoenixPollHost();
    const tokens = await Promise.all(Array.from({ length: 20 }, async () => (await host.open()).token));
    expect(new Set(tokens).size).toBe(20);
  });

  it.each(['3.0.0', '__proto__', 'x'])('is refused to who speaks version %s', async (version) => {
    const host = new PhoenixPollHost();
    const exchange = host.get(`vsn=${version}`);
    expect(await read(exchange)).toEqual({ status: 403, reason: 'The dialect of this client is not spoken here.' });
    expect([exchange.status, host.store.size]).toEqual([403, 0]);
  });

  it('is refused with the sentence of onConnected', async () => {
    const host = new PhoenixPollHost();
    host.refusal = 'banned';
    const exchange = host.get();
    expect([await read(exchange), exchange.status]).toEqual([{ status: 403, reason: 'banned' }, 403]);
  });

  it('is refused to whom the guards refuse', async () => {
    const host = new PhoenixPollHost();
    const exchange = host.get('', { user: null });
    expect([await read(exchange), exchange.status, host.offers]).toEqual([{ status: 403 }, 403, []]);
  });

  it('begins where the only token is the application’s', async () => {
    const host = new PhoenixPollHost();
    const { token } = await read(host.get('token=secret&vsn=2.0.0&'));
    expect(await read(host.get(`token=secret&vsn=2.0.0&token=lp.${'x'.repeat(22)}`))).toEqual(GONE);
    host.get(`token=secret&vsn=2.0.0&token=${token}`);
    expect([host.store.size, { ...host.offers[0].params }]).toEqual([1, { token: 'secret', vsn: '2.0.0' }]);
  });

  it('is known by a header as well', async () => {
    const host = new PhoenixPollHost();
    const { token, handler, say } = await host.open();
    const poll = host.get('vsn=2.0.0', { headers: { 'x-phoenix-longpoll-token': token } });
    await say('"x"');
    expect(await read(poll)).toMatchObject({ status: 200, messages: ['"x"'] });
    expect(await read(host.get('', { headers: { 'x-phoenix-longpoll-token': 'another' } }))).toMatchObject({ status: 410 });
    expect(handler.connection.closeReason).toBeUndefined();
  });

  it.each(['GET', 'POST'])('that nobody knows is gone, and no other begins: %s', async (method) => {
    const host = new PhoenixPollHost();
    const exchange = host.ask(method, `/socket/longpoll?vsn=2.0.0&token=lp.${'x'.repeat(22)}`);
    expect([await read(exchange), exchange.status, host.store.size]).toEqual([GONE, 200, 0]);
  });

  it.each(['', 'token=', 'token=__proto__', 'token=constructor', 'token=x&token=y', `token=${'x'.repeat(100_000)}`])(
    'is needed to post: %s',
    async (query) => {
      const host = new PhoenixPollHost();
      await host.open();
      expect(await read(host.ask('POST', `/socket/longpoll?${query}`, { body: '[]' }))).toEqual(GONE);
    },
  );

  it.each(['PUT', 'DELETE', 'OPTIONS', 'HEAD'])('cannot be asked for by %s', (method) => {
    expect(new PhoenixPollHost().ask(method, '/socket/longpoll')).toMatchObject({ status: 405, answerHeaders: { Allow: 'GET, POST' } });
  });

  it('is over when nobody has polled for a while', async () => {
    const host = new PhoenixPollHost();
    const { handler, poll, wait } = await host.open();
    await host.clock.advance(14_000);
    (await wait()).abandon();
    await host.clock.advance(14_000);
    expect(host.store.size).toBe(1);
    await host.clock.advance(2_000);
    expect([host.store.size, handler.endedFor[0].code]).toEqual([0, 'transport-closed']);
    expect(await read(poll())).toEqual(GONE);
  });

  it('lives while somebody polls, however long', async () => {
    const host = new PhoenixPollHost();
    const { wait } = await host.open();
    for (let poll = 0; poll < 10; poll++) {
      const waiting = await wait();
      await host.clock.advance(11_000);
      expect((await read(waiting)).status).toBe(204);
    }
    expect(host.store.size).toBe(1);
  });

  describe('H05, H06: of a user', () => {
    it.each([
      ['another', 'eve'],
      ['nobody', undefined],
      ['who may not enter', null],
    ])('answers %s with 403, and is not disturbed', async (_, user) => {
      const host = new PhoenixPollHost();
      const { handler, poll, post, say } = await host.open({ user: 'ada' });
      const waiting = poll();
      const [read1, read2] = [poll({ user }), post('["x"]', { user })];
      expect([(await read(read1)).status, (await read(read2)).status]).toEqual([403, 403]);
      expect([read1.status, read2.status, read2.isRead, handler.text]).toEqual([403, 403, false, '']);
      await say('"for ada"');
      expect(await read(waiting)).toMatchObject({ messages: ['"for ada"'] });
    });

    it('lets its client post without the header that phoenix.js sends with polls alone', async () => {
      const host = new PhoenixPollHost();
      const { poll, post } = await host.open({ user: 'ada', headers: { 'x-phoenix-authtoken': 'ada' } });
      expect((await read(post('["x"]', { user: null, headers: {} }))).status).toBe(200);
      expect((await read(post('["x"]', { user: 'eve', headers: { 'x-phoenix-authtoken': 'eve' } }))).status).toBe(403);
      expect((await read(poll({ user: null, headers: {} }))).status).toBe(403);
    });
  });
});
