import { describe, expect, it } from '@jest/globals';
import { Channel, ChannelSocket, HandleIn, Join, Leave, LeaveReason, Reason, Socket, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { nextTurn } from '../support/changes.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { Gate } from '../support/hub-gate.js';

let left: [topic: string, reason: string, status: string][] = [];

@Channel('room:*')
class RoomChannel {
  @Join() join() {}

  @HandleIn('status')
  status(_payload: unknown, @Socket() socket: ChannelSocket) {
    return socket.status;
  }
}

@Channel('slow:*')
class SlowChannel {
  static gate: Gate;

  @Join()
  async join() {
    await SlowChannel.gate.pass();
  }

  @HandleIn('ping')
  ping() {
    return 'pong';
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    left.push([socket.topic, reason, socket.status]);
  }
}

const open = async (options?: SignalRModuleOptions): Promise<ChannelPeer> => {
  left = [];
  return ChannelPeer.open(await channelsOf([RoomChannel, SlowChannel], options));
};

describe('what a client says while its join is asking', () => {
  it('waits for the answer, in order; another topic does not', async () => {
    SlowChannel.gate = new Gate();
    const peer = await open();
    const joined = peer.join('slow:1');
    const pinged = peer.push('slow:1', 'ping');
    expect(await peer.join('room:lobby')).toMatchObject({ status: 'ok' });
    expect(await peer.push('room:lobby', 'status')).toMatchObject({ status: 'ok' });
    SlowChannel.gate.open();
    expect(await joined).toMatchObject({ status: 'ok' });
    expect(await pinged).toEqual({ status: 'ok', response: 'pong' });
  });

  it('is a leave, after which it is out', async () => {
    SlowChannel.gate = new Gate();
    const peer = await open();
    const joined = peer.join('slow:1');
    const gone = peer.leave('slow:1');
    SlowChannel.gate.open();
    expect([await joined, await gone]).toEqual([
      { status: 'ok', response: {} },
      { status: 'ok', response: {} },
    ]);
    expect(left).toEqual([['slow:1', 'leave', 'leaving']]);
  });

  it('is a goodbye: @Leave runs once @Join has let it in', async () => {
    SlowChannel.gate = new Gate();
    const peer = await open();
    void peer.join('slow:1').catch(() => undefined);
    await SlowChannel.gate.reached;
    peer.transport.vanish();
    expect(left).toEqual([]);
    SlowChannel.gate.open();
    await peer.served;
    expect(left).toEqual([['slow:1', 'close', 'leaving']]);
  });

  it('is a goodbye: the end of the session does not wait for @Join for ever', async () => {
    const clock = new FakeClock();
    SlowChannel.gate = new Gate();
    const peer = await open({ clock });
    void peer.join('slow:1').catch(() => undefined);
    await SlowChannel.gate.reached;
    peer.transport.vanish();
    await clock.advance(15_000);
    await peer.served;
    expect(left).toEqual([]);
    SlowChannel.gate.open();
    while (left.length === 0) await nextTurn();
    expect(left).toEqual([['slow:1', 'close', 'leaving']]);
  });
});
