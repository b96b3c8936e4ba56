import { describe, expect, it } from '@jest/globals';
import {
  Caller,
  Hub,
  HubConnections,
  HubGroups,
  HubMethod,
  type ConnectionEvent,
  type HubCallerContext,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { HubPeer } from '../support/hub-peer.js';
import { Room } from '../support/hub-room.js';

@Hub('/hall')
class HallHub {
  @HubMethod()
  id(@Caller() caller: HubCallerContext) {
    return caller.connectionId;
  }
}

@Hub('/annex')
class AnnexHub extends HallHub {}

async function hall(names: string[], options?: SignalRModuleOptions) {
  const app = await appOf([HallHub, AnnexHub], options);
  const room = await Room.of(app, HallHub, ...names);
  return { app, room, connections: app.get(HubConnections).of(HallHub), groups: app.get(HubGroups).of(HallHub) };
}

const CROWD = ['ada:1', 'ada:2', 'bob:1', 'guest'];

describe('the connections of a hub', () => {
  it('are counted: all, of a user, in a group, and of a user in a group', async () => {
    const { connections, groups, room } = await hall(CROWD);
    for (const name of ['ada:1', 'bob:1']) await groups.add(room.id(name), 'red');
    expect(await connections.count()).toBe(4);
    expect(await connections.count({})).toBe(4);
    expect(await connections.count({ user: 'ada' })).toBe(2);
    expect(await connections.count({ group: 'red' })).toBe(2);
    expect(await connections.count({ user: 'ada', group: 'red' })).toBe(1);
    expect(await connections.count({ user: 'carol' })).toBe(0);
    expect(await connections.count({ user: 'carol', group: 'red' })).toBe(0);
    expect(await connections.of(AnnexHub).count()).toBe(0);
  });

  it('are there from the handshake until the end', async () => {
    const { app, connections } = await hall([]);
    const waiting = HubPeer.open(app, HallHub);
    expect(await connections.count()).toBe(0);
    const room = await Room.of(app, HallHub, 'ada:1');
    expect([await connections.count(), await connections.has(room.id('ada:1'))]).toEqual([1, true]);
    await room.guest('ada:1').peer.hangUp();
    expect([await connections.count(), await connections.has(room.id('ada:1'))]).toEqual([0, false]);
    await waiting.hangUp();
  });

  it.each(['gone', '', '__proto__', 'constructor', 'toString'])('do not have one called %j', async (id) => {
    const { connections } = await hall(['ada:1']);
    expect([
      await connections.has(id),
      await connections.isOnline(id),
      await connections.groupsOf(id),
      await connections.disconnect(id),
    ]).toEqual([false, false, [], 0]);
  });

  it('are listed in the order in which they came, with all that others may know of them', async () => {
    const clock = new FakeClock(new Date('2030-01-01T00:00:00Z'));
    const app = await appOf([HallHub], { clock });
    const first = await Room.of(app, HallHub, 'ada:1');
    await clock.advance(5_000);
    const second = await Room.of(app, HallHub, 'guest');
    const list = await app.get(HubConnections).list();
    const node = expect.stringMatching(/.+_.+/);
    expect([...list]).toEqual([
      { connectionId: first.id('ada:1'), userIdentifier: 'ada', node, connectedAt: new Date('2030-01-01T00:00:00Z') },
      { connectionId: second.id('guest'), userIdentifier: undefined, node, connectedAt: new Date('2030-01-01T00:00:05Z') },
    ]);
    expect(list[0].node).toBe(list[1].node);
    expect(list).toMatchObject({ complete: true, missingNodes: [], cursor: undefined });
  });

  it('are listed by user and by group', async () => {
    const { connections, groups, room } = await hall(CROWD);
    for (const name of ['ada:1', 'bob:1']) await groups.add(room.id(name), 'red');
    const ids = async (filter: object): Promise<string[]> => (await connections.list(filter)).map(({ connectionId }) => connectionId);
    expect(await ids({ user: 'ada' })).toEqual(room.ids('ada:1', 'ada:2'));
    expect(await ids({ group: 'red' })).toEqual(room.ids('ada:1', 'bob:1'));
    expect(await ids({ user: 'bob', group: 'red' })).toEqual(room.ids('bob:1'));
    expect(await ids({ user: '__proto__' })).toEqual([]);
  });

  it('are listed page by page, each once, also when the one at which a page ended is gone', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `user${index}:1`);
    const { connections, room } = await hall(names);
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await connections.list({ cursor, limit: 3 });
      seen.push(...page.map(({ connectionId }) => connectionId));
      ({ cursor } = page);
      if (pages++ === 0) await connections.disconnect(String(cursor));
    } while (cursor !== undefined);
    expect(pages).toBe(3);
    expect(seen.sort()).toEqual(room.ids(...names).sort());
  });

  it('fit on one page exactly, and there is none after it', async () => {
    const { connections } = await hall(CROWD);
    const page = await connections.list({ limit: 4 });
    expect(page).toHaveLength(4);
    expect(page.cursor).toBeUndefined();
  });

  it.each([0, -1, Number.NaN])('are not listed %d at a time', async (limit) => {
    const { connections } = await hall([]);
    await expect(connections.list({ limit })).rejects.toThrow(`A limit has to be a number, 1 or more. This one is ${limit}.`);
    await expect(connections.users({ limit })).rejects.toThrow('A limit has to be a number');
  });

  it('belong to users, who are listed once each, also page by page and by group', async () => {
    const { connections, groups, room } = await hall(CROWD);
    await groups.add(room.id('ada:2'), 'red');
    expect([...(await connections.users())]).toEqual(['ada', 'bob']);
    expect([...(await connections.users({ group: 'red' }))]).toEqual(['ada']);
    const first = await connections.users({ limit: 1 });
    const second = await connections.users({ limit: 1, cursor: first.cursor });
    expect([[...first], [...second], second.cursor]).toEqual([['ada'], ['bob'], undefined]);
  });

  it('keep their user online until the last of them ends', async () => {
    const { connections, room } = await hall(CROWD);
    expect([await connections.isOnline('ada'), await connections.isOnline('carol')]).toEqual([true, false]);
    await room.guest('ada:1').peer.hangUp();
    expect(await connections.isOnline('ada')).toBe(true);
    await room.guest('ada:2').peer.hangUp();
    expect(await connections.isOnline('ada')).toBe(false);
  });

  it('tell their groups', async () => {
    const { connections, groups, room } = await hall(['ada:1']);
    for (const group of ['red', 'blue']) await groups.add(room.id('ada:1'), group);
    expect(await connections.groupsOf(room.id('ada:1'))).toEqual(['red', 'blue']);
  });

  it.each<[string, unknown, string | undefined]>([
    ['the claim sub', { sub: 's', id: 'i', nameid: 'n' }, 's'],
    ['the property id', { id: 'i', nameid: 'n' }, 'i'],
    ['the claim nameid', { nameid: 'n' }, 'n'],
    ['a number', { id: 7 }, '7'],
    ['zero', { id: 0 }, '0'],
    ['an empty text', { sub: '', id: 'i' }, 'i'],
    ['nothing', {}, undefined],
    ['an object', { sub: {} }, undefined],
    ['a text alone', 'ada', undefined],
    ['null', null, undefined],
    ['no user', undefined, undefined],
  ])('know their user by %s', async (_, user, userIdentifier) => {
    const { app, connections } = await hall([]);
    await (await HubPeer.join(app, HallHub, { user })).ask('id');
    expect([...(await connections.list())]).toMatchObject([{ userIdentifier }]);
  });

  it('know their user by what userIdProvider says', async () => {
    const userIdProvider = (user: unknown): string | undefined => (user as { email?: string } | undefined)?.email;
    const { app, connections } = await hall([], { userIdProvider });
    await (await HubPeer.join(app, HallHub, { user: { id: 'x', email: 'ada@example.org' } })).ask('id');
    expect(await connections.isOnline('ada@example.org')).toBe(true);
  });
});

describe('H16: disconnect', () => {
  it.each<[string, (room: Room) => Parameters<HubConnections['disconnect']>[0], string[]]>([
    ['one connection', (room) => room.id('guest'), ['guest']],
    ['the connections of a user', () => ({ user: 'ada' }), ['ada:1', 'ada:2']],
    ['the members of a group', () => ({ group: 'red' }), ['ada:1', 'bob:1']],
    ['nobody', () => ({ user: 'carol' }), []],
  ])('H16: ends %s, none of which comes back by itself, and says how many they were', async (_, target, names) => {
    const { connections, groups, room } = await hall(CROWD);
    for (const name of ['ada:1', 'bob:1']) await groups.add(room.id(name), 'red');
    expect(await connections.disconnect(target(room))).toBe(names.length);
    await Promise.all(names.map((name) => room.guest(name).peer.served));
    expect(names.map((name) => room.guest(name).peer.heard.at(-1))).toEqual(names.map(() => ({ type: 7 })));
    expect(await connections.count()).toBe(CROWD.length - names.length);
  });

  it('tells the reason, and whether the client may come back', async () => {
    const { connections, room } = await hall(['ada:1', 'bob:1']);
    await connections.disconnect({ user: 'ada' }, { reason: 'Moved to another room.', allowReconnect: true });
    await connections.disconnect({ user: 'bob' }, { reason: 'Banned.' });
    await Promise.all([room.guest('ada:1').peer.ended, room.guest('bob:1').peer.ended]);
    expect(room.guest('ada:1').peer.heard.at(-1)).toEqual({ type: 7, error: 'Moved to another room.', allowReconnect: true });
    expect(room.guest('bob:1').peer.heard.at(-1)).toEqual({ type: 7, error: 'Banned.' });
  });

  it('is no error for onDisconnected', async () => {
    const ends: unknown[] = [];
    @Hub('/ended')
    class EndedHub {
      onDisconnected(_: HubCallerContext, error?: Error) {
        ends.push(error);
      }

      @HubMethod()
      async end(@Caller() caller: HubCallerContext) {
        return caller.connectionId;
      }
    }
    const app = await appOf([EndedHub]);
    const peer = await HubPeer.join(app, EndedHub);
    const { result } = await peer.ask('end');
    await app.get(HubConnections).disconnect(String(result), { reason: 'Banned.' });
    await peer.served;
    expect(ends).toEqual([undefined]);
  });

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['a user and a group at once', { user: 'ada', group: 'red' }],
    ['an empty text', { user: '' }],
    ['a user that is undefined', { user: undefined }],
    ['a group that is undefined', { group: undefined }],
    ['nothing', undefined],
    ['null', null],
  ])('refuses a target that names nobody, and never takes it for everybody: %s', async (_, target) => {
    const { connections } = await hall(CROWD);
    await expect(connections.disconnect(target as string)).rejects.toThrow(/user/);
    expect(await connections.count()).toBe(4);
  });
});

describe('a question that is refused', () => {
  it.each<[string, (connections: HubConnections) => unknown]>([
    ['disconnect', (connections) => void connections.disconnect({} as string)],
    ['list', (connections) => void connections.list({ limit: 0 })],
    ['users', (connections) => void connections.users({ limit: 0 })],
  ])('is a matter of the log where nobody awaits it, and ends nothing: %s', async (_, refuse) => {
    const { connections } = await hall(CROWD);
    refuse(connections);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(log.takeErrors()).toHaveLength(1);
    expect(await connections.count()).toBe(4);
  });
});

describe('events$', () => {
  it('tells when users come online and go offline, and when groups are occupied and vacant', async () => {
    const { app, connections, groups, room } = await hall(['bob:1']);
    const events: ConnectionEvent[] = [];
    const subscription = connections.events$.subscribe((event) => events.push(event));
    const ada = await Room.of(app, HallHub, 'ada:1', 'ada:2', 'guest');
    await groups.add(ada.id('ada:1'), 'red');
    await groups.add(room.id('bob:1'), 'red');
    await groups.remove(room.id('bob:1'), 'red');
    await ada.guest('ada:2').peer.hangUp();
    await ada.guest('ada:1').peer.hangUp();
    expect(events).toEqual([
      { type: 'online', user: 'ada' },
      { type: 'occupied', group: 'red' },
      { type: 'vacant', group: 'red' },
      { type: 'offline', user: 'ada' },
    ]);
    subscription.unsubscribe();
    await room.guest('bob:1').peer.hangUp();
    expect(events).toHaveLength(4);
  });

  it('tells each hub its own', async () => {
    const { app, connections } = await hall([]);
    const events: ConnectionEvent[] = [];
    connections.of(AnnexHub).events$.subscribe((event) => events.push(event));
    await Room.of(app, HallHub, 'ada:1');
    expect(events).toEqual([]);
  });
});
