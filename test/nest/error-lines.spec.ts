import { describe, expect, it } from '@jest/globals';
import { Channel, Hub, HubMethod, Join, phoenix } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { HubPeer } from '../support/hub-peer.js';
import { PhoenixClient } from '../support/phoenix-client.js';

@Hub('/broken')
class BrokenHub {
  @HubMethod()
  length(value: { text: string }) {
    return value.text.length;
  }

  @HubMethod()
  repeat(text: string) {
    throw new Error(text);
  }

  @HubMethod()
  other() {
    throw new Error('The disk is full.');
  }
}

@Channel('room:*')
class BrokenChannel {
  @Join()
  join(payload: { name: { first: string } }) {
    return { first: payload.name.first };
  }
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

describe('the lines of errors', () => {
  it('F10: are one in a second for calls that fail alike, with its stack, and then how many more there were', async () => {
    const clock = new FakeClock();
    const peer = await HubPeer.join(await appOf([BrokenHub], { clock }), BrokenHub);
    peer.say(...times(5_000, () => ({ type: 1, target: 'length', arguments: [{}] })));
    await peer.ask('length', {});
    const [line] = log.lines.filter(({ level }) => level === 'error');
    expect(line.others[0]).toMatch(/^TypeError: .*\n +at .*length/);
    const text = "BrokenHub: invoking 'length' failed: Cannot read properties of undefined (reading 'length')";
    expect(log.takeErrors()).toEqual([text]);
    await clock.advance(1_000);
    expect(log.takeErrors()).toEqual([`${text} (and 5000 more like this)`]);
    await clock.advance(60_000);
    await peer.ask('length', {});
    expect(log.takeErrors()).toEqual([text]);
  });

  it('lose nothing that is different: another method, or another text', async () => {
    const clock = new FakeClock();
    const peer = await HubPeer.join(await appOf([BrokenHub], { clock }), BrokenHub);
    peer.say(...times(100, () => ({ type: 1, target: 'length', arguments: [{}] })));
    for (const [method, ...values] of [['other'], ['repeat', 'one'], ['repeat', 'two']]) await peer.ask(method, ...values);
    expect(log.takeErrors().slice(1)).toEqual([
      "BrokenHub: invoking 'other' failed: The disk is full.",
      "BrokenHub: invoking 'repeat' failed: one",
      "BrokenHub: invoking 'repeat' failed: two",
    ]);
    await clock.advance(1_000);
    expect(log.takeErrors()).toHaveLength(1);
  });

  it('N01: are a few in a second also for texts that a client makes up, and do not hide what is not its own', async () => {
    const clock = new FakeClock();
    const peer = await HubPeer.join(await appOf([BrokenHub], { clock }), BrokenHub);
    for (const text of times(1_000, (index) => `${index}\n    at made.up:${index}`)) await peer.ask('repeat', text);
    await peer.ask('other');
    const lines = log.takeErrors();
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe("BrokenHub: invoking 'other' failed: The disk is full.");
    await clock.advance(1_000);
    expect(log.takeErrors()).toEqual(['BrokenHub: 989 more failures in the same place, with other texts']);
  });

  it('are a few in a second whatever clients of channels call their topics', async () => {
    const clock = new FakeClock();
    const client = await PhoenixClient.open(
      await channelsOf([BrokenChannel], { clock, channels: [{ path: '/other', dialect: phoenix() }] }),
      '2.0.0',
    );
    for (const topic of times(50, (index) => `room:${index}`)) await client.join(topic);
    expect(log.takeErrors()).toHaveLength(11);
    await clock.advance(1_000);
    expect(log.takeErrors()).toEqual([expect.stringMatching(/: 39 more failures in the same place, with other texts$/)]);
  });

  it('are told at the end of the application, where the second is not over', async () => {
    const app = await appOf([BrokenHub], { clock: new FakeClock() });
    const peer = await HubPeer.join(app, BrokenHub);
    for (let time = 0; time < 3; time++) await peer.ask('other');
    log.takeErrors();
    await app.close();
    expect(log.takeErrors()).toEqual(["BrokenHub: invoking 'other' failed: The disk is full. (and 2 more like this)"]);
  });
});
