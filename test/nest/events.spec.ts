import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  Channel,
  HandleIn,
  Hub,
  HubException,
  HubMethod,
  Join,
  phoenix,
  SignalREvents,
  type SignalREventMap,
  type SignalREventName,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { Events } from '../../lib/common/events.js';
import { appOf, log, servedAppOf } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation } from '../support/hub-peer.js';
import { HubRequests } from '../support/hub-requests.js';
import { PhoenixClient } from '../support/phoenix-client.js';
import { resumableApp } from '../support/resumable-app.js';
import { ResumablePeer } from '../support/resumable-peer.js';

let gate: Gate;

/** Else the log listens as well. */
beforeEach(() => void jest.spyOn(Logger, 'isLevelEnabled').mockReturnValue(false));
afterEach(() => void jest.restoreAllMocks());

@Hub('/chat')
class ChatHub {
  @HubMethod()
  say(text: string) {
    return text;
  }

  @HubMethod()
  fail() {
    throw new HubException('No.');
  }

  @HubMethod()
  async slow() {
    await gate.pass();
  }

  @HubMethod()
  async *count() {
    await gate.pass();
    yield 1;
  }
}

@Channel('room:*')
class RoomChannel {
  @Join()
  join() {}

  @HandleIn('say', 'shout')
  say() {}

  @HandleIn('draw:*')
  draw() {}
}

/** What is told of one event, from now on. */
function follow<N extends SignalREventName>(events: SignalREvents, name: N): Readonly<SignalREventMap[N]>[] {
  const told: Readonly<SignalREventMap[N]>[] = [];
  events.on(name, (event) => told.push(event));
  return told;
}

async function served(): Promise<{ clock: FakeClock; events: SignalREvents; join(): Promise<HubPeer> }> {
  const clock = new FakeClock();
  gate = new Gate();
  const app = await appOf([ChatHub], { clock });
  const join = (): Promise<HubPeer> => HubPeer.join(app, ChatHub, { user: { id: 'ada' } });
  return { clock, events: app.get(SignalREvents), join };
}

describe('events of a hub', () => {
  it('tell who comes and who goes, and why', async () => {
    const { events, join } = await served();
    const [came, went] = [follow(events, 'connected'), follow(events, 'disconnected')];
    const peer = await join();
    await peer.ask('say', 'x');
    await peer.hangUp();
    const connectionId = expect.stringMatching(/^[\w-]{22}$/);
    expect(came).toEqual([{ endpoint: 'ChatHub', connectionId, userIdentifier: 'ada' }]);
    expect(went).toEqual([{ endpoint: 'ChatHub', connectionId, code: 'transport-closed', error: undefined }]);
    expect(came[0].connectionId).toBe(went[0].connectionId);
  });

  it('tell a goodbye over long polling as one', async () => {
    const { app, url } = await servedAppOf([ChatHub]);
    const went = follow(app.get(SignalREvents), 'disconnected');
    await (await HubRequests.joined(`${url}/chat`)).delete();
    expect(went).toMatchObject([{ code: 'client-closed', error: undefined }]);
  });

  it('tell of a client that was cut off, and of one that came back', async () => {
    const { app, url, next } = await resumableApp();
    const [interrupted, resumed] = [follow(app.get(SignalREvents), 'interrupted'), follow(app.get(SignalREvents), 'resumed')];
    const peer = await ResumablePeer.join(url);
    const cut = next('interrupted');
    await peer.cut();
    await cut;
    await peer.resume(1);
    const told = [{ endpoint: 'ResumableHub', connectionId: expect.stringMatching(/^[\w-]{22}$/) }];
    expect([interrupted, resumed]).toEqual([told, told]);
  });

  it('tell how long a call took, and what it threw', async () => {
    const { clock, events, join } = await served();
    const invoked = follow(events, 'invoked');
    const peer = await join();
    peer.say(invocation('1', 'slow'));
    await gate.reached;
    await clock.advance(40);
    gate.open();
    await peer.hear();
    await peer.ask('fail');
    expect(invoked).toMatchObject([
      { method: 'slow', duration: 40, error: undefined },
      { method: 'fail', duration: 0, error: new HubException('No.') },
    ]);
  });

  it('count a stream up to its end', async () => {
    const { clock, events, join } = await served();
    const invoked = follow(events, 'invoked');
    const peer = await join();
    peer.say({ type: 4, invocationId: '1', target: 'count', arguments: [] });
    await gate.reached;
    await clock.advance(70);
    expect(invoked).toEqual([]);
    gate.open();
    await peer.hear();
    await peer.hear();
    expect(invoked).toMatchObject([{ method: 'count', duration: 70 }]);
  });

  it('N06: name methods as the class does, and never by what a client wrote', async () => {
    const { events, join } = await served();
    const invoked = follow(events, 'invoked');
    const peer = await join();
    for (const target of ['SAY', 'say', 'nope', '__proto__', 'constructor', 'x'.repeat(1_000)]) await peer.ask(target, 'hello');
    const names = ['say', 'say', undefined, undefined, undefined, undefined];
    expect(invoked.map(({ method }) => method)).toEqual(names);
    expect(JSON.stringify(invoked)).not.toMatch(/nope|xxx|SAY|hello/);
  });

  it('say of a call that ran before anybody listened not how long it took', async () => {
    const { events, join } = await served();
    const peer = await join();
    peer.say(invocation('1', 'slow'));
    await gate.reached;
    const invoked = follow(events, 'invoked');
    gate.open();
    await peer.hear();
    expect(invoked).toMatchObject([{ method: 'slow', duration: undefined }]);
  });
});

describe('events of channels', () => {
  it('N06: tell joins, leaves and events by the names that the class gives them', async () => {
    const app = await channelsOf([RoomChannel], { channels: [{ path: '/other', dialect: phoenix() }] });
    const events = app.get(SignalREvents);
    const [joined, left, invoked] = [follow(events, 'joined'), follow(events, 'left'), follow(events, 'invoked')];
    const client = await PhoenixClient.open(app, '2.0.0');
    await client.join('room:1');
    client.send(JSON.stringify(['1', '7', 'room:1', 'shout', {}]));
    client.send(JSON.stringify(['1', '8', 'room:1', 'draw:line', {}]));
    await client.push('room:1', 'nope');
    await client.leave('room:1');
    expect(invoked.map(({ method }) => method)).toEqual(['say, shout', 'draw:*', undefined]);
    expect([joined, left]).toMatchObject([[{ topic: 'room:1' }], [{ topic: 'room:1' }]]);
  });
});

describe('listening', () => {
  it('ends when that is wanted, and costs nothing afterwards', async () => {
    const app = await appOf([ChatHub]);
    const stop = app.get(SignalREvents).on('invoked', () => undefined);
    expect(app.get(Events, { strict: false }).has('invoked')).toBe(true);
    stop();
    stop();
    expect(app.get(Events, { strict: false }).has('invoked')).toBe(false);
  });

  it('disturbs nobody when it fails: the log says so', async () => {
    const { events, join } = await served();
    events.on('invoked', () => {
      throw new Error('a bad listener');
    });
    const peer = await join();
    expect(await peer.ask('say', 'x')).toMatchObject({ result: 'x' });
    expect(log.takeErrors()).toEqual([`ChatHub: telling a listener of 'invoked' failed: a bad listener`]);
  });

  it.each([
    ['an event that does not exist', 'invoke', () => undefined, /^There is no event 'invoke' to listen to\. There are: connected, /],
    ['what is no function', 'invoked', 1, 'A listener of events has to be a function. It was given 1.'],
  ])('refuses %s', async (_, name, listener, text) => {
    const { events } = await served();
    expect(() => events.on(name as 'invoked', listener as never)).toThrow(text);
  });
});
