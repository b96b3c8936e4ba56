import { describe, expect, it } from '@jest/globals';
import {
  Caller,
  Hub,
  HubClients,
  HubConnections,
  HubMethod,
  json,
  messagePack,
  type ClientProxy,
  type HubCallerContext,
  type SignalRModuleOptions,
  type WhenSlow,
} from 'nestjs-signalr';
import { createTestClient, FakeClock } from 'nestjs-signalr/testing';
import { Events, type EventMap } from '../../lib/common/events.js';
import { MessageType } from '../../lib/protocol/messages.js';
import { thrownBy } from '../protocol/wire.js';
import { appOf } from '../support/app-of.js';
import { nextTurn, turns } from '../support/changes.js';
import { SlowPeer } from '../support/slow-peer.js';

@Hub('/slow')
class SlowHub {
  readonly ends: (Error | undefined)[] = [];

  async onConnected(caller: HubCallerContext) {
    await caller.groups.add('all');
  }

  onDisconnected(_caller: HubCallerContext, error?: Error) {
    this.ends.push(error);
  }

  @HubMethod()
  echo(text: string, @Caller() _caller: HubCallerContext) {
    return text;
  }
}

const LONG = 'x'.repeat(1_000);
const SENT = 200;
const protocols = [json(), messagePack()];
const policies: WhenSlow[] = ['close', 'drop-newest', 'drop-oldest', 'coalesce'];

describe.each(protocols)('a client of $name that reads slowly', (protocol) => {
  async function house(whenSlow?: WhenSlow, options: SignalRModuleOptions = {}) {
    const clock = new FakeClock();
    const outbox = { highWaterMark: 5_000, maximum: 20_000, whenSlow };
    const app = await appOf([SlowHub], { clock, protocols: [protocol], outbox, ...options });
    const dropped: EventMap['dropped'][] = [];
    app.get(Events, { strict: false }).on('dropped', (event) => dropped.push(event));
    const peer = await SlowPeer.join(app, SlowHub, protocol);
    const [{ connectionId }] = await app.get(HubConnections).list();
    const lost = (policy: WhenSlow, count: number): object[] => [
      { endpoint: 'SlowHub', connectionId, count, bytes: expect.anything(), policy },
    ];
    return { app, clock, hub: app.get(SlowHub), clients: app.get(HubClients), peer, dropped, lost };
  }

  const sendAll = async (proxy: ClientProxy, target = 'tick'): Promise<void> => {
    for (let number = 0; number < SENT; number++) {
      await proxy.send(target, number, LONG);
      if (number % 4 === 3) await nextTurn();
    }
  };

  const rising = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

  it('I01 is closed when more waits than may, and others get everything', async () => {
    const { app, hub, clients, peer } = await house();
    const quick = await createTestClient(app, SlowHub, { protocol });
    await sendAll(clients.all);
    await peer.served;
    expect(hub.ends).toMatchObject([{ code: 'ERR_SIGNALR_SLOW_CLIENT' }]);
    for (let number = 0; number < SENT; number++) expect(await quick.next('tick')).toEqual([number, LONG]);
  });

  it.each(policies.slice(1))('I01 is closed by %s when it takes nothing for transportSendTimeout', async (whenSlow) => {
    const { hub, clients, clock, peer } = await house(whenSlow);
    await sendAll(clients.all);
    expect(hub.ends).toEqual([]);
    await clock.advance(12_000);
    await peer.served;
    expect(hub.ends).toMatchObject([{ code: 'ERR_SIGNALR_SEND_TIMEOUT' }]);
  });

  it('I02 gets what was first, by drop-newest, and what it does not get is counted', async () => {
    const { clients, clock, peer, dropped, lost } = await house('drop-newest');
    await sendAll(clients.all);
    await clock.advance(1_000);
    const reading = peer.readUntil('end');
    await turns(20);
    await clients.all.send('end');
    const numbers = (await reading).map(([number]) => number);
    expect(numbers).toEqual(rising(0, numbers.length));
    expect(numbers.length).toBeLessThan(30);
    expect(dropped).toEqual(lost('drop-newest', SENT - numbers.length));
  });

  it('I02 gets what was last, by drop-oldest, and what it does not get is counted', async () => {
    const { clients, clock, peer, dropped, lost } = await house('drop-oldest');
    await sendAll(clients.all);
    await clients.all.send('end');
    await clock.advance(1_000);
    const numbers = (await peer.readUntil('end')).map(([number]) => number as number);
    const gap = numbers.findIndex((number, index) => number !== index);
    expect(numbers.slice(gap)).toEqual(rising(SENT - (numbers.length - gap), SENT));
    expect([numbers.length - gap > 8, numbers.length < 30]).toEqual([true, true]);
    expect(dropped).toEqual(lost('drop-oldest', SENT - numbers.length));
  });

  it('I02 gets of each key what was last, by coalesce, and what it does not get is counted', async () => {
    const { clients, clock, peer, dropped, lost } = await house('coalesce');
    for (let number = 0; number < SENT; number++) await clients.all.with({ key: `key ${number % 5}` }).send('tick', number, LONG);
    await clients.all.send('end');
    await clock.advance(1_000);
    const numbers = (await peer.readUntil('end')).map(([number]) => number as number);
    expect(numbers.slice(-5)).toEqual(expect.arrayContaining(rising(SENT - 5, SENT)));
    expect(dropped).toEqual(lost('coalesce', SENT - numbers.length));
  });

  it('I02 gets of each key what was last, whatever the hub says', async () => {
    const { clients, clock, peer, dropped, lost } = await house('drop-newest');
    for (let number = 0; number < SENT; number++) await clients.all.with({ key: `key ${number % 5}` }).send('tick', number, LONG);
    await clients.all.with({ whenSlow: 'close' }).send('end');
    await clock.advance(1_000);
    const numbers = (await peer.readUntil('end')).map(([number]) => number as number);
    expect(numbers.slice(-5)).toEqual(expect.arrayContaining(rising(SENT - 5, SENT)));
    expect(dropped).toEqual(lost('coalesce', SENT - numbers.length));
  });

  it('I02 gets of each method what was last, where nobody gives a key', async () => {
    const { clients, peer } = await house();
    const coalesced = clients.all.with({ whenSlow: 'coalesce' });
    await sendAll(coalesced, 'a');
    await sendAll(coalesced, 'b');
    await clients.all.send('end');
    await peer.readUntil('end');
    const last = peer.messages
      .slice(-3)
      .map((message) => message.type === MessageType.Invocation && [message.target, message.arguments[0]]);
    expect(last).toEqual([
      ['a', SENT - 1],
      ['b', SENT - 1],
      ['end', undefined],
    ]);
  });

  it.each(policies.slice(1))('I02 gets every answer, by %s', async (whenSlow) => {
    const { clients, peer } = await house(whenSlow);
    for (let call = 0; call < 10; call++) {
      await sendAll(clients.all);
      peer.say({ type: MessageType.Invocation, invocationId: String(call), target: 'echo', arguments: [`answer ${call}`] });
      await turns(5);
    }
    const reading = peer.readUntil('end');
    await turns(20);
    await clients.all.send('end');
    await reading;
    const answers = peer.messages.flatMap((message) => (message.type === MessageType.Completion ? [message.result] : []));
    expect(answers).toEqual(rising(0, 10).map((call) => `answer ${call}`));
  });

  it.each(policies)('I03 holds up nobody who sends to its group, by %s', async (whenSlow) => {
    const { clients } = await house(whenSlow);
    let isSent = false;
    const sends = rising(0, SENT).map((number) => clients.group('all').send('tick', number, LONG));
    void Promise.all(sends).then(() => (isSent = true));
    await nextTurn();
    expect(isSent).toBe(true);
  });

  it.each(['drop-newest', 'drop-oldest'] as const)('gets one message by %s, and is closed for the others', async (whenSlow) => {
    const { hub, clients, peer } = await house();
    await sendAll(clients.all.with({ whenSlow }));
    expect(hub.ends).toEqual([]);
    await sendAll(clients.all);
    await peer.served;
    expect(hub.ends).toMatchObject([{ code: 'ERR_SIGNALR_SLOW_CLIENT' }]);
  });
});

describe('settings for slow clients', () => {
  it.each<[object, string]>([
    [
      { whenSlow: 'drop' },
      "The option 'whenSlow' in with() is 'drop'. It has to be one of 'close', 'drop-newest', 'drop-oldest', 'coalesce'.",
    ],
    [{ key: '' }, "The option 'key' in with() is ''. It has to be a text of one character or more."],
    [
      { whenSlow: 'close', key: 'a' },
      "The setting 'key' in with() is for whenSlow: 'coalesce'; here it is 'close'. Leave one of the two out.",
    ],
  ])('cannot be %j', async (settings, message) => {
    const app = await appOf([SlowHub]);
    expect(thrownBy(() => app.get(HubClients).all.with(settings as never))).toMatchObject({ code: 'ERR_SIGNALR_OPTIONS', message });
  });

  it('may be given one after the other', async () => {
    const app = await appOf([SlowHub]);
    const { all } = app.get(HubClients);
    await expect(all.with({ key: 'a' }).with({ whenSlow: 'coalesce' }).send('tick')).resolves.toBeUndefined();
  });
});
