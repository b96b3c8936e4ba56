import { describe, expect, it } from '@jest/globals';
import { Hub, HubMethod, UploadStream } from 'nestjs-signalr';
import {
  concat,
  config,
  connectable,
  defer,
  groupBy,
  map,
  merge,
  NEVER,
  share,
  Subject,
  throwError,
  window,
  type Observable,
  type Subscription,
} from 'rxjs';
import { appOf, log } from '../support/app-of.js';
import { nextTurn } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer } from '../support/hub-peer.js';

/** What rxjs would have ended the process for. */
const unhandled: unknown[] = [];
config.onUnhandledError = (error: unknown) => unhandled.push(error);

const call = (invocationId: string, target: string, ...args: unknown[]): object => ({
  type: 1,
  invocationId,
  target,
  arguments: args,
  streamIds: ['s'],
});
const item = (invocationId: string, value: unknown): object => ({ type: 2, invocationId, item: value });
const done = (invocationId: string, error?: string): object => ({ type: 3, invocationId, error });

/** Ways to an Observable of which the upload knows nothing. Nobody handles errors. */
const ways: Record<string, (values: Subject<unknown>) => Subscription> = {
  itself: (values) => values.subscribe(() => {}),
  pipe: (values) => values.pipe(map((value) => value)).subscribe(() => {}),
  share: (values) => values.pipe(share()).subscribe(() => {}),
  asObservable: (values) => values.asObservable().subscribe(() => {}),
  'asObservable and pipe': (values) =>
    values
      .asObservable()
      .pipe(map((value) => value))
      .subscribe(() => {}),
  merge: (values) => merge(values, NEVER).subscribe(() => {}),
  concat: (values) => concat(values, [1]).subscribe(() => {}),
  defer: (values) => defer(() => values).subscribe(() => {}),
  'a Subject in between': (values) => {
    const between = new Subject<unknown>();
    between.subscribe(() => {});
    return values.subscribe(between);
  },
  connectable: (values) => {
    const shared = connectable(values);
    shared.subscribe(() => {});
    return shared.connect();
  },
  window: (values) => values.pipe(window(NEVER)).subscribe((inner) => inner.subscribe(() => {})),
  groupBy: (values) => values.pipe(groupBy(() => 1)).subscribe((inner) => inner.subscribe(() => {})),
};

@Hub('/readers')
class ReadersHub {
  readonly gate = new Gate();

  @HubMethod()
  async prefetched(@UploadStream() values: AsyncIterable<unknown>) {
    const first = values[Symbol.asyncIterator]().next();
    await this.gate.pass();
    return first.then(String, (error: Error) => error.message);
  }

  @HubMethod()
  async followed(way: string, values: Subject<unknown>) {
    ways[way](values);
    await this.gate.pass();
    return 'lives';
  }

  @HubMethod()
  careless(@UploadStream() values: Observable<string>) {
    return new Promise<string>((resolve, reject) => {
      let all = '';
      values.subscribe({
        next: (value) => (all += value.toUpperCase()),
        error: (error: Error) => reject(error),
        complete: () => resolve(all),
      });
    });
  }

  @HubMethod()
  async shut(isAtOnce: boolean, values: Subject<unknown>) {
    values.subscribe(() => {});
    values.unsubscribe();
    if (!isAtOnce) await this.gate.pass();
    return 'shut';
  }

  @HubMethod()
  upper(@UploadStream() values: UploadStream<string>) {
    return values.pipe(map((value) => value.toUpperCase()));
  }

  @HubMethod()
  plain() {
    return 'plain';
  }
}

async function join(): Promise<{ hub: ReadersHub; peer: HubPeer }> {
  const app = await appOf([ReadersHub]);
  return { hub: app.get(ReadersHub), peer: await HubPeer.join(app, ReadersHub) };
}

/** What rxjs has to say comes later than the error; after this it has been said. */
async function reported(): Promise<unknown[]> {
  const fence = new Error('of the application itself');
  throwError(() => fence).subscribe();
  while (!unhandled.includes(fence)) await nextTurn();
  return unhandled.splice(0).filter((error) => error !== fence);
}

describe('an upload that fails', () => {
  const ends: [string, object][] = [
    ['the client says so', done('s', 'No more.')],
    ['the client cancels', { type: 5, invocationId: '1' }],
  ];

  it.each(ends)('fails an item that was asked for beforehand, whenever that is awaited: %s', async (_, end) => {
    const { hub, peer } = await join();
    peer.say(call('1', 'prefetched'));
    await hub.gate.reached;
    peer.say(end);
    expect(await peer.hearsNothing()).toBe(true);
    await nextTurn();
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: expect.stringMatching(/^(No more\.|The call was canceled\.)$/) });
  });

  it.each(Object.keys(ways))('ends nothing but itself where nobody handles its error: %s', async (way) => {
    const { hub, peer } = await join();
    peer.say(call('1', 'followed', way), item('s', 1));
    await hub.gate.reached;
    peer.say(done('s', 'No more.'));
    expect(await peer.hearsNothing()).toBe(true);
    expect(await reported()).toEqual([]);
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: 'lives' });
  });
});

describe('a reader of an upload', () => {
  it('that throws is logged, and hears of later items and of the end', async () => {
    const { peer } = await join();
    peer.say(call('1', 'careless'), item('s', 'a'), item('s', null), item('s', 'b'), done('s'));
    expect(await peer.hear()).toMatchObject({ result: 'AB' });
    expect(log.takeErrors()).toEqual([expect.stringContaining('reading an upload failed')]);
  });

  it.each([true, false])('may shut it by unsubscribe: it is answered once, and its connection goes on; at once: %s', async (isAtOnce) => {
    const { hub, peer } = await join();
    peer.say(call('1', 'shut', isAtOnce), item('s', 1));
    hub.gate.open();
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'shut' });
    expect(await peer.hearsNothing()).toBe(true);
  });

  it('may shut it and be cancelled', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'shut', false));
    await hub.gate.reached;
    peer.say({ type: 5, invocationId: '1' });
    hub.gate.open();
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'shut' });
    expect(await peer.ask('plain')).toMatchObject({ result: 'plain' });
  });

  it('that answers with a stream of it ends without an error when it is cancelled', async () => {
    const { peer } = await join();
    peer.say({ ...call('1', 'upper'), type: 4 }, item('s', 'a'));
    expect(await peer.hear()).toEqual(item('1', 'A'));
    peer.say({ type: 5, invocationId: '1' });
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1' });
  });
});

describe('an upload without a name', () => {
  it('is refused: no item could say that it is one of it', async () => {
    const { peer } = await join();
    peer.say({ ...call('1', 'upper'), type: 4, streamIds: [''] });
    expect(await peer.hear()).toEqual(done('1', 'A stream ID has to be a text that is not empty.'));
  });
});
