import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Channel, Channels, ChannelSocket, Join, Leave, LeaveReason, Reason, Socket } from 'nestjs-signalr';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';

let left: [string, LeaveReason][] = [];

@Channel('room:*')
class RoomChannel {
  @Join() join() {}

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    left.push([socket.topic, reason]);
  }
}

describe('Channels', () => {
  let app: TestingModule;
  let channels: Channels;

  beforeEach(async () => {
    left = [];
    app = await channelsOf([RoomChannel]);
    channels = app.get(Channels);
  });

  const ada = { user: { id: 'ada' } };

  it('broadcasts to this node alone', async () => {
    const peer = await ChannelPeer.in(app, 'room:1');
    await channels.localBroadcast('room:1', 'said', 1);
    expect(await peer.next('said')).toBe(1);
  });

  it('pushes to one session, in a topic that it is in', async () => {
    const [one, other] = [await ChannelPeer.in(app, 'room:1'), await ChannelPeer.in(app, 'room:1')];
    await channels.push(one.session.id, 'room:1', 'said', 1);
    await channels.push(one.session.id, 'room:2', 'said', 2);
    await channels.push('nobody', 'room:1', 'said', 3);
    expect(await one.heard()).toEqual([['1', null, 'room:1', 'said', 1]]);
    expect(await other.heard()).toEqual([]);
  });

  it('pushes to all sockets of a user', async () => {
    const [desk, phone, bob] = [
      await ChannelPeer.in(app, 'room:1', ada),
      await ChannelPeer.open(app, ada),
      await ChannelPeer.in(app, 'room:1'),
    ];
    await phone.join('room:2');
    await phone.join('room:3');
    await channels.toUser('ada', 'said', 1);
    expect((await desk.heard()).map(([, , topic]) => topic)).toEqual(['room:1']);
    expect((await phone.heard()).map(([, , topic]) => topic)).toEqual(['room:2', 'room:3']);
    expect(await bob.heard()).toEqual([]);
  });

  it('rejects for what cannot be pushed', async () => {
    await expect(channels.toUser('ada', '')).rejects.toThrow('The event has to be a text');
    await expect(channels.push('id', '', 'said')).rejects.toThrow('The topic has to be a text');
  });

  it('finds a session', async () => {
    const peer = await ChannelPeer.in(app, 'room:1');
    expect(await channels.session(peer.session.id)).toBe(peer.session.caller);
    const socketId = peer.session.caller.sockets[0].id;
    expect([await channels.session('nobody'), await channels.session(socketId)]).toEqual([undefined, undefined]);
    await peer.hangUp();
    expect(await channels.session(peer.session.id)).toBeUndefined();
  });

  it('closes a topic: everybody leaves, and is told', async () => {
    const peers = [await ChannelPeer.in(app, 'room:1'), await ChannelPeer.in(app, 'room:1')];
    await peers[0].join('room:2');
    expect(await channels.close('room:1')).toBe(2);
    for (const peer of peers) expect(await peer.hear()).toEqual(['1', '1', 'room:1', 'phx_close', {}]);
    expect(left).toEqual([
      ['room:1', 'close'],
      ['room:1', 'close'],
    ]);
    expect([await channels.close('room:1'), await channels.close('room:9')]).toEqual([0, 0]);
    expect(await channels.info()).toEqual({ sessions: 2, sockets: 1, topics: 1 });
  });

  it('tells how many there are', async () => {
    const peer = await ChannelPeer.in(app, 'room:1');
    await peer.join('room:2');
    await ChannelPeer.in(app, 'room:1');
    expect(await channels.info()).toEqual({ sessions: 2, sockets: 3, topics: 2 });
    expect(await channels.info('room:1')).toEqual({ topic: 'room:1', sockets: 2, isOpen: true });
    expect(await channels.info('room:9')).toEqual({ topic: 'room:9', sockets: 0, isOpen: false });
  });

  it.each<[string, (peer: ChannelPeer) => Parameters<Channels['disconnect']>[0], string[]]>([
    ['a session', (peer) => peer.session.id, ['desk']],
    ['a user', () => ({ user: 'ada' }), ['desk', 'phone']],
    ['those in a topic', () => ({ topic: 'room:1' }), ['desk', 'bob']],
    ['nobody', () => 'nobody', []],
  ])('disconnects %s', async (_, target, gone) => {
    const desk = await ChannelPeer.in(app, 'room:1', ada);
    const phone = await ChannelPeer.in(app, 'room:2', ada);
    const bob = await ChannelPeer.in(app, 'room:1');
    await bob.join('room:2');
    const count = await channels.disconnect(target(desk), { code: 4_003, reason: 'Out.' });
    const named = Object.entries({ desk, phone, bob });
    expect(named.filter(([, { session }]) => session.caller.closed).map(([name]) => name)).toEqual(gone);
    expect(count).toBe(gone.length);
    for (const [, peer] of named.filter(([name]) => gone.includes(name)))
      expect(await peer.transport.closed).toMatchObject({ code: 4_003, text: 'Out.' });
  });

  it.each([undefined, null, '', {}, { user: '' }, { user: 'ada', topic: 'room:1' }, { usr: 'ada' }, 7])(
    'disconnects nobody for what names nobody: %j',
    async (target) => {
      const peer = await ChannelPeer.in(app, 'room:1', ada);
      await expect(channels.disconnect(target as never)).rejects.toThrow('disconnect takes the id of a session, { user } or { topic }');
      expect(peer.session.caller.closed).toBe(false);
    },
  );

  it('does not take settings that do not exist, or cannot be', () => {
    expect(() => channels.with({ patience: 1 } as never)).toThrow("Unknown option 'patience' in with().");
    expect(() => channels.with({ answers: 'some' } as never)).toThrow("It has to be 'first' or 'all'.");
  });
});
