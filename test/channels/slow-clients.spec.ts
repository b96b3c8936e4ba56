import { describe, expect, it } from '@jest/globals';
import { Channel, Channels, ChannelSocket, HandleIn, HandleOut, Join, phoenix, Socket, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { Events, type EventMap } from '../../lib/common/events.js';
import { thrownBy } from '../protocol/wire.js';
import { turns } from '../support/changes.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';

@Channel('room:*', { presence: true })
class RoomChannel {
  @Join()
  join() {}

  @HandleIn('track')
  async track(name: unknown, @Socket() socket: ChannelSocket) {
    await socket.track({ name });
  }

  @HandleIn('echo')
  echo(payload: unknown) {
    return payload;
  }
}

@Channel('marked:*')
class MarkedChannel {
  @Join()
  join() {}

  @HandleOut('said')
  mark(payload: object) {
    return { ...payload, isMarked: true };
  }
}

const HIGH = 100;
const LONG = 'x'.repeat(1_000);
const outbox = { highWaterMark: HIGH, maximum: 5_000 };

async function slow(topics: string[], options: SignalRModuleOptions) {
  const clock = new FakeClock();
  const app = await channelsOf([RoomChannel, MarkedChannel], { clock, ...options });
  const dropped: EventMap['dropped'][] = [];
  app.get(Events, { strict: false }).on('dropped', (event) => dropped.push(event));
  const peer = await ChannelPeer.open(app);
  for (const topic of topics) await peer.join(topic);
  await peer.heard();
  peer.transport.bufferedAmount = HIGH + 1;
  return { app, clock, peer, dropped, channels: app.get(Channels) };
}

/** What it hears when it reads again: each event with its number. */
async function heard({ peer }: Awaited<ReturnType<typeof slow>>): Promise<[string, number][]> {
  await turns(3);
  peer.transport.drain();
  const frames = await peer.heard();
  return frames.map(([, , , event, payload]) => [event, (payload as { number: number }).number]);
}

const said = (...numbers: number[]): [string, number][] => numbers.map((number) => ['said', number]);

describe('a client of channels that reads slowly', () => {
  it.each<['drop-newest' | 'drop-oldest' | 'coalesce', number[], number]>([
    ['drop-newest', [0, 1, 2, 3], 6],
    ['drop-oldest', [6, 7, 8, 9], 6],
    ['coalesce', [9], 9],
  ])('I02 gets what %s leaves of broadcasts, and each loss is counted', async (whenSlow, left, count) => {
    const house = await slow(['room:1'], { outbox: { ...outbox, whenSlow } });
    for (let number = 0; number < 10; number++) await house.channels.broadcast('room:1', 'said', { number, LONG });
    await house.clock.advance(1_000);
    expect(house.dropped).toEqual([
      { endpoint: 'channels /socket', connectionId: house.peer.session.id, count, bytes: expect.anything(), policy: whenSlow },
    ]);
    expect(await heard(house)).toEqual(said(...left));
  });

  it('I02 is closed for a message that may not be dropped, by default', async () => {
    const house = await slow(['room:1'], { outbox });
    await house.channels.broadcast('room:1', 'said', { text: LONG.repeat(5) });
    expect(await house.peer.transport.closed).toMatchObject({ reason: { error: { code: 'ERR_SIGNALR_SLOW_CLIENT' } } });
  });

  it('I02 gets of each topic and key the newest, where a message says so', async () => {
    const house = await slow(['room:1', 'room:2'], { outbox });
    for (let number = 0; number < 8; number++) {
      const channels = house.channels.with({ whenSlow: 'coalesce', key: number % 2 === 0 ? 'even' : 'odd' });
      await channels.broadcast('room:1', 'said', { number });
      await channels.broadcast('room:2', 'said', { number: number * 10 });
    }
    expect(await heard(house)).toEqual(said(6, 60, 7, 70));
  });

  it.each<[string, (channels: Channels, sessionId: string, number: number) => Promise<void>]>([
    ['pushed to', async (channels, id, number) => channels.push(id, 'room:1', 'said', { number })],
    ['told as a user', async (channels, _, number) => channels.toUser('ada', 'said', { number })],
    ['told on this node', async (channels, _, number) => channels.localBroadcast('room:1', 'said', { number })],
  ])('I02 gets the newest of what it is %s', async (_, say) => {
    const clock = new FakeClock();
    const app = await channelsOf([RoomChannel], { clock, outbox, userIdProvider: () => 'ada' });
    const peer = await ChannelPeer.in(app, 'room:1');
    await peer.heard();
    peer.transport.bufferedAmount = HIGH + 1;
    const channels = app.get(Channels).with({ whenSlow: 'coalesce' });
    for (let number = 0; number < 5; number++) await say(channels, peer.session.id, number);
    peer.transport.drain();
    expect((await peer.heard()).map(([, , , event, payload]) => [event, payload])).toEqual([['said', { number: 4 }]]);
  });

  it('I02 gets the newest of what a handler makes for it', async () => {
    const house = await slow(['marked:1'], { outbox: { ...outbox, whenSlow: 'coalesce' } });
    for (let number = 0; number < 5; number++) await house.channels.broadcast('marked:1', 'said', { number });
    expect(await heard(house)).toEqual(said(4));
  });

  it('I02 gets every reply and every change of who is there', async () => {
    const house = await slow(['room:1'], { outbox: { ...outbox, whenSlow: 'coalesce' } });
    house.peer.tell('room:1', 'track', 'ada');
    house.peer.tell('room:1', 'echo', { number: 1 });
    await turns(3);
    await house.clock.advance(1_000);
    for (let number = 0; number < 10; number++)
      await house.channels.with({ key: `${number}` }).broadcast('room:1', 'said', { number, LONG });
    const events = (await heard(house)).map(([event]) => event);
    expect(events.filter((event) => event === 'presence_diff')).toHaveLength(1);
    expect(events.filter((event) => event === 'phx_reply')).toHaveLength(1);
  });

  it('follows the options of its endpoint', async () => {
    const endpoint = { path: '/socket', dialect: phoenix(), outbox: { ...outbox, whenSlow: 'drop-oldest' as const } };
    const house = await slow(['room:1'], { channels: [endpoint] });
    for (let number = 0; number < 10; number++) await house.channels.broadcast('room:1', 'said', { number, LONG });
    expect(await heard(house)).toEqual(said(6, 7, 8, 9));
  });

  it('cannot be given a key that does nothing', async () => {
    const app = await channelsOf([RoomChannel]);
    expect(thrownBy(() => app.get(Channels).with({ whenSlow: 'drop-oldest', key: 'a' }))).toMatchObject({ code: 'ERR_SIGNALR_OPTIONS' });
  });
});
