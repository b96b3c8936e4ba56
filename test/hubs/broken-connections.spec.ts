import { describe, expect, it } from '@jest/globals';
import {
  Hub,
  HubConnections,
  HubMethod,
  type HubCallerContext,
  InjectHubGroups,
  type HubGroups,
  type OnConnected,
  type OnDisconnected,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { NEVER } from 'rxjs';
import type { Cancel } from '../../lib/common/clock.js';
import { appOf, log } from '../support/app-of.js';
import { HANDSHAKE, HubPeer, invocation } from '../support/hub-peer.js';

/** Knows how many timers and listeners it still has. */
class CountingClock extends FakeClock {
  private readonly held = new Set<() => void>();

  get size(): number {
    return this.held.size;
  }

  override after(milliseconds: number, task: () => void): Cancel {
    const cancel = this.hold(super.after(milliseconds, () => (cancel(), task())));
    return cancel;
  }

  override onTick(task: (now: number) => void): Cancel {
    return this.hold(super.onTick(task));
  }

  private hold(letGo: Cancel): Cancel {
    const cancel = (): void => {
      this.held.delete(cancel);
      letGo();
    };
    this.held.add(cancel);
    return cancel;
  }
}

/** Lets everybody into a group, and then refuses whoever is unwelcome. */
@Hub('/strict')
class StrictHub implements OnConnected, OnDisconnected {
  readonly gone: (Error | undefined)[] = [];
  isOpen = true;

  constructor(@InjectHubGroups(StrictHub) private readonly groups: HubGroups) {}

  async onConnected(caller: HubCallerContext<{ id: string } | undefined>) {
    await caller.groups.add('lobby');
    if (caller.userIdentifier !== undefined) await this.groups.addUser(caller.userIdentifier, 'members');
    if (!this.isOpen) throw new Error('Closed for today.');
  }

  onDisconnected(_: HubCallerContext, error?: Error) {
    this.gone.push(error);
  }

  @HubMethod()
  forever() {
    return NEVER;
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }
}

async function strict(clock = new FakeClock()) {
  const app = await appOf([StrictHub], { clock });
  return { app, hub: app.get(StrictHub), connections: app.get(HubConnections), clock };
}

describe('a connection that onConnected has refused', () => {
  it('F07: is in none of the groups that it was added to before, and onDisconnected does not run', async () => {
    const { app, hub, connections } = await strict();
    hub.isOpen = false;
    const peer = await HubPeer.join(app, StrictHub, { user: { id: 'ada' } });
    await peer.served;
    expect(log.takeErrors()).toHaveLength(1);
    const counts = ['lobby', 'members'].map((group) => connections.count({ group }));
    expect(await Promise.all(counts)).toEqual([0, 0]);
    expect([await connections.count(), await connections.isOnline('ada'), hub.gone]).toEqual([0, false, []]);
  });
});

describe('a connection that breaks', () => {
  it('C09: while it streams, and while it is being closed, is told to onDisconnected once', async () => {
    const { app, hub } = await strict();
    const reset = new Error('read ECONNRESET');
    const [streaming, closing] = [await HubPeer.join(app, StrictHub), await HubPeer.join(app, StrictHub)];
    streaming.say({ type: 4, invocationId: '1', target: 'forever', arguments: [] });
    await streaming.ask('echo', 1);
    closing.say({ type: 7 });
    for (const { theirs } of [streaming, closing]) theirs.destroy(reset);
    await Promise.all([streaming.served, closing.served]);
    expect(hub.gone).toHaveLength(2);
  });
});

describe('connections that come and go', () => {
  /** Goes in one of the ways in which clients go. */
  const visit = async (app: Awaited<ReturnType<typeof strict>>['app'], turn: number): Promise<void> => {
    const peer = HubPeer.open(app, StrictHub, { user: { id: `user ${turn}` } });
    if (turn % 4 > 0) peer.write(HANDSHAKE);
    if (turn % 4 > 1) peer.say(invocation('1', 'echo', turn), { type: 4, invocationId: '2', target: 'forever', arguments: [] });
    if (turn % 4 === 3) peer.say({ type: 7 });
    await peer.hangUp();
  };

  it('I07: leave nothing behind: no members, no timers, nobody who listens to the clock', async () => {
    const clock = new CountingClock();
    const { app, hub, connections } = await strict(clock);
    await visit(app, 3);
    await clock.advance(60_000);
    const before = clock.size;
    for (let turn = 0; turn < 200; turn++) await visit(app, turn);
    await clock.advance(60_000);
    expect(clock.size).toBe(before);
    expect([await connections.count(), await connections.count({ group: 'lobby' })]).toEqual([0, 0]);
    expect([...(await connections.users())]).toEqual([]);
    expect(hub.gone).toHaveLength(151);
  });
});
