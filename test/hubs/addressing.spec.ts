import { describe, expect, it } from '@jest/globals';
import {
  Caller,
  Clients,
  Hub,
  HubClients,
  HubGroups,
  HubMethod,
  json,
  type HubCallerClients,
  type HubCallerContext,
  type HubProtocol,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { HubPeer, type Heard } from '../support/hub-peer.js';
import { Room } from '../support/hub-room.js';

@Hub('/crowd')
class CrowdHub {
  @HubMethod()
  id(@Caller() caller: HubCallerContext) {
    return caller.connectionId;
  }

  @HubMethod()
  async tell(whom: 'caller' | 'others', @Clients() clients: HubCallerClients) {
    await clients[whom].send('mark');
  }

  @HubMethod()
  async tellOthersInGroup(group: string, @Clients() clients: HubCallerClients) {
    await clients.othersInGroup(group).send('mark');
  }

  @HubMethod()
  async tellOtherHub(@Clients() clients: HubCallerClients) {
    await clients.of(QuietHub).all.send('mark');
  }
}

@Hub('/quiet')
class QuietHub extends CrowdHub {}

/** Two tabs of Ada, one of Bob and somebody unknown; Ada's first and Bob are in 'red', Bob and the unknown in 'blue'. */
async function crowd(options?: SignalRModuleOptions): Promise<{ app: Awaited<ReturnType<typeof appOf>>; room: Room }> {
  const app = await appOf([CrowdHub, QuietHub], options);
  const room = await Room.of(app, CrowdHub, 'ada:1', 'ada:2', 'bob:1', 'guest');
  const groups = app.get(HubGroups).of(CrowdHub);
  for (const name of ['ada:1', 'bob:1']) await groups.add(room.id(name), 'red');
  for (const name of ['bob:1', 'guest']) await groups.add(room.id(name), 'blue');
  return { app, room };
}

describe('the clients of a hub', () => {
  it.each<[string, (clients: HubClients, room: Room) => ReturnType<HubClients['group']>, string[]]>([
    ['all', (clients) => clients.all, ['ada:1', 'ada:2', 'bob:1', 'guest']],
    ['allExcept', (clients, room) => clients.allExcept(room.ids('ada:1', 'guest')), ['ada:2', 'bob:1']],
    ['allExcept nobody', (clients) => clients.allExcept([]), ['ada:1', 'ada:2', 'bob:1', 'guest']],
    ['allExcept of a set', (clients, room) => clients.allExcept(new Set([room.id('bob:1'), 'gone'])), ['ada:1', 'ada:2', 'guest']],
    ['client', (clients, room) => clients.client(room.id('guest')), ['guest']],
    ['clients', (clients, room) => clients.clients(room.ids('ada:2', 'bob:1')), ['ada:2', 'bob:1']],
    ['clients, one of them twice', (clients, room) => clients.clients(room.ids('ada:2', 'ada:2')), ['ada:2']],
    ['group', (clients) => clients.group('red'), ['ada:1', 'bob:1']],
    ['groups, each member once', (clients) => clients.groups(['red', 'blue', 'red']), ['ada:1', 'bob:1', 'guest']],
    ['groupExcept', (clients, room) => clients.groupExcept('red', [room.id('ada:1')]), ['bob:1']],
    ['user', (clients) => clients.user('ada'), ['ada:1', 'ada:2']],
    ['users', (clients) => clients.users(['ada', 'bob', 'nobody']), ['ada:1', 'ada:2', 'bob:1']],
    ['a client that is gone', (clients) => clients.client('gone'), []],
    ['no clients', (clients) => clients.clients([]), []],
    ['a group without members', (clients) => clients.group('green'), []],
    ['no groups', (clients) => clients.groups([]), []],
    ['a user who is not there', (clients) => clients.user('carol'), []],
    ['a user of another case', (clients) => clients.user('Ada'), []],
    ['a group of another case', (clients) => clients.group('RED'), []],
    ['a group that is called like a user', (clients) => clients.group('ada'), []],
    ['a user who is called like a group', (clients) => clients.user('red'), []],
    ['a user who is called like a connection', (clients, room) => clients.user(room.id('guest')), []],
    ['a group that is called like everybody', (clients) => clients.group('*'), []],
    ['a name of 100 000 characters', (clients) => clients.group('x'.repeat(100_000)), []],
    ['what objects inherit', (clients) => clients.groups(['__proto__', 'constructor', 'toString', 'then']), []],
  ])('reached by %s', async (_, select, names) => {
    const { room } = await crowd();
    expect(await room.hearers(select(room.clients, room))).toEqual(names);
  });

  it.each<[string, string, unknown[], string[]]>([
    ['caller', 'tell', ['caller'], ['bob:1']],
    ['others', 'tell', ['others'], ['ada:1', 'ada:2', 'guest']],
    ['othersInGroup', 'tellOthersInGroup', ['red'], ['ada:1']],
    ['othersInGroup of a group that is not its own', 'tellOthersInGroup', ['green'], []],
    ['of another hub', 'tellOtherHub', [], []],
  ])('reached from a method by %s', async (_, method, args, names) => {
    const { room } = await crowd();
    const { peer } = room.guest('bob:1');
    expect(await room.hearersOf(() => peer.ask(method, ...args))).toEqual(names);
  });

  it('L09: of two hubs never meet, whatever they are called', async () => {
    const app = await appOf([CrowdHub, QuietHub]);
    const [crowded, quiet] = [await Room.of(app, CrowdHub, 'ada:1'), await Room.of(app, QuietHub, 'ada:2')];
    const groups = app.get(HubGroups);
    await groups.of(CrowdHub).add(crowded.id('ada:1'), 'red');
    await groups.of(QuietHub).add(quiet.id('ada:2'), 'red');
    await groups.of(QuietHub).add(crowded.id('ada:1'), 'red');
    const { clients } = quiet;
    for (const proxy of [
      clients.all,
      clients.user('ada'),
      clients.group('red'),
      clients.clients([...crowded.ids('ada:1'), ...quiet.ids('ada:2')]),
    ]) {
      expect(await quiet.hearers(proxy)).toEqual(['ada:2']);
    }
    expect(await crowded.hearersOf(() => undefined)).toEqual([]);
  });

  it('that have gone are sent nothing, and sending goes on', async () => {
    const { room } = await crowd();
    const { peer, id } = room.guest('guest');
    await peer.hangUp();
    await room.clients.client(id).send('mark');
    await room.clients.group('blue').send('mark');
    expect(await room.guest('bob:1').peer.hear()).toMatchObject({ target: 'mark' });
    expect(peer.heard.filter(({ target }) => target === 'mark')).toEqual([]);
  });

  it('are chosen when the message is sent, not when they are named', async () => {
    const { app, room } = await crowd();
    const green = room.clients.group('green');
    expect(await room.hearers(green)).toEqual([]);
    await app.get(HubGroups).of(CrowdHub).add(room.id('guest'), 'green');
    expect(await room.hearers(green)).toEqual(['guest']);
  });
});

describe('a message to clients', () => {
  const sent = async (...args: unknown[]): Promise<Heard> => {
    const { room } = await crowd();
    await room.clients.all.send('Message', ...args);
    return room.guest('guest').peer.hear();
  };

  it('is a call without an id, with the name as it was written', async () => {
    expect(await sent(1, 'é')).toEqual({ type: 1, target: 'Message', arguments: [1, 'é'] });
  });

  it('does not take an array for its arguments', async () => {
    expect(await sent([1, 2], [])).toMatchObject({ arguments: [[1, 2], []] });
  });

  it('may have no arguments, and undefined ones', async () => {
    expect(await sent()).toMatchObject({ arguments: [] });
    expect(await sent(undefined, null)).toMatchObject({ arguments: [null, null] });
  });

  it.each(['then', '__proto__', 'constructor', 'toString', ''])('may be called %j', async (name) => {
    const { room } = await crowd();
    await room.clients.all.send(name, 1);
    expect((await room.guest('guest').peer.hear())['target']).toBe(name);
  });

  it('is encoded before send returns: what changes afterwards is not seen', async () => {
    const { room } = await crowd();
    const value = { count: 1 };
    const done = room.clients.all.send('m', value);
    value.count = 2;
    await done;
    expect(await room.guest('guest').peer.hear()).toMatchObject({ arguments: [{ count: 1 }] });
  });

  it('comes to each client in the order in which they were sent', async () => {
    const { room } = await crowd();
    const { clients } = room;
    const proxies = [clients.all, clients.user('ada'), clients.group('red'), clients.client(room.id('ada:1'))];
    for (let i = 0; i < 100; i++) void proxies[i % 4].send('m', i);
    for (let i = 0; i < 100; i++) expect(await room.guest('ada:1').peer.hear()).toMatchObject({ arguments: [i] });
  });

  it('leaves the server together with the others of the same turn', async () => {
    const { room } = await crowd();
    const { peer } = room.guest('guest');
    const chunks: string[] = [];
    peer.stream.on('data', (chunk: string) => chunks.push(chunk));
    await Promise.all([1, 2, 3].map((i) => room.clients.all.send('m', i)));
    for (let i = 0; i < 3; i++) await peer.hear();
    expect(chunks).toHaveLength(1);
  });

  it.each<[string, (clients: HubClients) => ReturnType<HubClients['group']>]>([
    ['group', (clients) => clients.group('')],
    ['groups', (clients) => clients.groups(['red', ''])],
    ['groupExcept', (clients) => clients.groupExcept('', [])],
  ])('is refused for a group without a name, by %s, and reaches nobody', async (_, select) => {
    const { room } = await crowd();
    await expect(select(room.clients).send('m')).rejects.toThrow('Cannot send to an empty group name.');
    expect(await room.hearersOf(() => undefined)).toEqual([]);
  });

  it('is refused for a group without a name in a method, by othersInGroup', async () => {
    const { room } = await crowd();
    expect(await room.guest('bob:1').peer.ask('tellOthersInGroup', '')).toMatchObject({ error: expect.any(String) });
    expect(log.takeErrors()).toEqual([expect.stringContaining('Cannot send to an empty group name.')]);
  });
});

describe('a message that cannot be sent', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  it('rejects for who awaits it, is not logged, and reaches nobody', async () => {
    const { room } = await crowd();
    await expect(room.clients.all.send('m', cycle)).rejects.toThrow(TypeError);
    expect(await room.hearersOf(() => undefined)).toEqual([]);
  });

  it.each([
    ['json', 'messagepack', 'json'],
    ['messagepack', 'json'],
    ['json', 'json', 'messagepack'],
  ] as const)('for one protocol reaches nobody, whatever others speak and whoever came first: %s, %s …', async (...protocols) => {
    const app = await appOf([CrowdHub]);
    const guests = await Promise.all(protocols.map((protocol) => createTestClient(app, CrowdHub, { protocol })));
    const clients = app.get(HubClients);
    await expect(clients.all.send('m', 2n ** 70n)).rejects.toThrow(RangeError);
    await clients.all.send('fence');
    for (const guest of guests) await guest.next('fence');
    await Promise.all(guests.map((guest) => guest.close()));
    for (const guest of guests) await expect(guest.next('m')).rejects.toThrow('The connection has ended.');
  });

  it.each<[string, (clients: HubClients) => unknown]>([
    ['its argument cannot be encoded', (clients) => void clients.all.send('m', cycle)],
    ['its group has no name', (clients) => void clients.group('').send('m')],
  ])('is logged once where nobody awaits it, and ends nothing: %s', async (_, send) => {
    const { room } = await crowd();
    send(room.clients);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(log.takeErrors()).toEqual([expect.stringMatching(/^CrowdHub: sending 'm' failed: /)]);
    expect(await room.hearers(room.clients.user('bob'))).toEqual(['bob:1']);
  });

  it('is not noticed where nobody is there to get it', async () => {
    const app = await appOf([CrowdHub]);
    await expect(app.get(HubClients).all.send('m', cycle)).resolves.toBeUndefined();
  });
});

describe('a broadcast', () => {
  /** JSON that counts the calls that it has written. */
  const counting = (name: string): HubProtocol & { count: number } => {
    const inner = json();
    const protocol = {
      name,
      version: 2,
      transferFormat: inner.transferFormat,
      framing: inner.framing,
      count: 0,
      parse: inner.parse.bind(inner),
      write: (message: Parameters<HubProtocol['write']>[0]) => {
        if (message.type === 1) protocol.count++;
        return inner.write(message);
      },
    };
    return protocol;
  };

  it('is encoded once for all who speak one protocol', async () => {
    const protocol = counting('json');
    const { room } = await crowd({ protocols: [protocol] });
    await room.clients.all.send('m', 'x');
    for (const name of ['ada:1', 'guest']) expect(await room.guest(name).peer.hear()).toMatchObject({ target: 'm' });
    expect(protocol.count).toBe(1);
  });

  it('is encoded once for each protocol, and not for those that nobody speaks', async () => {
    const [first, second, third] = [counting('json'), counting('second'), counting('third')];
    const app = await appOf([CrowdHub], { protocols: [first, second, third] });
    const room = await Room.of(app, CrowdHub, 'a', 'b');
    const others = [
      await createTestClient(app, CrowdHub, { protocol: second }),
      await createTestClient(app, CrowdHub, { protocol: second }),
    ];
    for (const other of others) await other.invoke('id');
    const before = second.count;
    await room.clients.all.send('m', 1);
    for (const other of others) expect(await other.next('m')).toEqual([1]);
    expect([first.count, second.count - before, third.count]).toEqual([1, 1, 0]);
  });

  it('to nobody is not encoded at all', async () => {
    const protocol = counting('json');
    const { room } = await crowd({ protocols: [protocol] });
    await room.clients.group('green').send('m', 'x');
    await room.clients.client('gone').send('m', 'x');
    await room.clients.allExcept(room.ids('ada:1', 'ada:2', 'bob:1', 'guest')).send('m', 'x');
    expect(protocol.count).toBe(0);
  });

  it('goes on to the others when one of them is closed by it', async () => {
    const app = await appOf([CrowdHub], { outbox: { maximum: 5_000 } });
    const slow = await HubPeer.join(app, CrowdHub);
    slow.stream.pause();
    const room = await Room.of(app, CrowdHub, 'a', 'b');
    for (let i = 0; i < 50; i++) {
      await room.clients.all.send('m', 'x'.repeat(1_000));
      for (const name of ['a', 'b']) await room.guest(name).peer.hear();
    }
    expect(slow.theirs.destroyed).toBe(true);
    expect(await room.hearers(room.clients.all)).toEqual(['a', 'b']);
  });
});
