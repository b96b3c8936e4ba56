import { describe, expect, it } from '@jest/globals';
import { groupName } from '../../lib/delivery/address.js';
import { ChannelHouse, settled } from '../support/channel-house.js';

const topic = 'room:1';
const say = (house: ChannelHouse, text: unknown): Promise<void> =>
  house.core.broadcast({ isShared: true, topic, event: 'said', args: [{ text }] });
const fail = (): never => {
  throw new Error('no filter');
};
const sayNow = (house: ChannelHouse, text: unknown): Promise<void> => say(house, text).then(settled);

describe('A join of a topic with history', () => {
  it('is answered first, then comes what was missed, then what is said now', async () => {
    const house = new ChannelHouse({
      history: {},
      join: async (socket) => {
        void socket.push('hello', {});
        await say(house, 'while joining');
        return { welcome: true };
      },
    });
    const { position } = await house.log.read('channel:room:1');
    await say(house, 'before');
    const ann = await house.connect('ann');
    await ann.join(topic, { recover: position });
    await sayNow(house, 'after');
    expect(ann.heard).toEqual([
      [
        '1',
        '1',
        topic,
        'phx_reply',
        { status: 'ok', response: { welcome: true, recovery: { recovered: true, epoch: position.epoch, offset: 2 } } },
      ],
      ['1', null, topic, 'hello', {}],
      [null, '@1', topic, 'said', { text: 'before' }],
      [null, '@2', topic, 'said', { text: 'while joining' }],
      [null, '@3', topic, 'said', { text: 'after' }],
    ]);
  });

  it('loses and doubles nothing that is said while the history is read', async () => {
    const house = new ChannelHouse({ history: {} });
    const { position } = await house.log.read('channel:room:1');
    await say(house, 1);
    const read = house.log.read.bind(house.log);
    house.log.read = async (...args) => {
      await say(house, 2);
      const view = await read(...args);
      await say(house, 3);
      return view;
    };
    const ann = await house.connect();
    await ann.join(topic, { recover: position });
    await sayNow(house, 4);
    expect(ann.events.slice(1).map(([, { text }]) => text)).toEqual([1, 2, 3, 4]);
    expect(ann.heard.map(([, ref]) => ref).slice(1)).toEqual(['@1', '@2', '@3', '@4']);
  });

  it.each([{ recover: 'yesterday' }, { recover: { epoch: 'x' } }, { recover: { epoch: '__proto__', offset: 0 } }, { recover: null }, {}])(
    'is not the worse for the payload %j',
    async (payload) => {
      const house = new ChannelHouse({ history: {} });
      await say(house, 1);
      const ann = await house.connect();
      await ann.join(topic, payload);
      expect(ann.events).toEqual([
        ['phx_reply', { status: 'ok', response: { recovery: { recovered: false, epoch: expect.any(String), offset: 1 } } }],
      ]);
    },
  );

  it.each([
    ['throws', (): never => fail()],
    ['rejects', async (): Promise<never> => fail()],
  ])('stops at the message for which @HandleOut %s, so that who comes back from there misses nothing', async (_, broken) => {
    let filter = (payload: unknown): unknown => ((payload as { text: unknown }).text === 3 ? broken() : payload);
    const house = new ChannelHouse({ history: {}, out: { said: (payload) => filter(payload) } });
    const { position } = await house.log.read('channel:room:1');
    for (const text of [1, 2, 3, 4, 5]) await say(house, text);
    const ann = await house.connect();
    await ann.join(topic, { recover: position });
    expect(ann.heard.slice(1).map(([, ref, , event]) => [ref, event])).toEqual([
      ['@1', 'said'],
      ['@2', 'said'],
      ['1', 'phx_error'],
    ]);
    filter = (payload) => payload;
    await ann.join(topic, { recover: { ...position, offset: 2 } });
    expect(ann.events.slice(-3).map(([, { text }]) => text)).toEqual([3, 4, 5]);
  });

  it('fails where the log does not answer, and leaves nobody behind', async () => {
    const house = new ChannelHouse({ history: {}, presence: true });
    house.log.read = () => Promise.reject(new Error('down'));
    const ann = await house.connect();
    await ann.join(topic);
    expect(ann.events).toEqual([['phx_reply', { status: 'error', response: { reason: 'join crashed' } }]]);
    expect(house.failures).toEqual([new Error('down')]);
    expect([house.core.openTopics, house.core.delivery.membership.count(groupName(topic))]).toEqual([0, 0]);
  });

  it('costs nothing where nobody wants a history', async () => {
    const house = new ChannelHouse();
    const ann = await house.connect();
    await ann.join(topic);
    await sayNow(house, 1);
    expect(ann.heard).toEqual([
      ['1', '1', topic, 'phx_reply', { status: 'ok', response: {} }],
      [null, null, topic, 'said', { text: 1 }],
    ]);
  });
});

describe('A join of a topic with presence', () => {
  const present = (): ChannelHouse => new ChannelHouse({ presence: true, join: (socket) => socket.track({ at: 'home' }) });
  const keys = async (house: ChannelHouse): Promise<string[]> =>
    (await house.core.presence.boardOf(topic)).page(undefined, 10).map(({ key }) => key);

  it('is answered first, then comes who is there', async () => {
    const house = present();
    const ann = await house.connect('ann');
    await ann.join(topic);
    const metas = [{ at: 'home', phx_ref: expect.any(String) }];
    expect(ann.events).toEqual([
      ['phx_reply', { status: 'ok', response: {} }],
      ['presence_state', { ann: { metas } }],
    ]);
    await house.clock.advance(100);
    const bob = await house.connect();
    await bob.join(topic);
    const [, joins] = ann.events.at(-1) as [string, { joins: object }];
    expect(Object.keys(joins.joins)).toEqual([expect.stringMatching(/\.1$/)]);
  });

  it('ends with the connection, while a handler is still running', async () => {
    const house = new ChannelHouse({
      presence: true,
      join: (socket) => socket.track({}),
      events: { wait: (socket) => new Promise((resolve) => void settled().then(() => resolve(socket.update({ late: true })))) },
    });
    const ann = await house.connect('ann');
    await ann.join(topic);
    void ann.push(topic, 'wait');
    await ann.vanish();
    expect(await keys(house)).toEqual([]);
    await settled();
    expect([await keys(house), house.failures]).toEqual([[], []]);
  });

  it('that is refused tracks nobody', async () => {
    const house = new ChannelHouse({
      presence: true,
      join: async (socket) => {
        await socket.track({});
        throw new TypeError('no');
      },
    });
    const ann = await house.connect('ann');
    await ann.join(topic);
    expect(ann.events).toEqual([['phx_reply', { status: 'error', response: { reason: 'join crashed' } }]]);
    expect(await keys(house)).toEqual([]);
  });

  it('again replaces what the first has tracked', async () => {
    const house = present();
    const ann = await house.connect('ann');
    await ann.join(topic);
    await ann.join(topic);
    await house.clock.advance(1_000);
    const board = await house.core.presence.boardOf(topic);
    expect(board.page(undefined, 10).map(({ key, metas }) => [key, metas.length])).toEqual([['ann', 1]]);
  });

  it('tells of presence outside the history', async () => {
    const house = new ChannelHouse({ presence: true, history: {}, join: (socket) => socket.track({}) });
    const [ann, bob] = [await house.connect('ann'), await house.connect('bob')];
    await ann.join(topic);
    await bob.join(topic);
    await house.clock.advance(1_000);
    expect(ann.heard.at(-1)?.slice(0, 4)).toEqual([null, null, topic, 'presence_diff']);
    expect((await house.log.read('channel:room:1')).position.offset).toBe(0);
  });

  it('is needed for track: without it there is an error that says so', async () => {
    const house = new ChannelHouse({ join: (socket) => socket.track({}) });
    const ann = await house.connect();
    await ann.join(topic);
    expect(house.failures).toEqual([expect.objectContaining({ message: expect.stringContaining('presence: true') })]);
  });
});
