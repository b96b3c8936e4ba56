import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Hub, HubMethod } from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { appOf } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation } from '../support/hub-peer.js';

/** Every call waits at a gate of its own. */
@Hub('/work')
class WorkHub {
  readonly begun: string[] = [];
  private readonly gates = new Map<string, Gate>();

  gate(name: string): Gate {
    const gate = this.gates.get(name) ?? new Gate();
    this.gates.set(name, gate);
    return gate;
  }

  @HubMethod()
  async work(name: string) {
    this.begun.push(name);
    await this.gate(name).pass();
    return name;
  }

  @HubMethod()
  quick(name: string) {
    this.begun.push(name);
    return name;
  }
}

@Hub('/wide', { maximumParallelInvocationsPerClient: 3 })
class WideHub extends WorkHub {}

const works = (...names: string[]): object[] => names.map((name) => invocation(name, 'work', name));

describe('the calls of one client', () => {
  it('F08: run one after the other by default, in the order in which they came', async () => {
    const app = await appOf([WorkHub]);
    const hub = app.get(WorkHub);
    const peer = await HubPeer.join(app, WorkHub);
    peer.say(...works('a', 'b'), invocation('c', 'quick', 'c'));
    await hub.gate('a').reached;
    expect(hub.begun).toEqual(['a']);
    hub.gate('b').open();
    hub.gate('a').open();
    expect([await peer.hear(), await peer.hear(), await peer.hear()]).toMatchObject([{ result: 'a' }, { result: 'b' }, { result: 'c' }]);
    expect(hub.begun).toEqual(['a', 'b', 'c']);
  });

  it('F08: run as many at once as the option says, and the next one begins when any of them ends', async () => {
    const app = await appOf([WideHub]);
    const hub = app.get(WideHub);
    const peer = await HubPeer.join(app, WideHub);
    peer.say(...works('a', 'b', 'c', 'd', 'e'));
    await hub.gate('c').reached;
    expect(hub.begun).toEqual(['a', 'b', 'c']);
    hub.gate('b').open();
    expect(await peer.hear()).toMatchObject({ result: 'b' });
    await hub.gate('d').reached;
    expect(hub.begun).toEqual(['a', 'b', 'c', 'd']);
    hub.gate('c').open();
    expect(await peer.hear()).toMatchObject({ result: 'c' });
    await hub.gate('e').reached;
    for (const name of ['e', 'd', 'a']) {
      hub.gate(name).open();
      expect(await peer.hear()).toMatchObject({ result: name });
    }
  });

  it('give their place to the next also when they fail, or take no answer', async () => {
    const app = await appOf([WorkHub]);
    const peer = await HubPeer.join(app, WorkHub);
    peer.say(
      { type: 1, target: 'quick', arguments: ['silent'] },
      invocation('1', 'nope'),
      invocation('2', 'quick'),
      invocation('3', 'quick', 'x'),
    );
    expect([await peer.hear(), await peer.hear(), await peer.hear()]).toMatchObject([
      { error: expect.stringContaining("'nope'") },
      { error: expect.stringContaining("'quick'") },
      { result: 'x' },
    ]);
    expect(app.get(WorkHub).begun).toEqual(['silent', 'x']);
  });

  it('leave the queue in the order in which they entered it', async () => {
    const app = await appOf([WorkHub]);
    const hub = app.get(WorkHub);
    const client = await createTestClient(app, WorkHub);
    const names = Array.from({ length: 200 }, (_, index) => String(index));
    const first = client.invoke('work', 'first');
    const others = names.map((name) => client.invoke('quick', name));
    await hub.gate('first').reached;
    hub.gate('first').open();
    expect(await Promise.all([first, ...others])).toEqual(['first', ...names]);
    expect(hub.begun).toEqual(['first', ...names]);
  });

  it('take their number from the hub rather than from the module', async () => {
    const app = await appOf([WideHub, WorkHub], { maximumParallelInvocationsPerClient: 2 });
    const [wide, work] = [app.get(WideHub), app.get(WorkHub)];
    (await HubPeer.join(app, WideHub)).say(...works('a', 'b', 'c', 'd'));
    (await HubPeer.join(app, WorkHub)).say(...works('a', 'b', 'c', 'd'));
    await Promise.all([wide.gate('c').reached, work.gate('b').reached]);
    expect([wide.begun, work.begun]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b'],
    ]);
  });

  it('I08: hold up nobody else', async () => {
    const app = await appOf([WorkHub]);
    const hub = app.get(WorkHub);
    (await HubPeer.join(app, WorkHub)).say(...works('stuck'));
    await hub.gate('stuck').reached;
    expect(await (await HubPeer.join(app, WorkHub)).ask('quick', 'x')).toMatchObject({ result: 'x' });
  });
});

describe('a client that calls faster than its calls are done', () => {
  it('is not read any more until enough of them are, and none is lost', async () => {
    const app = await appOf([WorkHub], { maximumReceiveMessageSize: 512 });
    const hub = app.get(WorkHub);
    const peer = await HubPeer.join(app, WorkHub);
    const paused = once(peer.theirs, 'pause');
    peer.say(...works('first'));
    const names = Array.from({ length: 500 }, (_, index) => String(index));
    for (const name of names) peer.say(invocation(name, 'quick', name));
    await paused;
    expect(hub.begun).toEqual(['first']);
    expect(peer.stream.writableLength).toBeGreaterThan(10_000);
    hub.gate('first').open();
    for (const name of ['first', ...names]) expect(await peer.hear()).toMatchObject({ result: name });
    expect(hub.begun).toEqual(['first', ...names]);
    expect(peer.theirs.isPaused()).toBe(false);
  });

  it('is paused again, as often as it takes', async () => {
    const app = await appOf([WorkHub], { maximumReceiveMessageSize: 512 });
    const hub = app.get(WorkHub);
    const peer = await HubPeer.join(app, WorkHub);
    for (const round of ['a', 'b', 'c']) {
      const paused = once(peer.theirs, 'pause');
      peer.say(...works(round));
      for (let i = 0; i < 100; i++) peer.say({ type: 1, target: 'quick', arguments: [round] });
      await paused;
      hub.gate(round).open();
      expect(await peer.hear()).toMatchObject({ result: round });
      expect(await peer.hearsNothing()).toBe(true);
    }
    expect(hub.begun).toHaveLength(303);
  });

  it('holds up nobody else', async () => {
    const app = await appOf([WorkHub], { maximumReceiveMessageSize: 512 });
    const flooding = await HubPeer.join(app, WorkHub);
    const paused = once(flooding.theirs, 'pause');
    flooding.say(...works('stuck'), ...Array.from({ length: 100 }, () => ({ type: 1, target: 'quick', arguments: ['x'] })));
    await paused;
    expect(await (await HubPeer.join(app, WorkHub)).ask('quick', 'y')).toMatchObject({ result: 'y' });
  });

  it('may flood with what is no call: nothing of it waits', async () => {
    const app = await appOf([WorkHub], { maximumReceiveMessageSize: 512 });
    const hub = app.get(WorkHub);
    const peer = await HubPeer.join(app, WorkHub);
    peer.say(...works('slow'));
    for (let i = 0; i < 1_000; i++) peer.say({ type: 6 }, { type: 99 }, { type: 5, invocationId: String(i) });
    await hub.gate('slow').reached;
    hub.gate('slow').open();
    expect(await peer.hear()).toMatchObject({ result: 'slow' });
    expect(await peer.hearsNothing()).toBe(true);
    expect(peer.theirs.isPaused()).toBe(false);
  });
});
