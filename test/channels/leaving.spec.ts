import { describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Channel, ChannelEndpoint, Channels, Join, Leave, phoenix, TopicClosed } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { log } from '../support/app-of.js';
import { turns } from '../support/changes.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { Gate } from '../support/hub-gate.js';

let noted: string[] = [];
/** What @Leave waits at. */
let gate: Gate;
let failure: Error | undefined;

@Channel('room:*')
class RoomChannel {
  @Join() join() {}

  @Leave()
  async leave() {
    await gate.pass();
    if (failure !== undefined) throw failure;
    noted.push('left');
  }

  @TopicClosed() closed() {
    noted.push('closed');
  }
}

@ChannelEndpoint('/socket', { dialect: phoenix() })
class UserSocket {
  onDisconnected() {
    noted.push('disconnected');
  }
}

const clock = new FakeClock();

const open = (): Promise<TestingModule> => {
  noted = [];
  gate = new Gate();
  failure = undefined;
  return channelsOf([RoomChannel, UserSocket], { clock, channels: [], disconnectTimeout: 5_000 });
};

describe('a @Leave that takes its time', () => {
  it('is waited for', async () => {
    const peer = await ChannelPeer.in(await open(), 'room:1');
    const gone = peer.hangUp();
    await gate.reached;
    await clock.advance(4_999);
    expect(noted).toEqual([]);
    gate.open();
    await gone;
    expect(noted).toEqual(['left', 'closed', 'disconnected']);
  });

  it('holds up the end of a connection no longer than disconnectTimeout', async () => {
    const app = await open();
    const peer = await ChannelPeer.in(app, 'room:1');
    await peer.join('room:2');
    const gone = peer.hangUp();
    await gate.reached;
    await clock.advance(5_000);
    await gone;
    expect(noted).toEqual(['closed', 'closed', 'disconnected']);
    expect(await app.get(Channels).info('room:1')).toMatchObject({ sockets: 0, isOpen: false });
  });

  it('holds up the next join of its client no longer either', async () => {
    const peer = await ChannelPeer.in(await open(), 'room:1');
    const left = peer.leave('room:1');
    const again = peer.join('room:1');
    await gate.reached;
    await clock.advance(5_000);
    expect([(await left).status, (await again).status]).toEqual(['ok', 'ok']);
  });

  it('may fail after that, which is logged', async () => {
    const peer = await ChannelPeer.in(await open(), 'room:1');
    const gone = peer.hangUp();
    await gate.reached;
    await clock.advance(5_000);
    await gone;
    failure = new Error('The disk is full.');
    gate.open();
    await turns(2);
    expect(log.takeErrors()).toEqual(["UserSocket: running @Leave for 'room:1' failed: The disk is full."]);
  });
});
