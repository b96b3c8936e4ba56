import { describe, expect, it } from '@jest/globals';
import { Caller, Clients, Hub, HubCallerClients, HubCallerContext, HubMethod, UploadStream } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { lastValueFrom, NEVER, type Observable } from 'rxjs';
import { appOf } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation } from '../support/hub-peer.js';

let gate: Gate;

@Hub('/draining')
class DrainingHub {
  calls = 0;
  ends: unknown[] = [];

  @HubMethod()
  async slow() {
    this.calls++;
    await gate.pass();
    return 'done';
  }

  @HubMethod()
  async ask(@Clients() clients: HubCallerClients) {
    return clients.caller.invoke('confirm');
  }

  @HubMethod()
  forever() {
    return NEVER;
  }

  @HubMethod()
  async upload(@UploadStream() items: Observable<number>) {
    return lastValueFrom(items, { defaultValue: 0 });
  }

  @HubMethod()
  async untilEnd(@Caller() { signal }: HubCallerContext) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.ends.push('aborted');
  }

  onDisconnected() {
    this.ends.push('gone');
  }
}

const goodbye = { type: 7, allowReconnect: true };

/** A connection of an application whose clock stands still: what ends at once waits for nothing. */
async function joined(): Promise<{ clock: FakeClock; hub: DrainingHub; peer: HubPeer; close(): Promise<void> }> {
  const clock = new FakeClock();
  gate = new Gate();
  const app = await appOf([DrainingHub], { clock });
  const peer = await HubPeer.join(app, DrainingHub);
  return { clock, hub: app.get(DrainingHub), peer, close: () => app.close() };
}

describe('a connection that is drained', () => {
  it('hears the answer of the call that runs before the goodbye; those that wait for their turn do not begin', async () => {
    const { hub, peer, close } = await joined();
    peer.say(invocation('1', 'slow'), invocation('2', 'slow'));
    await gate.reached;
    const closing = close();
    peer.say(invocation('3', 'slow'));
    await new Promise((resolve) => setImmediate(resolve));
    gate.open();
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'done' });
    expect(await peer.hear()).toEqual(goodbye);
    await closing;
    expect(hub.calls).toBe(1);
  });

  it('may still answer what the call that runs asks', async () => {
    const { peer, close } = await joined();
    peer.say(invocation('1', 'ask'));
    const { invocationId } = await peer.hear();
    const closing = close();
    peer.say({ type: 3, invocationId, result: 'yes' });
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'yes' });
    expect(await peer.hear()).toEqual(goodbye);
    await closing;
  });

  it.each([
    ['that it is sent', { ...invocation('1', 'forever'), type: 4 }],
    ['that it sends', { ...invocation('1', 'upload'), streamIds: ['s'] }],
  ])('is not waited for because of a stream %s', async (_, call) => {
    const { peer, close } = await joined();
    peer.say(call);
    await peer.ask('nope');
    await close();
    expect(await peer.hear()).toEqual(goodbye);
  });

  it('is told after drain.grace although its call still runs, whose signal is aborted then', async () => {
    const { clock, hub, peer, close } = await joined();
    peer.say(invocation('1', 'untilEnd'));
    await new Promise((resolve) => setImmediate(resolve));
    const closing = close();
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(4_999);
    expect(hub.ends).toEqual([]);
    await clock.advance(1);
    expect(await peer.hear()).toEqual(goodbye);
    await closing;
    expect(hub.ends).toEqual(['aborted', 'gone']);
  });
});
