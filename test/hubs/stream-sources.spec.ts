import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Hub, HubException, HubMethod } from 'nestjs-signalr';
import { finalize, Observable, Subject } from 'rxjs';
import { appOf, log } from '../support/app-of.js';
import { nextTurn, turns } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation } from '../support/hub-peer.js';

const streaming = (invocationId: string, target: string): object => ({ type: 4, invocationId, target, arguments: [] });
const cancel = (invocationId: string): object => ({ type: 5, invocationId });
const done = (invocationId: string, error?: string): object => ({ type: 3, invocationId, ...(error !== undefined && { error }) });
const tooMany = { error: expect.stringContaining('running on this connection') };

@Hub('/sources')
class SourcesHub {
  readonly gate = new Gate();
  readonly numbers = new Subject<number>();
  readonly files: Readable[] = [];
  running = 0;
  returned = 0;

  /** A file that is not there, as Node tells: later. */
  @HubMethod()
  missing() {
    return this.opened((tell) => setImmediate(tell, new Error('no such file')));
  }

  @HubMethod()
  async lateFile() {
    await this.gate.pass();
    return this.missing();
  }

  @HubMethod()
  silent() {
    return this.opened((tell) => tell());
  }

  private opened(construct: (tell: (error?: Error) => void) => void): Readable {
    const file = new Readable({ construct, read: () => undefined });
    this.files.push(file);
    return file;
  }

  @HubMethod()
  async *busy() {
    this.running++;
    await this.gate.pass();
    this.running--;
    yield 1;
  }

  @HubMethod()
  async late() {
    await this.gate.pass();
    return this.numbers;
  }

  @HubMethod()
  async fails() {
    await this.gate.pass();
    throw new HubException('no');
  }

  @HubMethod()
  soldOut() {
    return new ReadableStream({ pull: (controller) => controller.error(new HubException('Sold out.')) });
  }

  @HubMethod()
  three() {
    return this.counting((count) => ({ done: count > 3, value: count }));
  }

  @HubMethod()
  broken() {
    return this.counting(() => {
      throw new HubException('Out of order.');
    });
  }

  private counting(next: (count: number) => IteratorResult<unknown>) {
    let count = 0;
    const end = (): never => {
      this.returned++;
      throw new Error('return() after the end');
    };
    return { [Symbol.asyncIterator]: () => ({ next: async () => next(++count), return: end }) };
  }

  @HubMethod()
  careless() {
    return new Observable(() => () => {
      throw new Error('teardown');
    }).pipe(finalize(() => this.returned++));
  }

  @HubMethod()
  ticks() {
    return this.numbers;
  }

  @HubMethod()
  async *large() {
    for (;;) yield 'x'.repeat(10_000);
  }
}

async function joined(options?: Parameters<typeof appOf>[1]): Promise<{ app: TestingModule; hub: SourcesHub; peer: HubPeer }> {
  const app = await appOf([SourcesHub], options);
  return { app, hub: app.get(SourcesHub), peer: await HubPeer.join(app, SourcesHub) };
}

const parallel = { maximumParallelInvocationsPerClient: 10 };

describe('a stream of Node that nobody reads', () => {
  it('is destroyed, whatever becomes of it: its client has called it plainly', async () => {
    const { hub, peer } = await joined();
    for (const method of ['missing', 'silent'])
      expect(await peer.ask(method)).toMatchObject({ error: expect.stringContaining('streaming') });
    await turns(3);
    expect(hub.files.map(({ closed }) => closed)).toEqual([true, true]);
  });

  it('is destroyed, whatever becomes of it: its client has cancelled before it came', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'lateFile'));
    await hub.gate.reached;
    peer.say(cancel('s'));
    await turns(3);
    hub.gate.open();
    expect(await peer.hear()).toEqual(done('s'));
    await turns(3);
    expect(hub.files[0].closed).toBe(true);
  });

  it('is destroyed when its client cancels while it has nothing to say', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'silent'));
    await turns(3);
    peer.say(cancel('s'));
    expect(await peer.hear()).toEqual(done('s'));
    await turns(3);
    expect(hub.files[0].closed).toBe(true);
  });
});

describe('limits.streamsPerConnection', () => {
  it('counts what was cancelled until it has really stopped', async () => {
    const { hub, peer } = await joined({ limits: { streamsPerConnection: 1 } });
    peer.say(streaming('1', 'busy'));
    await hub.gate.reached;
    peer.say(cancel('1'), streaming('2', 'busy'), cancel('2'));
    expect(await peer.hear()).toEqual(done('1'));
    expect(await peer.hear()).toMatchObject(tooMany);
    expect(hub.running).toBe(1);
    hub.gate.open();
    await turns(3);
    peer.say(streaming('3', 'three'));
    expect(await peer.hear()).toMatchObject({ item: 1 });
  });

  it('counts methods that have not returned their streams yet', async () => {
    const { hub, peer } = await joined({ ...parallel, limits: { streamsPerConnection: 2 } });
    peer.say(...['1', '2', '3'].map((id) => streaming(id, 'late')));
    expect(await peer.hear()).toMatchObject({ invocationId: '3', ...tooMany });
    hub.gate.open();
    while (!hub.numbers.observed) await nextTurn();
    hub.numbers.complete();
    expect([await peer.hear(), await peer.hear()]).toEqual([done('1'), done('2')]);
  });

  it('counts no more what has failed, returned a value, or ended', async () => {
    const { hub, peer } = await joined({ limits: { streamsPerConnection: 1 } });
    hub.gate.open();
    for (const method of ['fails', 'noSuchMethod', 'fails']) {
      peer.say(streaming('s', method));
      expect(await peer.hear()).not.toMatchObject(tooMany);
    }
    for (let round = 0; round < 2; round++) {
      peer.say(streaming('s', 'three'));
      expect([await peer.hear(), await peer.hear(), await peer.hear(), await peer.hear()].at(-1)).toEqual(done('s'));
    }
  });
});

describe('a source that has come to its own end', () => {
  it.each(['soldOut', 'broken'])('is not told to stop, and what it says is no fault of the server: %s', async (method) => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', method));
    expect(await peer.hear()).toMatchObject({ error: expect.stringContaining('HubException: ') });
    await turns(2);
    expect(hub.returned).toBe(0);
    expect(log.takeErrors()).toEqual([]);
  });

  it('gets no return()', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'three'));
    for (let count = 1; count <= 3; count++) expect(await peer.hear()).toMatchObject({ item: count });
    expect(await peer.hear()).toEqual(done('s'));
    await turns(2);
    expect(hub.returned).toBe(0);
  });

  it('that throws when it is let go of is reported, and costs its caller nothing', async () => {
    const { app, peer } = await joined({ limits: { streamsPerConnection: 1 } });
    for (const id of ['1', '2']) {
      peer.say(streaming(id, 'careless'));
      await turns(2);
      peer.say(cancel(id));
      expect(await peer.hear()).toEqual(done(id));
    }
    expect(log.takeErrors()).toEqual([expect.stringContaining('Error: teardown')]);
    await app.close();
    expect(log.takeErrors()).toEqual([expect.stringMatching(/Error: teardown \(and 1 more like this\)$/)]);
  });
});

describe('an Observable beside a stream that waits for its reader', () => {
  it('goes on, for little of what waits is its own', async () => {
    const { hub, peer } = await joined({ outbox: { highWaterMark: 5_000 } });
    peer.stream.pause();
    peer.say(streaming('large', 'large'), streaming('ticks', 'ticks'));
    while (!hub.numbers.observed) await nextTurn();
    await turns(5);
    for (let tick = 0; tick < 20; tick++) hub.numbers.next(tick);
    peer.stream.resume();
    const ticks: unknown[] = [];
    for (let message = await peer.hear(); ticks.length < 20; message = await peer.hear())
      if (message['invocationId'] === 'ticks') ticks.push(message['item']);
    expect(ticks).toEqual(Array.from({ length: 20 }, (_, tick) => tick));
    peer.theirs.destroy();
  });

  it('ends when too much of its own waits', async () => {
    const { hub, peer } = await joined({ outbox: { highWaterMark: 5_000 } });
    peer.stream.pause();
    peer.say(streaming('large', 'large'), streaming('ticks', 'ticks'));
    while (!hub.numbers.observed) await nextTurn();
    for (let tick = 0; hub.numbers.observed && tick < 1_000; tick++) hub.numbers.next(tick);
    expect(hub.numbers.observed).toBe(false);
    peer.theirs.destroy();
  });
});

describe('a call of a stream', () => {
  it('that is plain leaves the caller its other calls', async () => {
    const { peer } = await joined();
    peer.say(invocation('1', 'missing'), invocation('2', 'noSuchMethod'));
    expect([await peer.hear(), await peer.hear()]).toMatchObject([{ invocationId: '1' }, { invocationId: '2' }]);
  });
});
