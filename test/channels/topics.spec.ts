import { describe, expect, it } from '@jest/globals';
import { Channel, Channels, ChannelSocket, Join, Leave, Socket, Topic, TopicClosed, TopicOpened } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { log } from '../support/app-of.js';
import { turns } from '../support/changes.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { Gate } from '../support/hub-gate.js';

let noted: string[] = [];

@Channel('room:*')
class RoomChannel {
  @Join()
  join(_payload: unknown, @Socket() socket: ChannelSocket) {
    noted.push(`join ${socket.subtopic}`);
    if (socket.subtopic === 'refused') throw new Error('No.');
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket) {
    noted.push(`leave ${socket.subtopic}`);
  }

  @TopicOpened()
  opened(@Topic() topic: string) {
    noted.push(`opened ${topic}`);
  }

  @TopicClosed()
  closed(topic: string) {
    noted.push(`closed ${topic}`);
  }
}

@Channel('kept:*', { expiresAfter: 5_000 })
class KeptChannel {
  @Join() join() {}
  @TopicOpened() opened(@Topic() topic: string) {
    noted.push(`opened ${topic}`);
  }
  @TopicClosed() closed(@Topic() topic: string) {
    noted.push(`closed ${topic}`);
  }
}

@Channel('slow:*')
class SlowChannel {
  static gates: Gate[] = [];

  @Join() join() {}

  @TopicOpened() async opened() {
    noted.push('opening');
    await SlowChannel.gates.shift()?.pass();
    noted.push('opened');
  }

  @TopicClosed() async closed() {
    noted.push('closing');
    await SlowChannel.gates.shift()?.pass();
    noted.push('closed');
  }
}

@Channel('faulty')
class FaultyChannel {
  @Join() join() {}
  @TopicOpened() opened() {
    throw new Error('It sticks.');
  }
  @TopicClosed() async closed() {
    throw new Error('It sticks, too.');
  }
}

const clock = new FakeClock();

const open = async (): Promise<ReturnType<typeof channelsOf>> => {
  noted = [];
  return channelsOf([RoomChannel, KeptChannel, SlowChannel, FaultyChannel], { clock });
};

describe('a topic', () => {
  it('is opened by its first socket and closed by its last', async () => {
    const app = await open();
    const [ada, bob] = [await ChannelPeer.in(app, 'room:1'), await ChannelPeer.in(app, 'room:1')];
    await ada.leave('room:1');
    expect(noted).toEqual(['join 1', 'opened room:1', 'join 1', 'leave 1']);
    await bob.hangUp();
    expect(noted.slice(4)).toEqual(['leave 1', 'closed room:1']);
    await ChannelPeer.in(app, 'room:1');
    expect(noted.slice(6)).toEqual(['join 1', 'opened room:1']);
  });

  it('is not opened by a join that is refused', async () => {
    const app = await open();
    await (await ChannelPeer.open(app)).join('room:refused');
    expect(noted).toEqual(['join refused']);
    log.takeErrors();
  });

  it('closes and opens again when its only socket joins again', async () => {
    const peer = await ChannelPeer.in(await open(), 'room:1');
    await peer.join('room:1');
    expect(noted.slice(2)).toEqual(['leave 1', 'closed room:1', 'join 1', 'opened room:1']);
  });

  it('stays open for expiresAfter when everybody has left', async () => {
    const app = await open();
    await (await ChannelPeer.in(app, 'kept:1')).hangUp();
    await clock.advance(4_000);
    expect(await app.get(Channels).info('kept:1')).toEqual({ topic: 'kept:1', sockets: 0, isOpen: true });
    await clock.advance(2_000);
    expect(noted).toEqual(['opened kept:1', 'closed kept:1']);
    expect(await app.get(Channels).info('kept:1')).toMatchObject({ isOpen: false });
  });

  it('stays open where somebody comes in time, and has its time again', async () => {
    const app = await open();
    await (await ChannelPeer.in(app, 'kept:1')).hangUp();
    await clock.advance(4_000);
    const peer = await ChannelPeer.in(app, 'kept:1');
    await clock.advance(10_000);
    await peer.hangUp();
    await clock.advance(4_000);
    expect(noted).toEqual(['opened kept:1']);
    await clock.advance(2_000);
    expect(noted).toEqual(['opened kept:1', 'closed kept:1']);
  });

  it('is closed at the end of the application, whatever its time', async () => {
    const app = await open();
    await ChannelPeer.in(app, 'room:1');
    await (await ChannelPeer.in(app, 'kept:1')).hangUp();
    await app.close();
    expect(noted).toEqual(expect.arrayContaining(['closed room:1', 'closed kept:1']));
  });

  it('is open before a join of it is answered', async () => {
    const app = await open();
    const gate = new Gate();
    SlowChannel.gates = [gate];
    const [ada, bob] = [await ChannelPeer.open(app), await ChannelPeer.open(app)];
    const joined = [ada.join('slow:1'), bob.join('slow:1')];
    await gate.reached;
    expect([...(await ada.heard()), ...(await bob.heard())]).toEqual([]);
    gate.open();
    await Promise.all(joined);
    expect(noted).toEqual(['opening', 'opened']);
  });

  it('runs its hooks one after the other', async () => {
    const app = await open();
    const [first, second] = [new Gate(), new Gate()];
    SlowChannel.gates = [first, second];
    first.open();
    const ada = await ChannelPeer.in(app, 'slow:1');
    await ada.hangUp();
    const bob = await ChannelPeer.open(app);
    const joined = bob.join('slow:1');
    await turns(3);
    expect(noted).toEqual(['opening', 'opened', 'closing']);
    second.open();
    await joined;
    expect(noted).toEqual(['opening', 'opened', 'closing', 'closed', 'opening', 'opened']);
  });

  it('opens and closes though its hooks fail, which the log says', async () => {
    const app = await open();
    const peer = await ChannelPeer.in(app, 'faulty');
    await peer.hangUp();
    await turns(2);
    expect(log.takeErrors()).toEqual([
      "FaultyChannel: running @TopicOpened for 'faulty' failed: It sticks.",
      "FaultyChannel: running @TopicClosed for 'faulty' failed: It sticks, too.",
    ]);
    expect(await app.get(Channels).info()).toEqual({ sessions: 0, sockets: 0, topics: 0 });
  });
});
