import { describe, expect, it } from '@jest/globals';
import { Hub, HubMethod, UploadStream, type HubOptions, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { map, Observable, Subject, take } from 'rxjs';
import { appOf, log } from '../support/app-of.js';
import { nextTurn, turns } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, type Heard } from '../support/hub-peer.js';

const call = (invocationId: string, target: string, ...streamIds: string[]): object => ({
  type: 1,
  invocationId,
  target,
  arguments: [],
  streamIds,
});
const item = (invocationId: string, value: unknown): object => ({ type: 2, invocationId, item: value });
const items = (count: number, value: unknown): object[] => Array.from({ length: count }, () => item('s', value));
const done = (invocationId: string, error?: string): object => ({ type: 3, invocationId, error });
const KILOBYTE = 'x'.repeat(1_000);

/** The client is not read, and that is not only the turn of others. */
async function heldBack({ theirs }: HubPeer): Promise<void> {
  for (let still = 0; still < 5; still = theirs.isPaused() ? still + 1 : 0) await nextTurn();
}

async function readAgain({ theirs }: HubPeer): Promise<void> {
  while (theirs.isPaused()) await nextTurn();
}

@Hub('/pressure')
class PressureHub {
  readonly gate = new Gate();
  readonly turn = new Gate();
  readonly seen: unknown[] = [];

  @HubMethod()
  async slow(@UploadStream() values: AsyncIterable<unknown>) {
    let count = 0;
    await this.gate.pass();
    try {
      for await (const _ of values) count++;
      return `all ${count}`;
    } catch (error) {
      return `${count} and ${(error as Error).message}`;
    }
  }

  @HubMethod()
  async unread(values: Subject<unknown>) {
    await this.gate.pass();
    return values.observed ? 'read' : 'did not read';
  }

  @HubMethod()
  async careless(values: Observable<string | null>, piped: Observable<string | null>) {
    values.subscribe((value) => this.seen.push(value!.length));
    piped.pipe(map((value) => value!.length)).subscribe((length) => this.seen.push(length));
    await this.gate.pass();
  }

  @HubMethod()
  async first(values: Observable<unknown>) {
    values.pipe(take(1)).subscribe((value) => this.seen.push(value));
    await this.gate.pass();
    return 'went on';
  }

  @HubMethod()
  async wait() {
    await this.turn.pass();
  }

  @HubMethod()
  plain() {
    return 'plain';
  }
}

/** The next that is no ping. */
async function answer(peer: HubPeer): Promise<Heard> {
  const heard = await peer.hear();
  return heard['type'] === 6 ? answer(peer) : heard;
}

interface Scene {
  clock: FakeClock;
  hub: PressureHub;
  peer: HubPeer;
}

async function join(options: HubOptions & SignalRModuleOptions = {}): Promise<Scene> {
  const clock = new FakeClock();
  const app = await appOf([PressureHub], { clock, ...options });
  return { clock, hub: app.get(PressureHub), peer: await HubPeer.join(app, PressureHub) };
}

describe('an upload that is not read', () => {
  it('G06: leaves everything else of the connection going', async () => {
    const { peer } = await join();
    peer.say(call('1', 'unread', 's'), ...items(40, KILOBYTE));
    expect(await peer.ask('plain')).toMatchObject({ result: 'plain' });
    await readAgain(peer);
    expect(peer.theirs.isPaused()).toBe(false);
  });

  it('G06: holds back its client when the backlog is full, and lets it go on when half of that is read', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'slow', 's'), ...items(90, KILOBYTE));
    await heldBack(peer);
    peer.say(...items(30, KILOBYTE), done('s'));
    await turns(5);
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: 'all 120' });
    await readAgain(peer);
    expect(peer.theirs.isPaused()).toBe(false);
  });

  it('holds back its client for a great many items of next to no bytes as well', async () => {
    const { peer } = await join();
    peer.say(call('1', 'slow', 's'), ...items(1_000, 0));
    await heldBack(peer);
    expect(peer.heard).toEqual([{}]);
  });

  it('honours uploadBacklog', async () => {
    const { hub, peer } = await join({ uploadBacklog: 5_000 });
    peer.say(call('1', 'slow', 's'), ...items(20, KILOBYTE), done('s'));
    await heldBack(peer);
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: 'all 20' });
  });

  it('G06: is pinged while it is held back, and its silence is not counted', async () => {
    const { clock, hub, peer } = await join({ uploadBacklog: 2_000, uploadItemTimeout: 300_000 });
    peer.say({ type: 6 }, call('1', 'slow', 's'), ...items(20, KILOBYTE), done('s'));
    await heldBack(peer);
    await clock.advance(120_000);
    expect(await peer.hear()).toEqual({ type: 6 });
    hub.gate.open();
    expect(await answer(peer)).toMatchObject({ result: 'all 20' });
  });

  it('ends with an error after uploadItemTimeout, and its call goes on', async () => {
    const { clock, hub, peer } = await join();
    peer.say(call('1', 'slow', 's'), ...items(90, KILOBYTE));
    await heldBack(peer);
    await hub.gate.reached;
    await clock.advance(4_000);
    expect(peer.theirs.isPaused()).toBe(true);
    await clock.advance(1_000);
    await readAgain(peer);
    expect(peer.theirs.isPaused()).toBe(false);
    peer.say(...items(1, KILOBYTE), done('s'));
    expect(await peer.ask('plain')).toMatchObject({ result: 'plain' });
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: '10 and The upload was not read in time.' });
  });

  it('honours uploadItemTimeout and streamBufferCapacity', async () => {
    const { clock, hub, peer } = await join({ uploadItemTimeout: 9_000, streamBufferCapacity: 2 });
    peer.say(call('1', 'slow', 's'), ...items(3, 1), done('s'));
    await peer.ask('plain');
    await clock.advance(8_000);
    await clock.advance(1_000);
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: '2 and The upload was not read in time.' });
  });

  it('has time as long as its reader has room for it', async () => {
    const { clock, hub, peer } = await join();
    peer.say(call('1', 'slow', 's'), ...items(10, 1));
    await peer.ask('plain');
    await clock.advance(20_000);
    peer.say(...items(1, 1), done('s'));
    await peer.ask('plain');
    await clock.advance(4_000);
    hub.gate.open();
    expect(await answer(peer)).toMatchObject({ result: 'all 11' });
  });

  it('has its time from when its call begins', async () => {
    const { clock, hub, peer } = await join();
    peer.say({ type: 1, invocationId: '0', target: 'wait', arguments: [] }, call('1', 'slow', 's'), ...items(20, 1), done('s'));
    await hub.turn.reached;
    await clock.advance(20_000);
    hub.turn.open();
    expect(await answer(peer)).toMatchObject({ invocationId: '0' });
    await hub.gate.reached;
    await clock.advance(4_000);
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: 'all 20' });
  });

  it('takes no room any more when its call is over', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'unread', 's'), ...items(90, KILOBYTE));
    await heldBack(peer);
    expect(peer.theirs.isPaused()).toBe(true);
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: 'did not read' });
    expect(await peer.ask('plain')).toMatchObject({ result: 'plain' });
    await readAgain(peer);
    expect(peer.theirs.isPaused()).toBe(false);
  });

  it('is kept for nobody once its only reader has left', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'first', 's'), ...items(90, KILOBYTE));
    expect(await peer.ask('plain')).toMatchObject({ result: 'plain' });
    expect(hub.seen).toEqual([KILOBYTE]);
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ result: 'went on' });
  });
});

describe('a subscriber of an upload', () => {
  it('may be careless about what a client sends: that is logged, and it gets what comes later', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'careless', 's', 't'), item('s', 'abc'), item('t', 'ab'), item('s', null), item('t', null), item('s', 'x'));
    await peer.ask('plain');
    expect(hub.seen).toEqual([3, 1, 2]);
    expect(log.takeErrors()).toHaveLength(2);
  });

  it('may be careless about errors: those of a client are not logged', async () => {
    const { hub, peer } = await join();
    peer.say(call('1', 'careless', 's', 't'), done('s', 'why'), done('t', 'why'));
    await peer.ask('plain');
    hub.gate.open();
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: null });
  });
});

describe('the streams of a connection', () => {
  it('G01: are at most limits.streamsPerConnection, until their call is over', async () => {
    const { hub, peer } = await join({ limits: { streamsPerConnection: 2 } });
    peer.say(call('1', 'unread', 'a'), done('a'), call('2', 'careless', 'b', 'c'));
    expect(await peer.hear()).toMatchObject({ invocationId: '2', error: expect.stringContaining('streams are running') });
    peer.say(call('3', 'unread', 'd'), call('4', 'unread', 'e'));
    expect(await peer.hear()).toMatchObject({ invocationId: '4', error: expect.stringContaining('running on this connection') });
    hub.gate.open();
    await peer.hear();
    await peer.hear();
    peer.say(call('5', 'unread', 'f'));
    expect(await peer.hear()).toMatchObject({ invocationId: '5', result: 'did not read' });
  });
});
