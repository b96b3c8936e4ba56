import { once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import {
  Caller,
  Clients,
  Hub,
  HubConnections,
  HubMethod,
  json,
  type HubCallerClients,
  type HubCallerContext,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { Events, type EventMap } from '../../lib/common/events.js';
import { appOf } from '../support/app-of.js';
import { nextTurn } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation, record, type Heard } from '../support/hub-peer.js';

@Hub('/flood')
class FloodHub {
  static calls = 0;
  static gate: Gate;

  @HubMethod()
  echo(text: string) {
    FloodHub.calls++;
    return text;
  }

  @HubMethod()
  async broadcast(text: string, @Clients() clients: HubCallerClients) {
    FloodHub.calls++;
    await FloodHub.gate.pass();
    await clients.others.send('said', text);
  }

  @HubMethod()
  async join(group: string, @Caller() caller: HubCallerContext) {
    await caller.groups.add(group);
  }

  @HubMethod()
  async *count() {
    await FloodHub.gate.pass();
    yield 1;
  }
}

async function open(options: SignalRModuleOptions): Promise<{ app: TestingModule; peer: HubPeer; told: EventMap['limited'][] }> {
  FloodHub.calls = 0;
  const app = await appOf([FloodHub], options);
  const told: EventMap['limited'][] = [];
  app.get(Events, { strict: false }).on('limited', (event) => told.push(event));
  return { app, peer: await HubPeer.join(app, FloodHub, { user: { id: 'ada' } }), told };
}

const echoes = (count: number): object[] => Array.from({ length: count }, (_, i) => invocation(String(i), 'echo', 'x'));
const hear = async (peer: HubPeer, count: number): Promise<Heard[]> => {
  const heard: Heard[] = [];
  while (heard.length < count) heard.push(await peer.hear());
  return heard;
};

const TOO_FAST = 'HubException: Calls come faster than 5 in a second. Call more slowly.';

describe('I05: a client that says what calls nothing', () => {
  const idle = {
    ping: { type: 6 },
    cancel: { type: 5, invocationId: 'x' },
    answer: { type: 3, invocationId: 'x' },
    ack: { type: 8, sequenceId: 1 },
  };
  const said = (count: number, message: object): object[] => Array.from({ length: count }, () => message);

  it.each(Object.entries(idle))('is borne while that is little, and closed when it floods: %s', async (_, message) => {
    const clock = new FakeClock();
    const { peer, told } = await open({ clock, limits: { invocationsPerSecond: 5 } });
    peer.say(...said(200, message));
    expect(await peer.ask('echo', 'still here')).toMatchObject({ result: 'still here' });
    await clock.advance(1_000);
    peer.say(...said(201, message));
    expect((await peer.hear()).allowReconnect).toBeUndefined();
    await peer.served;
    expect(told).toMatchObject([{ limit: 'invocationsPerSecond', connectionId: expect.any(String) }]);
  });

  it('is never closed where no limit is set', async () => {
    const { peer, told } = await open({});
    peer.say(...said(1_000, idle.ping));
    expect(await peer.ask('echo', 'still here')).toMatchObject({ result: 'still here' });
    expect(told).toEqual([]);
  });
});

describe('I05: a client that calls more often than limits.invocationsPerSecond', () => {
  it('gets an error for each call that is too many, and goes on in the next second', async () => {
    const clock = new FakeClock();
    const { peer, told } = await open({ clock, limits: { invocationsPerSecond: 5 } });
    peer.say(...echoes(7));
    const answers = await hear(peer, 7);
    expect(answers.filter(({ result }) => result === 'x')).toHaveLength(5);
    expect(answers.filter(({ error }) => String(error).endsWith(TOO_FAST)).map(({ invocationId }) => invocationId)).toEqual(['5', '6']);
    expect(told).toEqual(
      Array.from({ length: 2 }, () => ({
        endpoint: 'FloodHub',
        limit: 'invocationsPerSecond',
        value: 5,
        userIdentifier: 'ada',
        connectionId: expect.any(String),
      })),
    );
    await clock.advance(1_000);
    expect(await peer.ask('echo', 'again')).toMatchObject({ result: 'again' });
  });

  it('and twice as often is closed after the error, and told not to come back', async () => {
    const { app, peer } = await open({ clock: new FakeClock(), limits: { invocationsPerSecond: 5 } });
    const neighbour = await HubPeer.join(app, FloodHub);
    peer.say(...echoes(20_000));
    await peer.ended;
    expect(peer.heard.slice(-2)).toMatchObject([
      { type: 3, invocationId: '10', error: expect.stringContaining(TOO_FAST) },
      { type: 7, error: expect.stringMatching(/^Connection closed with an error/) },
    ]);
    expect(peer.heard.at(-1)).not.toHaveProperty('allowReconnect', true);
    expect(FloodHub.calls).toBeLessThanOrEqual(5);
    expect(await neighbour.ask('echo', 'fine')).toMatchObject({ result: 'fine' });
  });

  it('without waiting for answers hears of nothing but its end', async () => {
    const { peer } = await open({ clock: new FakeClock(), limits: { invocationsPerSecond: 5 } });
    peer.say(...Array.from({ length: 11 }, () => ({ type: 1, target: 'echo', arguments: ['x'] })));
    await peer.ended;
    expect(peer.heard.slice(1)).toMatchObject([{ type: 7 }]);
  });

  it('under the id of a call that runs leaves that call alone', async () => {
    FloodHub.gate = new Gate();
    const { peer } = await open({ clock: new FakeClock(), limits: { invocationsPerSecond: 1 } });
    peer.say(invocation('1', 'broadcast', 'x'), invocation('1', 'echo', 'y'));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', error: expect.stringContaining('Calls come faster than 1 in a second.') });
    FloodHub.gate.open();
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: null });
  });

  it('F10: is counted for methods that do not exist as well', async () => {
    const { peer } = await open({ clock: new FakeClock(), limits: { invocationsPerSecond: 5 } });
    peer.say(...Array.from({ length: 6 }, (_, i) => invocation(String(i), 'nope')));
    const answers = await hear(peer, 6);
    expect(answers.filter(({ error }) => String(error).endsWith(TOO_FAST))).toHaveLength(1);
  });
});

describe('I04: a client that calls a broadcast in a loop', () => {
  it('is not read while its calls wait, and keeps no more of them than two messages', async () => {
    FloodHub.gate = new Gate();
    const { peer } = await open({ maximumReceiveMessageSize: 1_024 });
    const paused = once(peer.theirs, 'pause');
    const calls = Array.from({ length: 1_000 }, (_, i) => invocation(String(i), 'broadcast', 'x'.repeat(100)));
    for (const call of calls) peer.say(call);
    await paused;
    expect(FloodHub.calls).toBe(1);
    FloodHub.gate.open();
    expect(await hear(peer, 1_000)).toHaveLength(1_000);
  });
});

describe('I04, E08: a client that calls very often in one piece', () => {
  it('has some two hundred calls waiting, and the rest kept as it came; none is lost', async () => {
    FloodHub.gate = new Gate();
    const protocol = json();
    const parse = jest.spyOn(protocol, 'parse');
    const { peer } = await open({ protocols: [protocol] });
    const paused = once(peer.theirs, 'pause');
    peer.say(...Array.from({ length: 2_000 }, (_, i) => invocation(String(i), 'broadcast', 'x')));
    await paused;
    await nextTurn();
    expect(parse.mock.calls.length).toBeGreaterThan(190);
    expect(parse.mock.calls.length).toBeLessThan(220);
    FloodHub.gate.open();
    expect((await hear(peer, 2_000)).map(({ invocationId }) => Number(invocationId))).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
    expect(peer.theirs.isPaused()).toBe(false);
  });

  it('is told of what cannot be read in the rest, after the calls before it are done', async () => {
    FloodHub.gate = new Gate();
    const { peer } = await open({});
    const paused = once(peer.theirs, 'pause');
    peer.write(`${Array.from({ length: 300 }, () => record(invocation('', 'broadcast', 'x'))).join('')}nonsense\u001e`);
    await paused;
    FloodHub.gate.open();
    await peer.ended;
    expect(FloodHub.calls).toBe(300);
    expect(peer.heard.at(-1)).toMatchObject({ type: 7, error: expect.stringContaining('Connection closed with an error') });
  });
});

describe('a limit that refuses a client of a hub', () => {
  it('I10: of groups is told', async () => {
    const { peer, told } = await open({ limits: { groupsPerConnection: 2 } });
    for (const group of ['a', 'b']) await peer.ask('join', group);
    expect(await peer.ask('join', 'c')).toMatchObject({
      error: expect.stringContaining('HubException: The connection is in 2 groups, and may be in no more.'),
    });
    expect(told).toMatchObject([{ limit: 'groupsPerConnection', value: 2, userIdentifier: 'ada' }]);
  });

  it('I11: of the length of a name is told', async () => {
    const { peer, told } = await open({});
    expect(await peer.ask('join', 'x'.repeat(20_000))).toMatchObject({ error: expect.stringContaining('1 to 256 characters') });
    expect(told).toMatchObject([{ limit: 'nameLength', value: 256, userIdentifier: 'ada', connectionId: expect.any(String) }]);
  });

  it.each(['*', '>', '.', ' ', 'a b', '__proto__', 'constructor', '\u0000', '\r\n', '\u001b[31m', '\u001e'])(
    'I11: takes a name for what it says: %j',
    async (name) => {
      const { app, peer } = await open({});
      const other = await HubPeer.join(app, FloodHub);
      expect(await peer.ask('join', name)).toMatchObject({ result: null });
      await other.ask('join', 'other');
      expect(await app.get(HubConnections).count({ group: name })).toBe(1);
    },
  );

  it('of streams is told', async () => {
    FloodHub.gate = new Gate();
    const { peer, told } = await open({ limits: { streamsPerConnection: 1 } });
    for (const id of ['1', '2']) peer.say({ type: 4, invocationId: id, target: 'count', arguments: [] });
    expect(await peer.hear()).toMatchObject({
      invocationId: '2',
      error: expect.stringContaining('1 stream is running on this connection'),
    });
    expect(told).toMatchObject([{ limit: 'streamsPerConnection', value: 1 }]);
    FloodHub.gate.open();
  });
});
