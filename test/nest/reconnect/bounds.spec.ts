import { describe, expect, it } from '@jest/globals';
import { Hub, type HubCallerContext, type SignalRModuleOptions } from 'nestjs-signalr';
import { turns } from '../../support/changes.js';
import { resumableApp, ResumableHub } from '../../support/resumable-app.js';
import { ack, ResumablePeer, sequence } from '../../support/resumable-peer.js';

const SECOND = 1_000;

@Hub('/chat')
class PlainHub extends ResumableHub {}

@Hub('/chat', { statefulReconnect: { maximumMessages: 3 } })
class ThreeHub extends ResumableHub {}

async function joined(hub = ResumableHub, options?: SignalRModuleOptions) {
  const house = await resumableApp(options, hub);
  const peer = await ResumablePeer.join(house.url);
  return { ...house, peer };
}

const sendAll = async ({ clients }: Awaited<ReturnType<typeof joined>>, texts: unknown[]): Promise<void> => {
  for (const text of texts) await clients.all.send('said', text);
};

describe('J02: a client that never acknowledges', () => {
  it('gets no more messages than are kept, and the rest when it does', async () => {
    const house = await joined(ThreeHub);
    const { peer } = house;
    await sendAll(house, [1, 2, 3, 4, 5, 6, 7]);
    expect(await peer.hearCalls(3)).toEqual([1, 2, 3]);
    peer.say(ack(2));
    expect(await peer.hearCalls(2)).toEqual([4, 5]);
    peer.say(ack(5));
    expect(await peer.hearCalls(2)).toEqual([6, 7]);
  });

  it('gets no more bytes than are kept, save the last message', async () => {
    const house = await joined(PlainHub, { statefulReconnect: { bufferSize: 1_000 } });
    const { peer } = house;
    const long = 'x'.repeat(600);
    await sendAll(house, [long, long, 'three']);
    expect(await peer.hearCalls(2)).toEqual([long, long]);
    peer.say(ack(1));
    expect(await peer.hearCalls(1)).toEqual(['three']);
  });

  it('is closed when more has waited for five seconds', async () => {
    const house = await joined(ThreeHub);
    const { hub, clock, peer } = house;
    await sendAll(house, [1, 2, 3, 4]);
    await peer.hearCalls(3);
    await clock.advance(4 * SECOND);
    expect(hub.ends).toEqual([]);
    await clock.advance(2 * SECOND);
    await hub.gone.reached;
    expect(hub.ends).toEqual([expect.objectContaining({ code: 'ERR_SIGNALR_UNACKNOWLEDGED' })]);
    expect(await peer.refusal()).toBe(404);
  });

  it('has five seconds again when it has acknowledged something', async () => {
    const house = await joined(ThreeHub);
    const { hub, clock, peer } = house;
    await sendAll(house, [1, 2, 3, 4, 5]);
    await clock.advance(4 * SECOND);
    peer.say(ack(1));
    expect(await peer.hearCalls(4)).toEqual([1, 2, 3, 4]);
    await clock.advance(4 * SECOND);
    expect(hub.ends).toEqual([]);
    await clock.advance(2 * SECOND);
    await hub.gone.reached;
    expect(hub.ends).toHaveLength(1);
  });

  it('is closed at once when more waits than outbox.maximum allows', async () => {
    const house = await joined(ThreeHub, { outbox: { maximum: 1_000 } });
    await sendAll(house, [1, 2, 3, 'x'.repeat(600), 'x'.repeat(600)]);
    await house.hub.gone.reached;
    expect(house.hub.ends).toEqual([expect.objectContaining({ code: 'ERR_SIGNALR_SLOW_CLIENT' })]);
  });

  it('holds back the streams that it reads, for five seconds as well', async () => {
    const { hub, clock, peer } = await joined(ThreeHub);
    peer.say({ type: 4, invocationId: '1', target: 'count', arguments: [100] });
    for (const item of [0, 1, 2]) expect(await peer.hear()).toMatchObject({ type: 2, item });
    peer.say(ack(3));
    for (const item of [3, 4, 5]) expect(await peer.hear()).toMatchObject({ type: 2, item });
    await clock.advance(6 * SECOND);
    await hub.gone.reached;
    expect(hub.ends).toEqual([expect.objectContaining({ code: 'ERR_SIGNALR_UNACKNOWLEDGED' })]);
  });

  it('may be away for longer, as long as nothing waits but streams', async () => {
    const { hub, clock, peer, next } = await joined(ThreeHub);
    peer.say({ type: 4, invocationId: '1', target: 'count', arguments: [5] });
    for (const item of [0, 1, 2]) expect(await peer.hear()).toMatchObject({ type: 2, item });
    const interrupted = next('interrupted');
    await peer.cut();
    await interrupted;
    await clock.advance(10 * SECOND);
    expect(hub.ends).toEqual([]);
    expect(await peer.resume(2)).toEqual(sequence(1));
    peer.say(ack(3));
    for (const item of [0, 1, 2, 3, 4]) expect(await peer.hear()).toMatchObject({ type: 2, item });
  });

  it('is told what waits before it is told to go', async () => {
    const house = await joined(ThreeHub);
    await sendAll(house, [1, 2, 3, 4, 5]);
    await house.app.close();
    expect(await house.peer.hearCalls(5)).toEqual([1, 2, 3, 4, 5]);
    expect(await house.peer.hear()).toEqual({ type: 7, allowReconnect: true });
  });
});

describe('J03: clients that are cut off and never return', () => {
  async function crowd(limits: SignalRModuleOptions['limits'], users: (string | undefined)[]) {
    const authenticate: SignalRModuleOptions['authenticate'] = ({ headers }) => ({ id: headers['x-user'] });
    const house = await resumableApp({ limits, authenticate });
    const peers = await Promise.all(users.map((user) => ResumablePeer.join(house.url, user === undefined ? {} : { 'X-User': user })));
    const cut = async (peer: ResumablePeer): Promise<string> => {
      const known = Promise.race([house.next('interrupted').then(() => 'kept'), house.next('disconnected').then(() => 'ended')]);
      await peer.cut();
      return known;
    };
    return { ...house, peers, cut };
  }

  it('are kept up to limits.resumable', async () => {
    const { hub, clock, peers, cut } = await crowd({ resumable: 2 }, ['ada', undefined, 'bob', 'eve']);
    const outcomes = [await cut(peers[0]), await cut(peers[1]), await cut(peers[2])];
    expect(outcomes).toEqual(['kept', 'kept', 'ended']);
    expect(String(hub.ends)).toContain('limits.resumable');
    await peers[0].resume(1);
    expect(await cut(peers[3])).toBe('kept');
    await clock.advance(15 * SECOND);
    expect(hub.ends).toHaveLength(3);
    expect(await cut(peers[0])).toBe('kept');
  });

  it('are kept up to limits.resumablePerUser; nobody is no user', async () => {
    const { hub, peers, cut } = await crowd({ resumablePerUser: 1 }, ['ada', 'ada', 'bob', undefined, undefined]);
    const outcomes: string[] = [];
    for (const peer of peers) outcomes.push(await cut(peer));
    expect(outcomes).toEqual(['kept', 'ended', 'kept', 'kept', 'kept']);
    expect(String(hub.ends)).toContain('limits.resumablePerUser');
  });

  it('keep what is sent to them up to outbox.maximum, and five seconds when it is more than is to be kept', async () => {
    const house = await joined(ThreeHub);
    const interrupted = house.next('interrupted');
    await house.peer.cut();
    await interrupted;
    await sendAll(house, [1, 2, 3]);
    await house.clock.advance(6 * SECOND);
    expect(house.hub.ends).toEqual([]);
    await sendAll(house, [4]);
    await house.clock.advance(6 * SECOND);
    expect(house.hub.ends).toEqual([expect.objectContaining({ code: 'ERR_SIGNALR_UNACKNOWLEDGED' })]);
  });
});

describe('the first messages', () => {
  /** Says something before the client could. */
  @Hub('/chat', { statefulReconnect: true })
  class GreetingHub extends ResumableHub {
    override async onConnected(caller: HubCallerContext) {
      await super.onConnected(caller);
      this.greet();
    }

    greet: () => void = () => undefined;
  }

  async function greeted() {
    const house = await resumableApp({}, GreetingHub);
    house.app.get(GreetingHub).greet = () => void house.clients.all.send('said', 'welcome');
    return house;
  }

  it('do not go out with the answer to the handshake: an official client would not count them', async () => {
    const { url } = await greeted();
    const peer = await ResumablePeer.join(url);
    expect(peer.heard).toEqual([{}]);
    expect(await peer.hearCalls(1)).toEqual(['welcome']);
  });

  it('go out after a second to a client that says nothing', async () => {
    const { url, clock } = await greeted();
    const peer = await ResumablePeer.join(url, {}, { isSilent: true });
    await turns(20);
    await clock.advance(2 * SECOND);
    expect(await peer.hearCalls(1)).toEqual(['welcome']);
  });
});
