import { describe, expect, it } from '@jest/globals';
import { Caller, Hub, HubException, HubMethod, Signal, type HubCallerContext } from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { defer, finalize, of, range, Subject, throwError } from 'rxjs';
import { appOf, log } from '../support/app-of.js';
import { nextTurn, turns } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation } from '../support/hub-peer.js';

const streaming = (invocationId: string, target: string, ...args: unknown[]): object => ({
  type: 4,
  invocationId,
  target,
  arguments: args,
});
const cancel = (invocationId: string): object => ({ type: 5, invocationId });
const item = (invocationId: string, value: unknown): object => ({ type: 2, invocationId, item: value });
const done = (invocationId: string, error?: string): object => ({ type: 3, invocationId, ...(error !== undefined && { error }) });
const FAILED = 'An error occurred on the server while streaming results.';

@Hub('/streams')
class StreamsHub {
  readonly gate = new Gate();
  readonly source = new Subject<unknown>();
  readonly trail: string[] = [];
  asked = 0;

  @HubMethod()
  observable() {
    return of(1, 'two', null);
  }

  @HubMethod()
  async *generator() {
    yield 1;
    yield 'two';
    yield null;
  }

  @HubMethod()
  iterable() {
    const items = [1, 'two', null];
    return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: items.length === 0, value: items.shift() }) }) };
  }

  @HubMethod()
  readable() {
    return new ReadableStream({
      start(controller) {
        for (const value of [1, 'two', null]) controller.enqueue(value);
        controller.close();
      },
    });
  }

  @HubMethod()
  async promised() {
    return this.generator();
  }

  @HubMethod()
  array() {
    return [1, 'two', null];
  }

  @HubMethod()
  value() {
    return 'a value';
  }

  @HubMethod()
  open() {
    return this.source.pipe(finalize(() => this.trail.push('finalized')));
  }

  @HubMethod()
  async *endless() {
    try {
      for (;;) {
        yield ++this.asked;
        await nextTurn();
      }
    } finally {
      this.trail.push('returned');
    }
  }

  @HubMethod()
  waiting() {
    return new ReadableStream({ cancel: () => void this.trail.push('cancelled') });
  }

  @HubMethod()
  fails(how: string) {
    const error = how === 'told' ? new HubException('The source is dry.') : new Error('secret');
    if (how === 'observable') return throwError(() => error);
    return this.failing(error);
  }

  private async *failing(error: Error) {
    yield 1;
    throw error;
  }

  @HubMethod()
  fast() {
    this.asked++;
    return range(1, 5_000);
  }

  @HubMethod()
  async *unwritable() {
    try {
      yield 1;
      const cyclic: unknown[] = [];
      cyclic.push(cyclic);
      yield cyclic;
    } finally {
      this.trail.push('returned');
    }
  }

  @HubMethod()
  async *large() {
    for (;;) {
      this.asked++;
      yield 'x'.repeat(10_000);
    }
  }

  @HubMethod()
  flood() {
    return defer(() => range(1, 1_000_000)).pipe(finalize(() => this.trail.push('finalized')));
  }

  @HubMethod()
  *listed() {
    yield* [1, 2];
  }

  @HubMethod()
  async wait(@Signal() signal: AbortSignal) {
    await this.gate.pass();
    return signal.aborted;
  }

  @HubMethod()
  async patient(@Signal() signal: AbortSignal, @Caller() caller: HubCallerContext) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.trail.push(`aborted ${String(signal.reason.code)} ${caller.connectionId.length}`);
    return 'given up';
  }

  @HubMethod()
  async *attentive(@Signal() signal: AbortSignal) {
    yield 1;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.trail.push('aborted');
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }
}

async function joined(options?: Parameters<typeof appOf>[1]): Promise<{ hub: StreamsHub; peer: HubPeer }> {
  const app = await appOf([StreamsHub], options);
  return { hub: app.get(StreamsHub), peer: await HubPeer.join(app, StreamsHub) };
}

/** What is heard until so many messages have come. */
async function heard(peer: HubPeer, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  while (messages.length < count) messages.push(await peer.hear());
  return messages;
}

describe('a stream', () => {
  it.each(['observable', 'generator', 'iterable', 'readable', 'promised', 'array'])(
    'is sent item by item in order, and then one completion without a result: %s',
    async (method) => {
      const { peer } = await joined();
      peer.say(streaming('s', method));
      expect(await heard(peer, 4)).toEqual([item('s', 1), item('s', 'two'), item('s', null), done('s')]);
      expect(await peer.hearsNothing()).toBe(true);
    },
  );

  it('does not hold up the calls behind it, nor do several of them', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('1', 'open'), streaming('2', 'open'), invocation('3', 'echo', 'x'));
    expect(await peer.hear()).toMatchObject({ invocationId: '3', result: 'x' });
    hub.source.next('a');
    hub.source.complete();
    expect(await heard(peer, 4)).toEqual([item('1', 'a'), item('2', 'a'), done('1'), done('2')]);
  });

  it('waits for its turn as any call', async () => {
    const { hub, peer } = await joined();
    peer.say(invocation('1', 'wait'), streaming('2', 'array'));
    await hub.gate.reached;
    hub.gate.open();
    expect(await heard(peer, 2)).toMatchObject([{ invocationId: '1' }, item('2', 1)]);
  });

  it('is no answer to a plain call, and a value none to a stream', async () => {
    const { peer } = await joined();
    peer.say(invocation('1', 'open'), streaming('2', 'value'), invocation('3', 'array'));
    expect(await heard(peer, 3)).toMatchObject([
      done('1', "The client attempted to invoke the streaming 'open' method with a non-streaming invocation."),
      done('2', "The client attempted to invoke the non-streaming 'value' method with a streaming invocation."),
      { invocationId: '3', result: [1, 'two', null] },
    ]);
  });

  it('may be what a generator returns that is not async', async () => {
    const { peer } = await joined();
    peer.say(streaming('s', 'listed'));
    expect(await heard(peer, 3)).toEqual([item('s', 1), item('s', 2), done('s')]);
  });

  it.each([
    ['told', `${FAILED} HubException: The source is dry.`, 0],
    ['untold', FAILED, 1],
  ])('that fails says so after what came before: %s', async (how, text, logged) => {
    const { peer } = await joined();
    peer.say(streaming('s', 'fails', how));
    expect(await heard(peer, 2)).toEqual([item('s', 1), done('s', text)]);
    expect(log.takeErrors()).toHaveLength(logged);
  });

  it('that fails at once says so', async () => {
    const { peer } = await joined({ enableDetailedErrors: true });
    peer.say(streaming('s', 'fails', 'observable'));
    expect(await peer.hear()).toEqual(done('s', `${FAILED} Error: secret`));
    log.takeErrors();
  });

  it('ends with an error at an item that cannot be written, and lets go of its source', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'unwritable'));
    expect(await heard(peer, 2)).toEqual([item('s', 1), done('s', FAILED)]);
    expect(await peer.ask('echo', 1)).toMatchObject({ result: 1 });
    expect(hub.trail).toEqual(['returned']);
    log.takeErrors();
  });

  it('G01: is one of at most limits.streamsPerConnection', async () => {
    const { hub, peer } = await joined({ limits: { streamsPerConnection: 2 } });
    peer.say(streaming('1', 'open'), streaming('2', 'open'), streaming('3', 'open'));
    expect(await peer.hear()).toMatchObject({ invocationId: '3', error: expect.stringContaining('running on this connection') });
    hub.source.complete();
    await heard(peer, 2);
    peer.say(streaming('4', 'array'));
    expect(await peer.hear()).toEqual(item('4', 1));
  });

  it('may be large, as one Observable that says all at once', async () => {
    const { peer } = await joined({ outbox: { highWaterMark: 1_000_000 } });
    peer.say(streaming('s', 'fast'));
    const messages = await heard(peer, 5_001);
    expect(messages.slice(0, 5_000)).toEqual(Array.from({ length: 5_000 }, (_, index) => item('s', index + 1)));
    expect(messages[5_000]).toEqual(done('s'));
  });
});

describe('a stream that is cancelled', () => {
  it.each([
    ['open', 'finalized'],
    ['waiting', 'cancelled'],
  ])('G04: ends without an error, and lets go of its source: %s', async (method, trace) => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', method));
    expect(await peer.ask('echo', 1)).toMatchObject({ result: 1 });
    peer.say(cancel('s'));
    expect(await peer.ask('echo', 2)).toMatchObject({ result: 2 });
    expect(peer.heard).toContainEqual(done('s'));
    expect(hub.trail).toEqual([trace]);
    hub.source.next('late');
    expect(await peer.ask('echo', 3)).toMatchObject({ result: 3 });
    expect(peer.heard).not.toContainEqual(item('s', 'late'));
  });

  it('G04: gives a generator its return(), once, though it is cancelled twice', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'endless'));
    await heard(peer, 3);
    peer.say(cancel('s'), cancel('s'));
    while (hub.trail.length === 0) await nextTurn();
    const { asked } = hub;
    await turns(5);
    expect(hub.asked).toBe(asked);
    expect(hub.trail).toEqual(['returned']);
    expect(peer.heard.filter((message) => message['type'] === 3)).toEqual([done('s')]);
  });

  it('G04: before it began never begins', async () => {
    const { hub, peer } = await joined();
    peer.say(invocation('1', 'wait'), streaming('2', 'fast'), cancel('2'));
    await hub.gate.reached;
    hub.gate.open();
    expect(await heard(peer, 2)).toMatchObject([{ invocationId: '1' }, done('2')]);
    expect(hub.asked).toBe(0);
  });

  it('G02: by its client going away lets go of its source', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('1', 'open'), streaming('2', 'waiting'), streaming('3', 'attentive'));
    await heard(peer, 1);
    await peer.hangUp();
    expect(hub.trail.sort()).toEqual(['aborted', 'cancelled', 'finalized']);
  });

  it('F09: that nobody knows is nothing', async () => {
    const { peer } = await joined();
    peer.say(cancel('nobody'), cancel('__proto__'));
    expect(await peer.hearsNothing()).toBe(true);
  });
});

describe('a client that reads too slowly', () => {
  it('G03: is not sent more of what can wait, until it has read', async () => {
    const { hub, peer } = await joined();
    peer.stream.pause();
    peer.say(streaming('s', 'large'));
    let asked = -1;
    while (hub.asked !== asked || asked < 1) {
      ({ asked } = hub);
      await turns(5);
    }
    expect(asked).toBeLessThan(20);
    peer.stream.resume();
    while (hub.asked < 3 * asked) await nextTurn();
    peer.theirs.destroy();
  });

  it('loses a stream that cannot wait, and keeps its connection', async () => {
    const { hub, peer } = await joined();
    peer.stream.pause();
    peer.say(streaming('s', 'flood'));
    while (hub.trail.length === 0) await nextTurn();
    peer.stream.resume();
    expect(await peer.ask('echo', 1)).toMatchObject({ result: 1 });
    expect(peer.heard).toContainEqual(done('s', `${FAILED} HubException: The stream cannot be held back, and was not read fast enough.`));
    expect(hub.trail).toEqual(['finalized']);
  });
});

describe('F09: the signal of a call', () => {
  it('is aborted when the client cancels it; the call is still answered', async () => {
    const { hub, peer } = await joined();
    peer.say(invocation('1', 'patient'));
    await turns(3);
    peer.say(cancel('1'));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: 'given up' });
    expect(hub.trail).toEqual(['aborted ERR_SIGNALR_CANCELED 22']);
  });

  it('is aborted already when the call was cancelled before it began', async () => {
    const { hub, peer } = await joined();
    peer.say(invocation('1', 'wait'), invocation('2', 'wait'), cancel('2'));
    await hub.gate.reached;
    hub.gate.open();
    expect(await heard(peer, 2)).toMatchObject([
      { invocationId: '1', result: false },
      { invocationId: '2', result: true },
    ]);
  });

  it.each([
    ['', invocation('1', 'patient')],
    [' without an answer', { type: 1, target: 'patient', arguments: [] }],
  ])('is aborted when the connection ends, and says so: a call%s', async (_, call) => {
    const { hub, peer } = await joined();
    peer.say(call);
    await turns(3);
    await peer.hangUp();
    expect(hub.trail).toEqual(['aborted ERR_SIGNALR_CONNECTION_ENDED 22']);
  });
});

describe('a test client', () => {
  it.each(['json', 'messagepack'] as const)('reads streams over %s', async (protocol) => {
    const client = await createTestClient(await appOf([StreamsHub]), StreamsHub, { protocol });
    const items: unknown[] = [];
    for await (const value of client.stream('generator')) items.push(value);
    expect(items).toEqual([1, 'two', null]);
    await expect(client.stream('fails', 'told').next()).resolves.toMatchObject({ value: 1 });
  });

  it('cancels what it stops reading, and throws what a stream fails with', async () => {
    const app = await appOf([StreamsHub]);
    const client = await createTestClient(app, StreamsHub);
    for await (const value of client.stream<number>('endless')) if (value === 3) break;
    while (app.get(StreamsHub).trail.length === 0) await nextTurn();
    const failing = client.stream('fails', 'told');
    await failing.next();
    await expect(failing.next()).rejects.toThrow('The source is dry.');
  });
});
