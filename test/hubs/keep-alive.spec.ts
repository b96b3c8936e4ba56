import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Hub, HubClients, HubMethod, type HubCallerContext, type OnDisconnected, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { appOf } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation } from '../support/hub-peer.js';
import { StallingClock } from '../support/stalling-clock.js';

@Hub('/alive')
class AliveHub implements OnDisconnected {
  readonly gate = new Gate();
  readonly ends: (Error | undefined)[] = [];

  onDisconnected(_: HubCallerContext, error?: Error) {
    this.ends.push(error);
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }

  @HubMethod()
  wait() {
    return this.gate.pass();
  }
}

const PING = { type: 6 };
const SECOND = 1_000;

async function peerAt(options: SignalRModuleOptions = {}) {
  const clock = new FakeClock();
  const app = await appOf([AliveHub], { clock, ...options });
  return { app, clock, hub: app.get(AliveHub), peer: await HubPeer.join(app, AliveHub) };
}

describe('a ping', () => {
  it('goes out when nothing was sent for 15 seconds, and again after 15 more', async () => {
    const { clock, peer } = await peerAt();
    await clock.advance(14 * SECOND);
    expect(peer.heard).toEqual([{}]);
    await clock.advance(SECOND);
    expect(peer.heard).toEqual([{}, PING]);
    await clock.advance(14 * SECOND);
    expect(peer.heard).toEqual([{}, PING]);
    await clock.advance(SECOND);
    expect(peer.heard).toEqual([{}, PING, PING]);
  });

  it('is not needed where answers go out', async () => {
    const { clock, peer } = await peerAt();
    for (let i = 0; i < 5; i++) {
      await clock.advance(10 * SECOND);
      await peer.ask('echo', i);
    }
    expect(peer.heard).not.toContainEqual(PING);
  });

  it('is not needed where messages go out that nobody asked for', async () => {
    const { app, clock, peer } = await peerAt();
    for (let i = 0; i < 5; i++) {
      await clock.advance(10 * SECOND);
      await app.get(HubClients).all.send('news', i);
      await peer.hear();
    }
    expect(peer.heard).not.toContainEqual(PING);
    await clock.advance(15 * SECOND);
    expect(peer.heard.at(-1)).toEqual(PING);
  });

  it('goes out although the client talks all the time, when it is never answered', async () => {
    const { clock, peer } = await peerAt();
    for (let i = 0; i < 15; i++) {
      peer.say({ type: 1, target: 'echo', arguments: [i] });
      await clock.advance(SECOND);
    }
    expect(peer.heard).toEqual([{}, PING]);
  });

  it('goes out while a call runs', async () => {
    const { clock, hub, peer } = await peerAt();
    peer.say(invocation('1', 'wait'));
    await hub.gate.reached;
    await clock.advance(15 * SECOND);
    expect(peer.heard).toEqual([{}, PING]);
  });

  it('goes out while onConnected runs', async () => {
    const gate = new Gate();
    @Hub('/slow')
    class SlowHub {
      onConnected() {
        return gate.pass();
      }
    }
    const clock = new FakeClock();
    const peer = await HubPeer.join(await appOf([SlowHub], { clock }), SlowHub);
    await clock.advance(15 * SECOND);
    expect(peer.heard).toEqual([{}, PING]);
  });

  it('goes out as often as keepAliveInterval says, the hub winning over the module', async () => {
    @Hub('/often', { keepAliveInterval: 2 * SECOND })
    class OftenHub {}
    const clock = new FakeClock();
    const app = await appOf([AliveHub, OftenHub], { clock, keepAliveInterval: 4 * SECOND });
    const [often, seldom] = [await HubPeer.join(app, OftenHub), await HubPeer.join(app, AliveHub)];
    await clock.advance(4 * SECOND);
    expect(often.heard).toEqual([{}, PING, PING]);
    expect(seldom.heard).toEqual([{}, PING]);
  });

  it('of the client is not answered', async () => {
    const { peer } = await peerAt();
    peer.say(PING, PING);
    expect(await peer.hearsNothing()).toBe(true);
  });
});

describe('a silent client', () => {
  const TIMEOUT = "Client hasn't sent a message/ping within the configured ClientTimeoutInterval.";

  it('may be silent for ever if it never pinged', async () => {
    const { clock, hub, peer } = await peerAt();
    await clock.advance(3_600 * SECOND);
    expect(hub.ends).toEqual([]);
    expect(await peer.ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('is closed 30 seconds after it pinged, may come back, and onDisconnected is told why', async () => {
    const { clock, hub, peer } = await peerAt();
    peer.say(PING);
    await clock.advance(0);
    await clock.advance(30 * SECOND);
    expect(hub.ends).toEqual([]);
    await clock.advance(SECOND);
    await peer.served;
    expect(peer.heard.at(-1)).toEqual({ type: 7, error: 'Connection closed with an error.', allowReconnect: true });
    expect(hub.ends).toMatchObject([{ name: 'OperationCanceledException', message: TIMEOUT }]);
  });

  it('is told why with enableDetailedErrors', async () => {
    const { clock, peer } = await peerAt({ enableDetailedErrors: true, clientTimeoutInterval: 5 * SECOND });
    peer.say(PING);
    await clock.advance(0);
    await clock.advance(6 * SECOND);
    await peer.served;
    expect(peer.heard.at(-1)).toMatchObject({ error: `Connection closed with an error. OperationCanceledException: ${TIMEOUT}` });
  });

  it('is excused by anything that it says', async () => {
    const { clock, hub, peer } = await peerAt({ clientTimeoutInterval: 5 * SECOND });
    const words = [PING, { type: 99 }, { type: 1, target: 'echo', arguments: [1] }, { type: 5, invocationId: 'x' }, PING];
    for (const word of words) {
      peer.say(word);
      await clock.advance(0);
      await clock.advance(5 * SECOND);
    }
    expect(hub.ends).toEqual([]);
  });

  it('is excused by half a message', async () => {
    const { clock, hub, peer } = await peerAt({ clientTimeoutInterval: 5 * SECOND });
    peer.say(PING);
    for (const part of ['{"type"', ':6}', '\u001e']) {
      await clock.advance(0);
      await clock.advance(4 * SECOND);
      peer.write(part);
    }
    await clock.advance(0);
    expect(hub.ends).toEqual([]);
  });

  it('G06: is not silent while the server does not read it', async () => {
    const { clock, hub, peer } = await peerAt({ clientTimeoutInterval: 5 * SECOND, maximumReceiveMessageSize: 200 });
    const paused = once(peer.theirs, 'pause');
    peer.say(PING, invocation('1', 'wait'), ...Array.from({ length: 20 }, () => ({ type: 1, target: 'echo', arguments: ['x'] })));
    await paused;
    await clock.advance(60 * SECOND);
    expect(hub.ends).toEqual([]);
    hub.gate.open();
    expect(await peer.ask('echo', 1)).toMatchObject({ result: 1 });
    await clock.advance(5 * SECOND);
    expect(hub.ends).toEqual([]);
    await clock.advance(SECOND);
    await peer.served;
    expect(hub.ends).toHaveLength(1);
  });

  it('L06: is not silent while the server stood still: what it said is still to be read', async () => {
    const clock = new StallingClock();
    const { hub, peer } = await peerAt({ clock, clientTimeoutInterval: 5 * SECOND });
    peer.say(PING);
    await clock.advance(0);
    await clock.advance(3 * SECOND);
    clock.lost = 60 * SECOND;
    await clock.advance(SECOND);
    peer.say(PING);
    await clock.advance(0);
    await clock.advance(4 * SECOND);
    expect(hub.ends).toEqual([]);
    await clock.advance(3 * SECOND);
    await peer.served;
    expect(hub.ends).toHaveLength(1);
  });

  it('does not take others along', async () => {
    const { app, clock, hub, peer } = await peerAt();
    const other = await HubPeer.join(app, AliveHub);
    peer.say(PING);
    await clock.advance(0);
    await clock.advance(31 * SECOND);
    await peer.served;
    expect(await other.ask('echo', 1)).toMatchObject({ result: 1 });
    expect(hub.ends).toHaveLength(1);
  });
});
