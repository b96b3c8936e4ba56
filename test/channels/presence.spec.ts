import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelCore } from '../../lib/channels/channel.core.js';
import type { ChannelDescriptor } from '../../lib/channels/channel.descriptor.js';
import { Presence } from '../../lib/channels/presence.js';
import { PresenceKeeper } from '../../lib/channels/presence.keeper.js';
import { SocketPresence } from '../../lib/channels/presence.socket.js';
import { InProcessStore } from '../../lib/delivery/store.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';

const topic = 'room:1';
const channel = { name: 'Rooms', presenceChanged: undefined } as ChannelDescriptor;

describe('Presence', () => {
  let keeper: PresenceKeeper;
  let presence: Presence;
  let reported: unknown[];

  beforeEach(() => {
    const clock = new FakeClock();
    reported = [];
    const report = (...given: unknown[]): unknown => reported.push(given);
    keeper = new PresenceKeeper({ clock, store: new InProcessStore(clock), audience: () => 0, broadcast: async () => {}, report });
    presence = new Presence({ presence: keeper, report } as unknown as ChannelCore);
  });

  async function enter(id: string, presenceKey = id): Promise<SocketPresence> {
    const socket = new SocketPresence({ id, topic, presenceKey, take() {} }, channel, keeper);
    await socket.enter();
    return socket;
  }

  it('knows a socket by its user, or by what it is told', async () => {
    await (await enter('1', 'ann')).track({ n: 1 });
    await (await enter('2', 'ann')).track({ n: 2 });
    await (await enter('3', 'ann')).track({ n: 3 }, 'bob');
    const people = (await presence.list(topic)).map(({ key, metas }) => [key, metas.map(({ n }) => n)]);
    expect(people).toEqual([
      ['ann', [1, 2]],
      ['bob', [3]],
    ]);
    expect(await presence.count(topic)).toBe(2);
  });

  it('keeps the key of what is updated', async () => {
    const socket = await enter('1');
    await socket.track({ n: 1 }, 'bob');
    await socket.update({ n: 2 });
    expect(await presence.list(topic)).toEqual(expect.arrayContaining([{ key: 'bob', metas: [expect.objectContaining({ n: 2 })] }]));
  });

  it('M10: is listed page by page, all of it once', async () => {
    for (let i = 0; i < 2_500; i++) await (await enter(`${i}`, `user ${i}`)).track({});
    const keys: string[] = [];
    const sizes: number[] = [];
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const page = await presence.list(topic, { cursor });
      keys.push(...page.map(({ key }) => key));
      sizes.push(page.length);
      ({ cursor } = page);
    }
    expect(sizes).toEqual([1_000, 1_000, 500]);
    expect(new Set(keys).size).toBe(2_500);
  });

  it('knows nobody in a topic that nobody is in', async () => {
    expect([await presence.count('room:2'), [...(await presence.list('room:2'))]]).toEqual([0, []]);
    await expect(presence.count('')).rejects.toThrow('topic');
  });

  it.each([undefined, null, 'away', 1, [], () => {}])('tracks no %p', async (meta) => {
    const socket = await enter('1');
    expect(() => socket.track(meta)).toThrow('an object');
  });

  it.each(['', 1, null, {}])('takes %p for no key', async (key) => {
    const socket = await enter('1');
    expect(() => socket.track({}, key)).toThrow('key');
  });

  it('tracks nothing that cannot be written, and keeps what was there', async () => {
    const socket = await enter('1');
    await socket.track({ n: 1 });
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    await expect(socket.update(cyclic)).rejects.toThrow('circular');
    expect((await presence.list(topic))[0].metas).toEqual([expect.objectContaining({ n: 1 })]);
  });

  it('updates only what is tracked', async () => {
    const socket = await enter('1');
    expect(() => socket.update({})).toThrow('track()');
  });

  it('does nothing for a socket that is gone', async () => {
    const socket = await enter('1');
    await socket.track({});
    socket.exit();
    socket.exit();
    socket.welcome();
    await socket.track({});
    await socket.update({});
    await socket.untrack();
    expect(await presence.count(topic)).toBe(0);
  });

  it('reports what nobody waits for', async () => {
    void presence.list('');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(reported).toHaveLength(1);
  });
});
