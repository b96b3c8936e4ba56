import { describe, expect, it, jest } from '@jest/globals';
import {
  Caller,
  Hub,
  HubConnections,
  HubGroups,
  HubMethod,
  type HubCallerContext,
  type OnConnected,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { HubPeer } from '../support/hub-peer.js';
import { Room } from '../support/hub-room.js';

@Hub('/clubs')
class ClubHub {
  @HubMethod()
  id(@Caller() caller: HubCallerContext) {
    return caller.connectionId;
  }

  @HubMethod()
  async join(group: string, @Caller() caller: HubCallerContext) {
    const before = caller.groups.has(group);
    await caller.groups.add(group);
    return [before, caller.groups.has(group)];
  }

  @HubMethod()
  async leave(group: string, @Caller() caller: HubCallerContext) {
    await caller.groups.remove(group);
    return caller.groups.has(group);
  }

  @HubMethod()
  joinCarelessly(group: string, @Caller() caller: HubCallerContext) {
    void caller.groups.add(group);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

async function club(options: SignalRModuleOptions, ...names: string[]) {
  const app = await appOf([ClubHub], options);
  const room = await Room.of(app, ClubHub, ...names);
  const members = (group: string): Promise<string[]> => room.hearers(room.clients.group(group));
  return { app, room, members, groups: app.get(HubGroups), connections: app.get(HubConnections) };
}

describe('a group of connections', () => {
  it('has those who were added, once each, until they are removed', async () => {
    const { groups, members, room } = await club({}, 'a', 'b');
    for (const name of ['a', 'b', 'a']) await groups.add(room.id(name), 'red');
    expect(await members('red')).toEqual(['a', 'b']);
    await groups.remove(room.id('a'), 'red');
    await groups.remove(room.id('a'), 'red');
    expect(await members('red')).toEqual(['b']);
  });

  it('takes no notice of connections that are not there', async () => {
    const { groups, connections } = await club({});
    for (const id of ['gone', '', '__proto__', 'constructor']) {
      await groups.add(id, 'red');
      await groups.remove(id, 'red');
      await groups.removeFromAll(id);
    }
    expect(await connections.count({ group: 'red' })).toBe(0);
  });

  it('K02: is no other where only the case differs, and removing does not confuse them', async () => {
    const { groups, members, room } = await club({}, 'a');
    await groups.add(room.id('a'), 'Room');
    await groups.remove(room.id('a'), 'room');
    expect([await members('Room'), await members('room')]).toEqual([['a'], []]);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', '*', ' ', 'a.b>c', 'uada', 'é\n', '\u0000'])('may be called %j', async (name) => {
    const { groups, members, room, connections } = await club({}, 'a', 'b');
    await groups.add(room.id('a'), name);
    expect(await members(name)).toEqual(['a']);
    expect(await connections.groupsOf(room.id('a'))).toEqual([name]);
    await groups.remove(room.id('a'), name);
    expect(await members(name)).toEqual([]);
  });

  it('is left by all who are removed from all', async () => {
    const { groups, members, room } = await club({}, 'a', 'b');
    for (const name of ['a', 'b']) for (const group of ['red', 'blue']) await groups.add(room.id(name), group);
    await groups.removeFromAll(room.id('a'));
    expect([await members('red'), await members('blue')]).toEqual([['b'], ['b']]);
    expect(await room.hearers(room.clients.client(room.id('a')))).toEqual(['a']);
  });

  it('is left by a connection that ends', async () => {
    const { groups, connections, room } = await club({}, 'a', 'b');
    for (const name of ['a', 'b']) await groups.add(room.id(name), 'red');
    await room.guest('a').peer.hangUp();
    expect(await connections.count({ group: 'red' })).toBe(1);
    await groups.add(room.id('a'), 'red');
    expect(await connections.count({ group: 'red' })).toBe(1);
  });

  it('may be joined and left through the caller', async () => {
    const { members, room } = await club({}, 'a');
    const { peer } = room.guest('a');
    expect(await peer.ask('join', 'red')).toMatchObject({ result: [false, true] });
    expect(await members('red')).toEqual(['a']);
    expect(await peer.ask('leave', 'red')).toMatchObject({ result: false });
    expect(await members('red')).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['no name', '', "A group has to be a text of 1 to 256 characters. This one is ''."],
    ['a name of 257 characters', 'x'.repeat(257), `This one is '${'x'.repeat(40)}…'.`],
    ['a number', 7, 'This one is 7.'],
    ['nothing', undefined, 'This one is undefined.'],
  ])('is refused with %s', async (_, name, text) => {
    const { groups, room } = await club({}, 'a');
    await expect(groups.add(room.id('a'), name as string)).rejects.toThrow(text);
    await expect(groups.addUser('ada', name as string)).rejects.toThrow(text);
  });

  it('may have a name of as many characters as limits.nameLength says', async () => {
    const { groups, room } = await club({ limits: { nameLength: 5 } }, 'a');
    await groups.add(room.id('a'), '12345');
    await expect(groups.add(room.id('a'), '123456')).rejects.toThrow('A group has to be a text of 1 to 5 characters.');
    await expect(groups.addUser('123456', 'red')).rejects.toThrow('A user identifier has to be a text of 1 to 5 characters.');
  });

  it('refuses a connection that is in 1 000 of them; the client that asks for one more gets an error, and goes on', async () => {
    const { app, room, connections } = await club({}, 'a');
    const { peer } = room.guest('a');
    const groups = app.get(HubGroups);
    for (let i = 0; i < 1_000; i++) await groups.add(room.id('a'), String(i));
    const text = 'The connection is in 1000 groups, and may be in no more.';
    const cause = {
      message: `The connection ${room.id('a')} is in 1000 groups, which is what the option limits.groupsPerConnection allows.`,
    };
    await expect(groups.add(room.id('a'), 'more')).rejects.toMatchObject({ message: text, cause });
    const error = `An unexpected error occurred invoking 'join' on the server. HubException: ${text}`;
    expect(await peer.ask('join', 'more')).toMatchObject({ error });
    await groups.add(room.id('a'), '999');
    expect(await connections.groupsOf(room.id('a'))).toHaveLength(1_000);
    expect(await peer.ask('leave', '0')).toMatchObject({ result: false });
    expect(await peer.ask('join', 'more')).toMatchObject({ result: [false, true] });
  });

  it.each<[string, (groups: HubGroups, id: string) => unknown]>([
    ['add', (groups, id) => void groups.add(id, '')],
    ['addUser', (groups) => void groups.addUser('', 'red')],
  ])('is a matter of the log when %s is refused and nobody awaits it, and ends nothing', async (_, refuse) => {
    const { groups, room } = await club({}, 'a');
    refuse(groups, room.id('a'));
    await turn();
    expect(log.takeErrors()).toHaveLength(1);
    expect(await room.hearers(room.clients.all)).toEqual(['a']);
  });

  it('may be asked for by a client under no name, in a method that does not await it: nothing ends', async () => {
    const { room } = await club({}, 'a');
    expect(await room.guest('a').peer.ask('joinCarelessly', '')).toMatchObject({ result: null });
    await turn();
    expect(log.takeErrors()).toHaveLength(1);
  });
});

describe('a group of users', () => {
  it('has all connections of its users: those that are there, and those that come later', async () => {
    const { app, groups, members, room } = await club({}, 'ada:1', 'ada:2', 'bob:1', 'guest');
    await groups.addUser('ada', 'red');
    expect(await members('red')).toEqual(['ada:1', 'ada:2']);
    const later = await Room.of(app, ClubHub, 'ada:3', 'bob:2');
    expect(await later.hearers(room.clients.group('red'))).toEqual(['ada:3']);
  });

  it('is joined before onConnected runs', async () => {
    let seen: boolean | undefined;
    @Hub('/early')
    class EarlyHub implements OnConnected {
      onConnected(caller: HubCallerContext) {
        seen = caller.groups.has('red');
      }
    }
    const app = await appOf([EarlyHub]);
    await app.get(HubGroups).addUser('ada', 'red');
    await (await HubPeer.join(app, EarlyHub, { user: { id: 'ada' } })).hearsNothing();
    expect(seen).toBe(true);
  });

  it('is left by a user with all connections, however they came in, and is not joined by later ones', async () => {
    const { app, groups, members, room } = await club({}, 'ada:1', 'ada:2', 'bob:1');
    await groups.addUser('ada', 'red');
    await groups.addUser('bob', 'red');
    await groups.add(room.id('ada:2'), 'red');
    await groups.removeUser('ada', 'red');
    expect(await members('red')).toEqual(['bob:1']);
    const later = await Room.of(app, ClubHub, 'ada:3', 'bob:2');
    expect(await later.hearers(room.clients.group('red'))).toEqual(['bob:2']);
  });

  it('is left by a user who is removed from all', async () => {
    const { app, groups, members, room } = await club({}, 'ada:1', 'bob:1');
    for (const user of ['ada', 'bob']) for (const group of ['red', 'blue']) await groups.addUser(user, group);
    await groups.add(room.id('ada:1'), 'own');
    await groups.removeUserFromAll('ada');
    expect([await members('red'), await members('blue'), await members('own')]).toEqual([['bob:1'], ['bob:1'], []]);
    const later = await Room.of(app, ClubHub, 'ada:2');
    expect(await later.hearers(room.clients.groups(['red', 'blue']))).toEqual([]);
  });

  it('may be left by one connection, which a new one does not know of', async () => {
    const { app, groups, members, room } = await club({}, 'ada:1', 'ada:2');
    await groups.addUser('ada', 'red');
    await groups.removeFromAll(room.id('ada:1'));
    expect(await members('red')).toEqual(['ada:2']);
    const later = await Room.of(app, ClubHub, 'ada:3');
    expect(await later.hearers(room.clients.group('red'))).toEqual(['ada:3']);
  });

  it('takes no notice of users who are not there', async () => {
    const { groups } = await club({});
    for (const user of ['nobody', '__proto__', 'constructor']) {
      await groups.removeUser(user, 'red');
      await groups.removeUserFromAll(user);
    }
    await expect(groups.addUser('__proto__', 'red')).resolves.toBeUndefined();
  });

  it('is left when the time is up, by connections that were there and that came meanwhile', async () => {
    const clock = new FakeClock();
    const { app, groups, members, room } = await club({ clock }, 'ada:1', 'bob:1');
    await groups.addUser('ada', 'red', { ttl: 10_000 });
    await groups.addUser('bob', 'red');
    await clock.advance(9_999);
    const later = await Room.of(app, ClubHub, 'ada:2');
    expect(await later.hearers(room.clients.group('red'))).toEqual(['ada:2']);
    await clock.advance(1);
    expect(await later.hearers(room.clients.group('red'))).toEqual([]);
    const last = await Room.of(app, ClubHub, 'ada:3');
    expect(await last.hearers(room.clients.group('red'))).toEqual([]);
    const { peer } = room.guest('ada:1');
    const marks = peer.heard.filter(({ target }) => target === 'mark');
    expect(marks).toHaveLength(1);
    expect(await members('red')).toContain('bob:1');
  });

  it('is left later when the time begins anew, and never when the last word had no end', async () => {
    const clock = new FakeClock();
    const { groups, connections } = await club({ clock }, 'ada:1', 'bob:1');
    for (const user of ['ada', 'bob']) await groups.addUser(user, 'red', { ttl: 10_000 });
    await clock.advance(6_000);
    await groups.addUser('ada', 'red', { ttl: 10_000 });
    await groups.addUser('bob', 'red');
    await clock.advance(6_000);
    expect(await connections.count({ group: 'red' })).toBe(2);
    await clock.advance(4_000);
    expect(await connections.users({ group: 'red' })).toEqual(expect.arrayContaining(['bob']));
    expect(await connections.count({ group: 'red' })).toBe(1);
    await clock.advance(3_600_000);
    expect(await connections.count({ group: 'red' })).toBe(1);
  });

  it('is left earlier when the time begins anew and is shorter', async () => {
    const clock = new FakeClock();
    const { groups, connections } = await club({ clock }, 'ada:1');
    await groups.addUser('ada', 'red', { ttl: 10_000 });
    await groups.addUser('ada', 'red', { ttl: 1_000 });
    await clock.advance(1_000);
    expect(await connections.count({ group: 'red' })).toBe(0);
  });

  it('may be joined for 30 days, which is more than a timer of Node can wait', async () => {
    const { groups, members } = await club({}, 'ada:1');
    const timers = jest.spyOn(globalThis, 'setTimeout');
    await groups.addUser('ada', 'red', { ttl: 30 * 24 * 3_600_000 });
    const delays = timers.mock.calls.map(([, delay]) => delay ?? 0);
    timers.mockRestore();
    expect(delays.filter((delay) => delay > 0x7fffffff)).toEqual([]);
    expect(await members('red')).toEqual(['ada:1']);
  });

  it('is not joined for a time that is no number: it would never end', async () => {
    const { groups, connections } = await club({}, 'ada:1');
    await expect(groups.addUser('ada', 'red', { ttl: Number.NaN })).rejects.toThrow('NaN');
    expect(await connections.count({ group: 'red' })).toBe(0);
  });

  it('lets a user of more groups than a connection may join come in all the same', async () => {
    const { app, groups } = await club({ limits: { groupsPerConnection: 2 } });
    for (const group of ['red', 'blue', 'green']) await groups.addUser('ada', group);
    const peer = await HubPeer.join(app, ClubHub, { user: { id: 'ada' } });
    expect(await peer.ask('id')).toMatchObject({ result: expect.any(String) });
  });
});
