import { describe, expect, it } from '@jest/globals';
import { Channel, ChannelSocket, HandleIn, Join, Socket } from 'nestjs-signalr';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { Gate } from '../support/hub-gate.js';

const TOPIC = 'room:lobby';

@Channel('room:*')
class RoomChannel {
  static gate: Gate;
  static heard: string[] = [];

  @Join() join() {}

  @HandleIn('echo')
  echo(payload: unknown) {
    return payload;
  }

  @HandleIn('quiet')
  quiet(payload: { word: string }) {
    RoomChannel.heard.push(payload.word);
  }

  @HandleIn('slow')
  async slow(payload: { word: string }) {
    await RoomChannel.gate.pass();
    RoomChannel.heard.push(payload.word);
    return { slow: payload.word };
  }

  @HandleIn('go away')
  goAway(_payload: unknown, @Socket() socket: ChannelSocket) {
    socket.leave();
    return socket.status;
  }
}

const peerIn = async (): Promise<ChannelPeer> => {
  RoomChannel.heard = [];
  return ChannelPeer.in(await channelsOf([RoomChannel]), TOPIC);
};

describe('the events of one client', () => {
  it('are handled in order within a topic', async () => {
    RoomChannel.gate = new Gate();
    const peer = await peerIn();
    const answers = ['a', 'b', 'c'].map((word) => peer.push(TOPIC, 'slow', { word }));
    peer.tell(TOPIC, 'quiet', { word: 'd' });
    await RoomChannel.gate.reached;
    expect(RoomChannel.heard).toEqual([]);
    RoomChannel.gate.open();
    await Promise.all(answers);
    await peer.heard();
    expect(RoomChannel.heard).toEqual(['a', 'b', 'c', 'd']);
  });

  it('do not wait for those of another topic', async () => {
    RoomChannel.gate = new Gate();
    const peer = await peerIn();
    await peer.join('room:other');
    const slow = peer.push(TOPIC, 'slow', { word: 'a' });
    expect(await peer.push('room:other', 'echo', 1)).toMatchObject({ status: 'ok' });
    expect(RoomChannel.heard).toEqual([]);
    RoomChannel.gate.open();
    await slow;
  });

  it('are still handled when it hangs up after them', async () => {
    RoomChannel.gate = new Gate();
    const peer = await peerIn();
    peer.tell(TOPIC, 'slow', { word: 'a' });
    peer.tell(TOPIC, 'quiet', { word: 'b' });
    peer.transport.vanish();
    RoomChannel.gate.open();
    await peer.served;
    expect(RoomChannel.heard).toEqual(['a', 'b']);
  });
});

describe('a socket that is told to leave', () => {
  it('answers what it handles, ignores what waits, and closes', async () => {
    const peer = await peerIn();
    peer.say('1', '8', TOPIC, 'go away', {});
    peer.say('1', '9', TOPIC, 'echo', {});
    expect(await peer.hearing(2)).toEqual([
      ['1', '8', TOPIC, 'phx_reply', { status: 'ok', response: 'leaving' }],
      ['1', '1', TOPIC, 'phx_close', {}],
    ]);
    expect(await peer.push(TOPIC, 'echo')).toMatchObject({ response: { reason: 'unmatched topic' } });
  });
});
