import { describe, expect, it } from '@jest/globals';
import { Caller, Hub, HubException, HubMethod, Signal, UploadStream, type HubCallerContext } from 'nestjs-signalr';
import { firstValueFrom, map, Observable, reduce, ReplaySubject, Subject, toArray } from 'rxjs';
import { appOf } from '../support/app-of.js';
import { turns } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer } from '../support/hub-peer.js';

const sum = reduce((a: number, b: number) => a + b, 0);
const call = (invocationId: string | undefined, target: string, streamIds: string[], ...args: unknown[]): object => ({
  type: 1,
  ...(invocationId !== undefined && { invocationId }),
  target,
  arguments: args,
  streamIds,
});
const item = (invocationId: string, value: unknown): object => ({ type: 2, invocationId, item: value });
const done = (invocationId: string, error?: string): object => ({ type: 3, invocationId, error });

@Hub('/uploads')
class UploadsHub {
  readonly gate = new Gate();
  readonly seen: unknown[] = [];
  ended: unknown;

  @HubMethod()
  subject(values: Subject<number>) {
    return firstValueFrom(values.pipe(sum));
  }

  @HubMethod()
  observable(values: Observable<number>) {
    return firstValueFrom(values.pipe(sum));
  }

  @HubMethod()
  replay(values: ReplaySubject<number>) {
    return firstValueFrom(values.pipe(sum));
  }

  @HubMethod()
  async decorated(@UploadStream() values: UploadStream<number>) {
    let total = 0;
    for await (const value of values) total += value;
    return total;
  }

  @HubMethod()
  async two(name: string, first: Subject<string>, @Caller() caller: HubCallerContext, second: Observable<string>, end = '.') {
    const [left, right] = await Promise.all([firstValueFrom(first.pipe(toArray())), firstValueFrom(second.pipe(toArray()))]);
    return `${name}: ${left.join('')}-${right.join('')}${end} ${caller.connectionId.length}`;
  }

  @HubMethod()
  checked(values: Observable<unknown>) {
    const numbers = values.pipe(
      map((value) => {
        if (typeof value !== 'number') throw new HubException('Send numbers.');
        return value;
      }),
    );
    return firstValueFrom(numbers.pipe(sum));
  }

  @HubMethod()
  doubled(values: Observable<number>) {
    return values.pipe(map((value) => 2 * value));
  }

  @HubMethod()
  async *echoed(@UploadStream() values: AsyncIterable<number>) {
    yield* values;
  }

  @HubMethod()
  async late(values: Subject<number>) {
    await this.gate.pass();
    return firstValueFrom(values.pipe(toArray()));
  }

  @HubMethod()
  noted(values: Subject<unknown>) {
    values.subscribe({ next: (value) => this.seen.push(value), complete: () => this.seen.push('complete') });
  }

  @HubMethod()
  async failing(@UploadStream() values: AsyncIterable<number>, @Signal() signal: AbortSignal) {
    try {
      for await (const value of values) this.seen.push(value);
      return 'read';
    } catch (error) {
      this.ended = error;
      return `${(error as Error).name}: ${(error as Error).message} ${signal.aborted}`;
    }
  }

  @HubMethod()
  async wait() {
    await this.gate.pass();
    return 'waited';
  }

  @HubMethod()
  plain() {
    return 'plain';
  }
}

async function join(): Promise<{ hub: UploadsHub; peer: HubPeer }> {
  const app = await appOf([UploadsHub]);
  return { hub: app.get(UploadsHub), peer: await HubPeer.join(app, UploadsHub) };
}

describe('an upload', () => {
  it.each(['subject', 'observable', 'replay', 'decorated'])('reaches a parameter that is one: %s', async (target) => {
    const { peer } = await join();
    peer.say(call('1', target, ['s']), item('s', 1), item('s', 2), item('s', 3), done('s'));
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 6 });
  });

  it('may be one of several, anywhere among the arguments', async () => {
    const { peer } = await join();
    peer.say(call('1', 'two', ['a', 'b'], 'ada'), item('b', 'x'), item('a', 'y'), item('b', 'z'), done('b'), done('a'));
    expect(await peer.hear()).toMatchObject({ result: 'ada: y-xz. 22' });
    peer.say(call('2', 'two', ['a', 'b'], 'ada', '!'), done('b'), done('a'));
    expect(await peer.hear()).toMatchObject({ result: 'ada: -! 22' });
  });

  it.each(['doubled', 'echoed'])('may be answered with a stream: %s', async (target) => {
    const { peer } = await join();
    peer.say({ ...call('1', target, ['s']), type: 4 }, item('s', 1));
    const factor = target === 'doubled' ? 2 : 1;
    expect(await peer.hear()).toEqual(item('1', factor));
    peer.say(item('s', 2), done('s'));
    expect(await peer.hear()).toEqual(item('1', 2 * factor));
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1' });
  });

  it('is kept until the method subscribes', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'late', ['s']), item('s', 1), item('s', 2));
    await hub.gate.reached;
    peer.say(item('s', 3), done('s'));
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: [1, 2, 3] });
  });

  it('is kept while its call waits for its turn', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'wait', []), call('2', 'subject', ['s']), item('s', 1), item('s', 2), done('s'));
    await hub.gate.reached;
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: 'waited' });
    expect(await peer.hear()).toMatchObject({ invocationId: '2', result: 3 });
  });

  it('may come with a call that wants no answer', async () => {
    const { hub, peer } = await join();
    peer.say(call(undefined, 'subject', ['s']), item('s', 1), done('s'));
    expect(await peer.hearsNothing()).toBe(true);
    expect(hub.seen).toEqual([]);
  });

  it('holds up no other call', async () => {
    const { peer } = await join();
    peer.say(call('1', 'subject', ['s']), call('2', 'plain', []));
    expect(await peer.hear()).toMatchObject({ invocationId: '2', result: 'plain' });
    peer.say(item('s', 4), done('s'));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: 4 });
  });

  it('is completed when its method ends', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'noted', ['s']));
    expect(await peer.hear()).toMatchObject({ invocationId: '1' });
    expect(hub.seen).toEqual(['complete']);
    peer.say(item('s', 1), done('s'), call('2', 'subject', ['s']), item('s', 5), done('s'));
    expect(await peer.hear()).toMatchObject({ invocationId: '2', result: 5 });
    expect(hub.seen).toEqual(['complete']);
  });

  it('G08: with an item that its reader does not take ends its own call, and no other stream', async () => {
    const { peer } = await join();
    peer.say(call('1', 'checked', ['s']), call('2', 'checked', ['t']), item('t', 1), item('s', 'one'));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', error: expect.stringContaining('HubException: Send numbers.') });
    peer.say(item('s', 2), done('s'), item('t', 2), done('t'));
    expect(await peer.hear()).toMatchObject({ invocationId: '2', result: 3 });
  });

  it('fails its reader with the error that the client gives', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'failing', ['s']), item('s', 1), done('s', 'No more paper.'));
    expect(await peer.hear()).toMatchObject({ result: 'HubException: No more paper. false' });
    expect(hub.seen).toEqual([1]);
  });

  it('fails its reader when the client cancels the call', async () => {
    const { peer } = await join();
    peer.say(call('1', 'failing', ['s']), item('s', 1), { type: 5, invocationId: '1' });
    expect(await peer.hear()).toMatchObject({ result: 'OperationCanceledException: The call was canceled. true' });
  });

  it.each(['client-closed', 'cut'])('fails its reader when the connection ends: %s', async (how) => {
    const { hub, peer } = await join();
    peer.say(call('1', 'failing', ['s']), item('s', 1));
    await peer.hearsNothing();
    if (how === 'cut') await peer.hangUp();
    else peer.say({ type: 7 });
    await peer.served;
    await turns(2);
    expect(String(hub.ended)).toBe('OperationCanceledException: The underlying connection was closed.');
  });
});

describe('a call with uploads', () => {
  it.each([
    [[], 'Client sent 0 stream(s), Hub method expects 1.'],
    [['a', 'b'], 'Client sent 2 stream(s), Hub method expects 1.'],
  ])('G07: has to bring as many as the method takes: %j', async (ids, text) => {
    const { peer } = await join();
    peer.say(call('1', 'subject', ids));
    expect(await peer.hear()).toEqual(done('1', `An unexpected error occurred invoking 'subject' on the server. HubException: ${text}`));
    peer.say(call('2', 'plain', ['a']));
    expect(await peer.hear()).toMatchObject({ error: expect.stringContaining('Client sent 1 stream(s), Hub method expects 0.') });
  });

  it('G05: is refused where a stream has that id already, which goes on', async () => {
    const { peer } = await join();
    peer.say(call('1', 'subject', ['s']), item('s', 1), call('2', 'subject', ['s']));
    expect(await peer.hear()).toEqual(done('2', "Stream ID 's' is already in use."));
    peer.say(call('3', 'two', ['t', 't'], ''));
    expect(await peer.hear()).toEqual(done('3', "Stream ID 't' is already in use."));
    peer.say(item('s', 2), done('s'));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: 3 });
  });

  it('G05: is not disturbed by items and ends of streams that are none', async () => {
    const { peer } = await join();
    peer.say(item('x', 1), done('x'), done('x', 'why'), call('1', 'subject', ['s']), done('s'), item('s', 1), done('s'));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: 0 });
    expect(await peer.ask('plain')).toMatchObject({ result: 'plain' });
  });
});
