import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelCall } from '../../lib/channels/channel.call.js';
import type { ChannelDescriptor } from '../../lib/channels/channel.descriptor.js';
import { PresenceKeeper } from '../../lib/channels/presence.keeper.js';
import { PreparedMessage } from '../../lib/delivery/prepared-message.js';
import { InProcessStore, type Store } from '../../lib/delivery/store.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { Follower } from '../support/presence-follower.js';

const topic = 'room:1';

/** A topic with presence, and the sockets in it. */
class Room {
  readonly clock = new FakeClock();
  readonly keeper: PresenceKeeper;
  readonly inside = new Set<Follower>();
  readonly broadcasts: number[] = [];
  readonly failures: string[] = [];
  readonly changes: unknown[][] = [];
  readonly channel: ChannelDescriptor;
  /** How many there seem to be. */
  crowd: number | undefined;

  constructor(readonly store: Store = new InProcessStore(new FakeClock())) {
    const presenceChanged = ({ arguments: given }: ChannelCall): unknown => this.changes.push([...given]);
    this.channel = { name: 'Rooms', presenceChanged } as unknown as ChannelDescriptor;
    this.keeper = new PresenceKeeper({
      clock: this.clock,
      store,
      audience: () => this.crowd ?? this.inside.size,
      broadcast: async (message, except) => {
        this.broadcasts.push(this.clock.now());
        const prepared = new PreparedMessage(message);
        for (const follower of this.inside) if (!except.has(follower.id)) follower.take(prepared);
      },
      report: (_, doing) => this.failures.push(doing),
    });
  }

  /** Comes in as a socket does, and as somebody from the beginning where a key is given. */
  async join(id: string, key?: string): Promise<Follower> {
    const follower = new Follower(id);
    await this.keeper.enter(topic, this.channel);
    if (key !== undefined) await this.track(id, key);
    this.inside.add(follower);
    this.keeper.welcome(topic, follower);
    return follower;
  }

  leave(follower: Follower): void {
    this.inside.delete(follower);
    this.keeper.exit(topic, follower);
  }

  track(id: string, key = id, meta: object = {}): Promise<void> {
    return this.keeper.track(topic, id, key, meta);
  }

  async keys(): Promise<string[]> {
    return (await this.keeper.boardOf(topic)).page(undefined, Infinity).map(({ key }) => key);
  }
}

describe('Presence', () => {
  let room: Room;

  beforeEach(() => {
    room = new Room();
  });

  it('tells who comes in who is there, himself among them, and the others that he came', async () => {
    const ann = await room.join('1', 'ann');
    expect(ann.keys).toEqual(['ann']);
    await room.clock.advance(100);
    const bob = await room.join('2', 'bob');
    expect(bob.keys).toEqual(['ann', 'bob']);
    expect(ann.keys).toEqual(['ann', 'bob']);
    expect(bob.told.map(({ message }) => message.event)).toEqual(['presence_state']);
  });

  it('M08: makes one difference of what happens within a short time', async () => {
    const ann = await room.join('1');
    await room.track('1', 'ann', { n: 0 });
    for (let n = 1; n <= 50; n++) await room.track('1', 'ann', { n });
    expect(room.broadcasts).toHaveLength(1);
    await room.clock.advance(100);
    expect(room.broadcasts).toEqual([0, 100]);
    expect(ann.diffs.at(-1)?.joins).toEqual({ ann: { metas: [expect.objectContaining({ n: 50 })] } });
    await room.clock.advance(10_000);
    expect(room.broadcasts).toHaveLength(2);
  });

  it('M11: does not grow by updates, and says what somebody was known by before', async () => {
    const ann = await room.join('1', 'ann');
    const [[, [first]]] = ann.people;
    for (let n = 1; n <= 3; n++) await room.track('1', 'ann', { n });
    await room.clock.advance(100);
    const meta = ann.diffs.at(-1)?.joins.ann.metas[0];
    expect(meta).toEqual({ n: 3, phx_ref: meta?.phx_ref, phx_ref_prev: first });
    expect(ann.people).toEqual([['ann', [meta?.phx_ref]]]);
    expect(await room.store.entries(`presence:${topic}`)).toHaveLength(1);
  });

  it('tells of no name that a client has given itself in the place of one of the server', async () => {
    const ann = await room.join('1');
    await room.track('1', 'ann', { n: 1, phx_ref: 'evil', phx_ref_prev: 'evil' });
    await room.clock.advance(100);
    const meta = ann.diffs.at(-1)?.joins.ann.metas[0];
    expect(meta).toEqual({ n: 1, phx_ref: expect.not.stringMatching('evil') });
  });

  it('moves somebody who is tracked under another key', async () => {
    const ann = await room.join('1', 'ann');
    await room.track('1', 'anna');
    await room.clock.advance(100);
    expect(ann.keys).toEqual(['anna']);
    expect(await room.keys()).toEqual(['anna']);
  });

  it('M07: keeps the devices of somebody apart: one goes, the others stay', async () => {
    const watcher = await room.join('0');
    const devices = await Promise.all(['1', '2', '3'].map((id) => room.join(id, 'ann')));
    await room.clock.advance(100);
    room.leave(devices[1]);
    await room.clock.advance(100);
    expect(watcher.diffs.at(-1)?.leaves.ann.metas).toHaveLength(1);
    expect(watcher.people.map(([key, refs]) => [key, refs.length])).toEqual([['ann', 2]]);
  });

  it('ends with the socket, and with untrack', async () => {
    const [watcher, ann] = [await room.join('0'), await room.join('1', 'ann')];
    await room.track('0', 'watcher');
    await room.clock.advance(100);
    room.leave(ann);
    await room.keeper.untrack(topic, '0');
    await room.keeper.untrack(topic, '0');
    await room.clock.advance(100);
    expect(watcher.keys).toEqual([]);
    expect(await room.keys()).toEqual([]);
    expect(await room.store.entries(`presence:${topic}`)).toEqual([]);
  });

  it('tells handlers who came and who went, to the last', async () => {
    const ann = await room.join('1', 'ann');
    room.leave(ann);
    const metas = [expect.objectContaining({ phx_ref: expect.any(String) })];
    expect(room.changes).toEqual([
      [{ ann: { metas } }, {}],
      [{}, { ann: { metas } }],
    ]);
  });

  it('lets nobody wait in vain who comes and goes before he was told', async () => {
    await room.join('1', 'ann');
    const bob = await room.join('2', 'bob');
    room.leave(bob);
    await room.clock.advance(1_000);
    expect(bob.told).toEqual([]);
    expect(await room.keys()).toEqual(['ann']);
  });

  it('is known rightly by everybody after many came and went at once', async () => {
    const [watcher, others] = [await room.join('w', 'watcher'), new Set<Follower>()];
    for (let step = 0; step < 500; step++) {
      others.add(await room.join(`${step}`, `user ${step % 40}`));
      for (const follower of others) if (others.size > 20 && others.delete(follower)) room.leave(follower);
      if (step % 10 === 0) await room.clock.advance(37);
    }
    await room.clock.advance(10_000);
    for (const follower of [watcher, ...others]) expect(follower.people).toEqual(watcher.people);
    expect(watcher.keys).toEqual(await room.keys());
    expect(room.broadcasts.length).toBeLessThan(30);
  });

  it('M08: tells a crowd of changes the more seldom, the larger it is', async () => {
    room.crowd = 10_000;
    const watcher = await room.join('w', 'watcher');
    for (let step = 0; step < 100; step++) {
      await room.join(`${step}`, `user ${step}`);
      await room.clock.advance(100);
    }
    expect(room.broadcasts.length).toBeLessThan(20);
    await room.clock.advance(60_000);
    expect(watcher.keys).toHaveLength(101);
  });

  it('lets nobody wait long in a crowd: who comes is told what the others know, and the rest with them', async () => {
    room.crowd = 10_000;
    await room.join('1', 'ann');
    await room.join('2', 'bob');
    const cid = await room.join('3', 'cid');
    await room.clock.advance(100);
    expect([cid.keys, room.broadcasts]).toEqual([['ann'], [0]]);
    await room.clock.advance(5_000);
    expect(cid.keys).toEqual(['ann', 'bob', 'cid']);
  });

  it('writes the state once for all who come between two changes, however many are there', async () => {
    const first = await Promise.all(Array.from({ length: 10_000 }, (_, i) => room.join(`${i}`, `user ${i}`)));
    await room.clock.advance(60_000);
    expect(first[0].keys).toHaveLength(10_000);
    const later = await Promise.all(Array.from({ length: 100 }, (_, i) => room.join(`later ${i}`)));
    await room.clock.advance(100);
    const states = new Set(later.map(({ told }) => told[0]));
    expect(states.size).toBe(1);
    const everything = new Set(first.flatMap(({ told }) => told.filter(({ message }) => message.event === 'presence_state')));
    expect(everything.size).toBeLessThan(5);
  });

  it('sends a large state alone, when the reply to the join is out', async () => {
    const big = { text: 'x'.repeat(300_000) };
    await room.join('1');
    await room.track('1', 'ann', big);
    await room.clock.advance(5_000);
    const bob = await room.join('2');
    expect(bob.told).toHaveLength(0);
    await room.clock.advance(100);
    expect(bob.keys).toEqual(['ann']);
  });

  it('tells what was given, whatever becomes of it afterwards', async () => {
    const ann = await room.join('1');
    const meta = { mood: 'fine' };
    await room.track('1', 'ann', meta);
    meta.mood = 'changed';
    expect(ann.diffs.at(-1)?.joins.ann.metas[0]).toMatchObject({ mood: 'fine' });
  });

  it('knows what other nodes have written, whether or not somebody is in the topic here', async () => {
    const store = new InProcessStore(new FakeClock());
    const [one, other] = [new Room(store), new Room(store)];
    await one.join('1', 'ann');
    expect(await other.keys()).toEqual(['ann']);
    expect((await other.join('2')).keys).toEqual(['ann']);
  });

  it('reports a store and a handler that fail, and goes on', async () => {
    const store = new InProcessStore(new FakeClock());
    const failing = new Room(store);
    Object.assign(failing.channel, { presenceChanged: () => Promise.reject(new Error('oops')) });
    const ann = await failing.join('1', 'ann');
    store.delete = () => Promise.reject(new Error('down'));
    failing.leave(ann);
    await failing.clock.advance(0);
    expect(failing.failures).toContain(`running @PresenceChanged for '${topic}'`);
    expect(failing.failures).toContain(`taking somebody who has left out of '${topic}'`);
  });
});
