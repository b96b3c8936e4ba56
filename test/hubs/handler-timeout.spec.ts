import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Caller, Hub, HubMethod, Signal, UploadStream, type HubCallerContext } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { NEVER } from 'rxjs';
import { appOf } from '../support/app-of.js';
import { nextTurn } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation } from '../support/hub-peer.js';

const LATE = 'HubException: The method did not answer within 3000 milliseconds.';

@Hub('/timed')
class TimedHub {
  readonly gate = new Gate();
  readonly trail: unknown[] = [];
  connection: AbortSignal | undefined;

  @HubMethod()
  async slow(how: string, @Signal() signal: AbortSignal) {
    signal.addEventListener('abort', () => this.trail.push((signal.reason as Error).message));
    await this.gate.pass();
    this.trail.push('done');
    if (how === 'fails') throw new Error('too late');
    return how === 'streams' ? this.items() : how;
  }

  @HubMethod()
  at(@Caller() caller: HubCallerContext, @Signal() signal: AbortSignal) {
    this.connection = caller.signal;
    return signal.aborted;
  }

  @HubMethod()
  open() {
    return NEVER;
  }

  @HubMethod()
  async upload(@UploadStream() values: AsyncIterable<number>) {
    try {
      for await (const value of values) this.trail.push(value);
      this.trail.push('completed');
    } catch (error) {
      this.trail.push(`${(error as Error).name}: ${(error as Error).message}`);
    }
  }

  private items() {
    return {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}), return: async () => this.trail.push('returned') }),
    };
  }
}

async function join(handlerTimeout = 3_000) {
  const clock = new FakeClock();
  const app = await appOf([TimedHub], { clock, handlerTimeout });
  return { clock, hub: app.get(TimedHub), peer: await HubPeer.join(app, TimedHub) };
}

describe('a call that takes longer than handlerTimeout', () => {
  it.each(['answers', 'fails'])('is answered with an error; its signal is aborted, and it comes too late: %s', async (how) => {
    const { clock, hub, peer } = await join();
    peer.say(invocation('1', 'slow', how));
    await hub.gate.reached;
    await clock.advance(2_000);
    expect(hub.trail).toEqual([]);
    await clock.advance(1_000);
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', error: expect.stringContaining(LATE) });
    expect(hub.trail).toEqual([expect.stringContaining('did not answer within 3000')]);
    hub.gate.open();
    expect(await peer.hearsNothing()).toBe(true);
    expect(hub.trail.at(-1)).toBe('done');
  });

  it('has its signal aborted also where it wants no answer', async () => {
    const { clock, hub, peer } = await join();
    peer.say({ type: 1, target: 'slow', arguments: ['answers'] });
    await hub.gate.reached;
    await clock.advance(3_000);
    expect(hub.trail).toHaveLength(1);
    expect(await peer.hearsNothing()).toBe(true);
  });

  it('leaves nothing with the signal of its connection, whether it was in time or not', async () => {
    const { clock, hub, peer } = await join();
    await peer.ask('at');
    const followers = (): number => getEventListeners(hub.connection!, 'abort').length;
    peer.say({ type: 1, target: 'at', arguments: [] });
    await peer.ask('at');
    expect(followers()).toBe(0);
    peer.say({ type: 1, target: 'slow', arguments: ['answers'] });
    await hub.gate.reached;
    expect(followers()).toBe(1);
    await clock.advance(3_000);
    expect(followers()).toBe(0);
    hub.gate.open();
    expect(await peer.hearsNothing()).toBe(true);
  });

  it('has its signal aborted with its connection, though it has no id', async () => {
    const { hub, peer } = await join();
    peer.say({ type: 1, target: 'slow', arguments: ['answers'] });
    await hub.gate.reached;
    peer.stream.end();
    while (hub.trail.length === 0) await nextTurn();
    hub.gate.open();
    await peer.served;
    expect(hub.trail).toEqual([expect.any(String), 'done']);
  });

  it('leaves the stream that it returns too late', async () => {
    const { clock, hub, peer } = await join();
    peer.say({ ...invocation('1', 'slow', 'streams'), type: 4 });
    await hub.gate.reached;
    await clock.advance(3_000);
    expect(await peer.hear()).toMatchObject({ error: expect.stringContaining(LATE) });
    hub.gate.open();
    while (!hub.trail.includes('returned')) await nextTurn();
    expect(await peer.hearsNothing()).toBe(true);
  });

  it('has its uploads ended with that error: what has not come is not taken for the end', async () => {
    const { clock, hub, peer } = await join();
    peer.say({ ...invocation('1', 'upload'), streamIds: ['s'] }, { type: 2, invocationId: 's', item: 1 });
    while (hub.trail.length === 0) await nextTurn();
    await clock.advance(3_000);
    expect(await peer.hear()).toMatchObject({ error: expect.stringContaining(LATE) });
    while (hub.trail.length < 2) await nextTurn();
    expect(hub.trail).toEqual([1, LATE]);
  });
});

describe('handlerTimeout', () => {
  it('is no bound on how long a stream lasts', async () => {
    const { clock, peer } = await join();
    peer.say({ ...invocation('1', 'open'), type: 4 });
    expect(await peer.hearsNothing()).toBe(true);
    await clock.advance(10_000);
    expect(peer.heard.filter(({ invocationId }) => invocationId === '1')).toEqual([]);
  });

  it('is none by default', async () => {
    const { clock, hub, peer } = await join(0);
    peer.say(invocation('1', 'slow', 'answers'));
    await hub.gate.reached;
    await clock.advance(14_000);
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: 'answers' });
  });
});
