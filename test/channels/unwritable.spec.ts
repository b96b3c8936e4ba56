import { describe, expect, it } from '@jest/globals';
import { Channel, ChannelException, Channels, HandleIn, HandleOut, Join } from 'nestjs-signalr';
import { log } from '../support/app-of.js';
import { channelsOf, SOCKET } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { PlainDialect } from '../support/plain-dialect.js';
import { PlainPeer } from '../support/plain-peer.js';

/** What follows a pattern in topics that are too long for frames of bytes of Phoenix; other dialects do not mind. */
const LONG = 'x'.repeat(251);
const BYTES = Buffer.from('bytes');

const cyclic = (): object => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
};

@Channel('room:*')
class RoomChannel {
  @Join()
  join(payload?: { refused?: boolean }) {
    if (payload?.refused === true) throw new ChannelException(cyclic());
  }

  @HandleIn('throw')
  throw() {
    throw new ChannelException(cyclic());
  }
}

@Channel('kept:*', { history: {} })
class KeptChannel {
  @Join() join() {}
}

@Channel('marked:*')
class MarkedChannel {
  @Join() join() {}

  @HandleOut('said')
  out(payload: unknown) {
    return payload;
  }
}

/** A topic, somebody in it for whom bytes can be written, and somebody for whom they cannot. */
const mixed = async (topic: string): Promise<[Channels, PlainPeer, ChannelPeer]> => {
  const channels = [SOCKET, { path: '/plain', dialect: new PlainDialect() }];
  const app = await channelsOf([RoomChannel, KeptChannel, MarkedChannel], { channels });
  const first = await PlainPeer.open(app);
  return [app.get(Channels), await first.join(topic), await ChannelPeer.in(app, topic)];
};

describe('a broadcast that cannot be written for one member', () => {
  it.each([
    ['also where channels look at the event on its way out', `room:${LONG}`],
    ['also where the topic has a history', `kept:${LONG}`],
  ])('rejects, and nobody has got it: %s', async (_, topic) => {
    const [channels, first] = await mixed(topic);
    await expect(channels.broadcast(topic, 'said', BYTES)).rejects.toThrow('bytes');
    await channels.broadcast(topic, 'other', 1);
    expect(await first.next('broadcast')).toMatchObject({ broadcast: 'other' });
  });

  it('is not kept for those who come back', async () => {
    const topic = `kept:${LONG}`;
    const [channels, , second] = await mixed(topic);
    await expect(channels.broadcast(topic, 'said', BYTES)).rejects.toThrow('bytes');
    expect(await second.join(topic)).toMatchObject({ response: { recovery: { offset: 0 } } });
  });
});

describe('an error that cannot be written', () => {
  it('is answered all the same: of an event', async () => {
    const [, , peer] = await mixed('room:1');
    expect(await peer.push('room:1', 'throw')).toEqual({ status: 'error', response: { reason: 'internal error' } });
    expect(log.takeErrors()).toEqual([expect.stringContaining('a value contains itself')]);
  });

  it('is answered all the same: of a join', async () => {
    const [, , peer] = await mixed('room:1');
    expect(await peer.join('room:2', { refused: true })).toEqual({ status: 'error', response: { reason: 'join crashed' } });
    expect(log.takeErrors()).toEqual([expect.stringContaining('a value contains itself')]);
  });
});
