import { describe, expect, it } from '@jest/globals';
import { Channel, Channels, HandleIn, Join, Leave, Reason, Topic, type LeaveReason } from 'nestjs-signalr';
import { groupName } from '../../lib/delivery/address.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelHouse } from '../support/channel-house.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { Gate } from '../support/hub-gate.js';
import { StallingClock } from '../support/stalling-clock.js';

let left: [string, string][] = [];
let gate: Gate;

@Channel('room:*')
class RoomChannel {
  @Join()
  async join(payload: { slow?: boolean } | undefined) {
    if (payload?.slow) await gate.pass();
  }

  @Leave()
  leave(@Topic() topic: string, @Reason() reason: LeaveReason) {
    left.push([topic, reason]);
  }

  @HandleIn('echo')
  echo(payload: unknown) {
    return payload;
  }

  @HandleIn('slow')
  async slow() {
    await gate.pass();
  }
}

describe('the topics of a connection', () => {
  it('M03: are 100 where nobody says otherwise: the 101st is refused, and the others live', async () => {
    const peer = await ChannelPeer.open(await channelsOf([RoomChannel]));
    for (let i = 1; i <= 100; i++) expect(await peer.join(`room:${i}`)).toMatchObject({ status: 'ok' });
    expect(await peer.join('room:101')).toEqual({ status: 'error', response: { reason: 'too many channels joined' } });
    for (const topic of ['room:1', 'room:100']) expect(await peer.push(topic, 'echo', topic)).toEqual({ status: 'ok', response: topic });
  });

  it('M01: are those that were joined: before the join, and with a ref of another, nothing is handled', async () => {
    const peer = await ChannelPeer.open(await channelsOf([RoomChannel]));
    expect(await peer.push('room:1', 'echo', 1)).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    await peer.join('room:1');
    peer.say('another', '9', 'room:1', 'echo', 1);
    expect(await peer.heard()).toEqual([]);
    await peer.leave('room:1');
    expect(await peer.push('room:1', 'echo', 1)).toMatchObject({ status: 'error' });
  });
});

describe('a join that is refused', () => {
  it('M04: leaves no member that other nodes would have to send to', async () => {
    let isOpen = false;
    const house = new ChannelHouse({
      join: () => {
        if (!isOpen) throw new Error('Closed.');
      },
    });
    const [visitor, members] = [await house.connect('ada'), () => house.core.delivery.membership.count(groupName('room:1'))];
    await visitor.join('room:1');
    expect(members()).toBe(0);
    isOpen = true;
    await visitor.join('room:1');
    expect(members()).toBe(1);
    await visitor.vanish();
    expect(members()).toBe(0);
  });
});

describe('a connection of channels that breaks', () => {
  it.each<[string, (peer: ChannelPeer) => unknown, [string, string][]]>([
    ['before it joins', () => undefined, []],
    ['while it joins', (peer) => peer.tell('room:1', 'phx_join', { slow: true }), [['room:1', 'close']]],
    ['in a topic', (peer) => peer.join('room:1'), [['room:1', 'close']]],
    ['in a handler', (peer) => peer.join('room:1').then(() => peer.tell('room:1', 'slow')), [['room:1', 'close']]],
    ['while it leaves', (peer) => peer.join('room:1').then(() => peer.tell('room:1', 'phx_leave')), [['room:1', 'leave']]],
  ])('C09: %s leaves its topics once', async (_, reach, leaves) => {
    [left, gate] = [[], new Gate()];
    const app = await channelsOf([RoomChannel]);
    const peer = await ChannelPeer.open(app);
    await reach(peer);
    peer.transport.vanish(new Error('read ECONNRESET'));
    gate.open();
    await peer.served;
    expect(left).toEqual(leaves);
    expect(await app.get(Channels).info()).toEqual({ sessions: 0, sockets: 0, topics: 0 });
  });
});

describe('a client of channels', () => {
  it('L06: is not silent while the server stood still: what it said is still to be read', async () => {
    const clock = new StallingClock();
    const peer = await ChannelPeer.in(await channelsOf([RoomChannel], { clock, channels: undefined }), 'room:1');
    await clock.advance(30_000);
    clock.lost = 120_000;
    await clock.advance(1_000);
    expect(peer.session.caller.closed).toBe(false);
    expect(await peer.push('room:1', 'echo', 1)).toMatchObject({ status: 'ok' });
    await clock.advance(59_000);
    expect(peer.session.caller.closed).toBe(false);
  });
});
