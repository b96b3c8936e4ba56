import { describe, expect, it } from '@jest/globals';
import { peerIn, RoomChannel, TOPIC } from '../support/event-channel.js';
import { Gate } from '../support/hub-gate.js';

describe('the events of one client', () => {
  it('F08: are handled in order within a topic', async () => {
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
