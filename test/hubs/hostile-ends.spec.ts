import { describe, expect, it } from '@jest/globals';
import { BadRequestException } from '@nestjs/common';
import { Hub, HubMethod, type OnConnected } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';
import { HANDSHAKE, HubPeer, invocation, record } from '../support/hub-peer.js';

@Hub('/slow')
class SlowHub {
  readonly gate = new Gate();

  @HubMethod()
  async wait() {
    await this.gate.pass();
    return 'done';
  }
}

/** A clock that tells how many tasks it was given and still has. */
class CountingClock extends FakeClock {
  waiting = 0;

  override after(milliseconds: number, task: () => void): () => void {
    this.waiting++;
    const cancel = super.after(milliseconds, task);
    return () => {
      this.waiting--;
      cancel();
    };
  }
}

describe('bytes after what cannot be read', () => {
  const TOO_LONG = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07]);
  const handshake = `{"protocol":"messagepack","version":1}\u001e`;
  /** [1, {}, '1', 'wait', []] */
  const call = Buffer.from('0b950180a131a47761697490', 'hex');

  it.each<[string, (peer: HubPeer) => void]>([
    ['that is no JSON', (peer) => peer.write('no JSON\u001e')],
    ['that is a goodbye', (peer) => peer.say({ type: 7 })],
  ])('%s are dropped while the calls before it are done', async (_, end) => {
    const clock = new CountingClock();
    const app = await appOf([SlowHub], { clock });
    const peer = await HubPeer.join(app, SlowHub);
    peer.say(invocation('1', 'wait'));
    await app.get(SlowHub).gate.reached;
    end(peer);
    await clock.advance(0);
    const before = clock.waiting;
    for (let count = 0; count < 100; count++) peer.write('no JSON either\u001e');
    await clock.advance(0);
    expect(clock.waiting).toBe(before);
    app.get(SlowHub).gate.open();
    await peer.served;
    expect(peer.heard).toContainEqual({ type: 3, invocationId: '1', result: 'done' });
  });

  it('that is the length of no MessagePack message are dropped as well', async () => {
    const clock = new CountingClock();
    const app = await appOf([SlowHub], { clock });
    const peer = HubPeer.open(app, SlowHub);
    peer.write(handshake);
    peer.write(call);
    await app.get(SlowHub).gate.reached;
    peer.write(TOO_LONG);
    await clock.advance(0);
    const before = clock.waiting;
    for (let count = 0; count < 100; count++) peer.write(TOO_LONG);
    await clock.advance(0);
    expect(clock.waiting).toBe(before);
    for (const end of [peer.stream, peer.theirs]) end.destroy();
    app.get(SlowHub).gate.open();
    await peer.served;
  });
});

describe('an error that throws when it is read', () => {
  const hostile: [string, () => unknown][] = [
    ['a list of what has no text', () => new BadRequestException([Object.create(null)])],
    ['a list of symbols', () => new BadRequestException([Symbol('s')] as never)],
    [
      'an answer that throws',
      () =>
        Object.assign(new BadRequestException(), {
          getResponse: () => {
            throw new Error('hostile');
          },
        }),
    ],
  ];

  it.each(hostile)('refuses the connection of onConnected and ends nothing else: %s', async (_, make) => {
    @Hub('/hostile')
    class HostileHub implements OnConnected {
      onConnected() {
        throw make();
      }
    }
    const app = await appOf([HostileHub], { enableDetailedErrors: true });
    const peer = HubPeer.open(app, HostileHub);
    peer.write(HANDSHAKE);
    await peer.served;
    expect(peer.heard).toEqual([{}, { type: 7, error: 'Connection closed with an error.' }]);
    log.takeErrors();
  });
});

describe('a userIdProvider', () => {
  it.each([undefined, null, 'a text'])('that throws %j refuses the handshake and ends nothing else', async (thrown) => {
    const userIdProvider = (): string => {
      // oxlint-disable-next-line typescript/only-throw-error
      throw thrown;
    };
    const peer = HubPeer.open(await appOf([SlowHub], { userIdProvider }), SlowHub);
    peer.write(HANDSHAKE + record({ type: 6 }));
    await peer.served;
    expect(peer.heard).toEqual([{ error: 'An unexpected error occurred during connection handshake.' }]);
    expect(log.takeErrors()).toHaveLength(1);
  });

  it.each<[string, () => unknown]>([
    ['a promise', async () => 'ada'],
    ['a promise that fails', async () => Promise.reject(new Error('no'))],
    ['an object', () => ({ id: 'ada' })],
    ['a number', () => 7],
  ])('that returns %s names nobody, and the log says so', async (_, userIdProvider) => {
    const peer = HubPeer.open(await appOf([SlowHub], { userIdProvider: userIdProvider as () => string }), SlowHub);
    peer.write(HANDSHAKE);
    await peer.served;
    expect(peer.heard).toHaveLength(1);
    expect(log.takeErrors()).toEqual([expect.stringContaining('userIdProvider has to return a text, or undefined for nobody')]);
  });
});

describe('calls that wait when a connection ends', () => {
  @Hub('/late')
  class LateHub {
    readonly gate = new Gate();
    readonly trail: string[] = [];

    onDisconnected() {
      this.trail.push('onDisconnected');
    }

    @HubMethod()
    async slow() {
      await this.gate.pass();
    }

    @HubMethod()
    note() {
      this.trail.push('note');
    }
  }

  it.each<[string, (peer: HubPeer) => void]>([
    ['without a word', (peer) => peer.stream.end()],
    ['with a goodbye', (peer) => peer.say({ type: 7 })],
    ['by what cannot be read', (peer) => peer.write('no JSON\u001e')],
  ])('are waited for once, and never begin after onDisconnected: %s', async (_, end) => {
    const clock = new FakeClock();
    const app = await appOf([LateHub], { clock });
    const hub = app.get(LateHub);
    const peer = await HubPeer.join(app, LateHub);
    peer.say(invocation('1', 'slow'), invocation('2', 'note'));
    await hub.gate.reached;
    end(peer);
    await clock.advance(0);
    await clock.advance(14_999);
    expect(hub.trail).toEqual([]);
    await clock.advance(1);
    await peer.served;
    hub.gate.open();
    await clock.advance(0);
    expect(hub.trail).toEqual(['onDisconnected']);
  });
});
