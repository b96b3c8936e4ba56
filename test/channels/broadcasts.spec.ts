import { describe, expect, it, jest } from '@jest/globals';
import { Channel, Channels, ChannelSocket, HandleIn, HandleOut, Join, Leave, Socket, Subscribe } from 'nestjs-signalr';
import { PhoenixV2Codec } from '../../lib/channels/dialects/phoenix.v2.js';
import { log } from '../support/app-of.js';
import { turns } from '../support/changes.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { Gate } from '../support/hub-gate.js';

const TOPIC = 'room:lobby';

@Channel('room:*')
@Subscribe('room:*', 'news')
class RoomChannel {
  @Join()
  join(payload: { name?: string }, @Socket() socket: ChannelSocket) {
    socket.set('name', payload.name);
  }

  @HandleIn('say')
  async say(payload: unknown, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', payload);
    return 'done';
  }

  @HandleIn('others')
  async others(payload: unknown, @Socket() socket: ChannelSocket) {
    await socket.broadcastFrom('said', payload);
    return 'done';
  }

  @Leave()
  async leave(@Socket() socket: ChannelSocket) {
    await socket.broadcast('left', { name: socket.get('name') ?? null });
  }
}

/** What its @HandleOut does. */
let mark: (payload: { text: string; by?: unknown[] }, socket: ChannelSocket) => unknown = (payload) => payload;

@Channel('marked:*')
class MarkedChannel {
  @Join()
  join(payload: { name?: string }, @Socket() socket: ChannelSocket) {
    socket.set('name', payload.name);
  }

  @HandleOut('said', 'whispered:*')
  out(payload: { text: string }, @Socket() socket: ChannelSocket) {
    return mark(payload, socket);
  }
}

const open = async (...topics: string[]): Promise<[Channels, ...ChannelPeer[]]> => {
  const app = await channelsOf([RoomChannel, MarkedChannel]);
  const peers = [];
  for (const topic of topics) peers.push(await ChannelPeer.in(app, topic));
  return [app.get(Channels), ...peers];
};

describe('a broadcast', () => {
  it('reaches every member of its topic, the sender among them, and nobody else', async () => {
    const [, ada, bob, eve] = await open(TOPIC, TOPIC, 'room:other');
    expect(await ada.push(TOPIC, 'say', { text: 'hi' })).toMatchObject({ status: 'ok' });
    for (const peer of [ada, bob]) expect(await peer.next('said')).toEqual({ text: 'hi' });
    expect(await eve.heard()).toEqual([]);
  });

  it('names no join and no ref', async () => {
    const [channels, ada] = await open(TOPIC);
    await channels.broadcast(TOPIC, 'said', { text: 'hi' });
    expect(await ada.hear()).toEqual([null, null, TOPIC, 'said', { text: 'hi' }]);
  });

  it('from a socket reaches the others alone', async () => {
    const [, ada, bob] = await open(TOPIC, TOPIC);
    await ada.push(TOPIC, 'others', { text: 'hi' });
    expect(await bob.next('said')).toEqual({ text: 'hi' });
    expect(await ada.heard()).toEqual([]);
  });

  it('inside @Leave reaches those who stay', async () => {
    const [, ada, bob] = await open(TOPIC, TOPIC);
    await ada.hangUp();
    expect(await bob.next('left')).toEqual({ name: null });
  });

  it('is written once for all who speak the same, and handed on as one payload', async () => {
    const [channels, ...peers] = await open(TOPIC, TOPIC, TOPIC);
    const write = jest.spyOn(PhoenixV2Codec.prototype, 'write');
    await channels.broadcast(TOPIC, 'said', { text: 'hi' });
    await turns(1);
    expect(write).toHaveBeenCalledTimes(1);
    expect(peers.map(({ transport }) => transport.shared)).toEqual([1, 1, 1]);
    write.mockRestore();
  });

  it('is not written for nobody', async () => {
    const [channels] = await open();
    const write = jest.spyOn(PhoenixV2Codec.prototype, 'write');
    await channels.broadcast(TOPIC, 'said', {});
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
  });

  it('reaches clients of every version, each in its own form', async () => {
    const app = await channelsOf([RoomChannel]);
    const [two, one] = [await ChannelPeer.in(app, TOPIC), await ChannelPeer.open(app, { query: '' })];
    one.transport.send(JSON.stringify({ topic: TOPIC, event: 'phx_join', payload: {}, ref: '1' }));
    await turns(3);
    await app.get(Channels).broadcast(TOPIC, 'said', { text: 'hi' });
    expect(await two.next('said')).toEqual({ text: 'hi' });
    expect(one.documents.map((document) => JSON.parse(String(document)) as unknown)).toEqual([
      { topic: TOPIC, event: 'phx_reply', payload: { status: 'ok', response: {} }, ref: '1' },
      { topic: TOPIC, event: 'said', payload: { text: 'hi' }, ref: null },
    ]);
  });

  it('of bytes is bytes, and base64 for clients of the first version', async () => {
    const app = await channelsOf([RoomChannel]);
    const [two, one] = [await ChannelPeer.in(app, TOPIC), await ChannelPeer.open(app, { query: 'vsn=1.0.0' })];
    one.transport.send(JSON.stringify({ topic: TOPIC, event: 'phx_join', payload: {}, ref: '1' }));
    await turns(3);
    await app.get(Channels).broadcast(TOPIC, 'said', Buffer.from([1, 2, 255]));
    expect(Buffer.from(await two.hearBytes())).toEqual(Buffer.from(`\u0002\u000a\u0004${TOPIC}said\u0001\u0002ÿ`, 'latin1'));
    expect(one.documents.at(-1)).toContain('"payload":"AQL/"');
  });

  it('rejects for what cannot be written, and reaches nobody', async () => {
    const [channels, ada] = await open(TOPIC);
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    await expect(channels.broadcast(TOPIC, 'said', cyclic)).rejects.toThrow('a value contains itself');
    expect(await ada.heard()).toEqual([]);
  });

  it('that nobody waits for and cannot be written is logged, once', async () => {
    const [channels] = await open(TOPIC);
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    void channels.broadcast(TOPIC, 'said', cyclic);
    await turns(2);
    expect(log.takeErrors()).toEqual([expect.stringContaining("Channels: broadcasting 'said' failed")]);
  });

  it.each(['', undefined, 7])('needs a topic and an event: %p', async (name) => {
    const [channels] = await open();
    await expect(channels.broadcast(name as string, 'said')).rejects.toThrow('The topic has to be a text that is not empty.');
    await expect(channels.broadcast(TOPIC, name as string)).rejects.toThrow('The event has to be a text that is not empty.');
  });

  it('of several arguments is a list in dialects with one payload', async () => {
    const [channels, ada] = await open(TOPIC);
    await channels.broadcast(TOPIC, 'said', 1, 'two', [3]);
    await channels.broadcast(TOPIC, 'said');
    expect([await ada.next('said'), await ada.next('said')]).toEqual([[1, 'two', [3]], {}]);
  });
});

describe('what is published on a topic', () => {
  it('reaches its sockets as the event of @Subscribe', async () => {
    const [channels, ada, eve] = await open(TOPIC, 'room:other');
    await channels.publish(TOPIC, { headline: 'hi' });
    expect(await ada.hear()).toEqual([null, null, TOPIC, 'news', { headline: 'hi' }]);
    expect(await eve.heard()).toEqual([]);
  });

  it('reaches nobody where no channel subscribes', async () => {
    const [channels, ada] = await open('marked:1');
    await channels.publish('marked:1', { headline: 'hi' });
    expect(await ada.heard()).toEqual([]);
  });
});

describe('@HandleOut', () => {
  const join = async (...names: string[]): Promise<[Channels, ...ChannelPeer[]]> => {
    const app = await channelsOf([RoomChannel, MarkedChannel]);
    const peers = await Promise.all(names.map(() => ChannelPeer.open(app)));
    for (const [index, name] of names.entries()) await peers[index].join('marked:1', { name });
    return [app.get(Channels), ...peers];
  };

  it('gives each recipient a payload of its own', async () => {
    mark = ({ text }, socket) => ({ text, for: socket.get('name') });
    const [channels, ada, bob] = await join('ada', 'bob');
    await channels.broadcast('marked:1', 'said', { text: 'hi' });
    expect(await ada.hear()).toEqual(['1', null, 'marked:1', 'said', { text: 'hi', for: 'ada' }]);
    expect(await bob.next('said')).toEqual({ text: 'hi', for: 'bob' });
  });

  it('withholds it where it returns nothing', async () => {
    mark = (payload, socket) => (socket.get('name') === 'ada' ? undefined : payload);
    const [channels, ada, bob] = await join('ada', 'bob');
    await channels.broadcast('marked:1', 'said', { text: 'hi' });
    await channels.broadcast('marked:1', 'whispered:low', { text: 'psst' });
    expect([await bob.next('said'), await bob.next('whispered:low')]).toEqual([{ text: 'hi' }, { text: 'psst' }]);
    expect(await ada.heard()).toEqual([]);
  });

  it('may change what it is given, which is a copy', async () => {
    mark = (payload, socket) => {
      (payload.by ??= []).push(socket.get('name'));
      return payload;
    };
    const [channels, ada, bob] = await join('ada', 'bob');
    const payload = { text: 'hi' };
    await channels.broadcast('marked:1', 'said', payload);
    expect([await ada.next('said'), await bob.next('said'), payload]).toEqual([
      { text: 'hi', by: ['ada'] },
      { text: 'hi', by: ['bob'] },
      { text: 'hi' },
    ]);
  });

  it('gets bytes as bytes, whichever form they were given in', async () => {
    const given: unknown[] = [];
    mark = (payload) => void given.push(payload);
    const [channels] = await join('ada');
    for (const bytes of [Buffer.from('abc'), new Uint8Array([97, 98, 99]).buffer]) await channels.broadcast('marked:1', 'said', bytes);
    expect(given).toEqual([Buffer.from('abc'), Buffer.from('abc')]);
  });

  it('has no say in other events, and none in other channels', async () => {
    mark = () => undefined;
    const [channels, ada] = await join('ada');
    await ada.join(TOPIC);
    await channels.broadcast('marked:1', 'other', 1);
    await channels.broadcast(TOPIC, 'said', 2);
    expect([await ada.next('other'), await ada.next('said')]).toEqual([1, 2]);
  });

  it('that takes its time keeps the order of what is said', async () => {
    const gate = new Gate();
    mark = async (payload) => {
      if (payload.text === 'slow') await gate.pass();
      return payload;
    };
    const [channels, ada] = await join('ada');
    await channels.broadcast('marked:1', 'said', { text: 'slow' });
    await channels.broadcast('marked:1', 'other', 1);
    await channels.broadcast('marked:1', 'said', { text: 'quick' });
    await channels.push(ada.session.id, 'marked:1', 'pushed', 2);
    expect(await ada.heard()).toEqual([]);
    gate.open();
    expect((await ada.hearing(4)).map(([, , , event, payload]) => [event, payload])).toEqual([
      ['said', { text: 'slow' }],
      ['other', 1],
      ['said', { text: 'quick' }],
      ['pushed', 2],
    ]);
  });

  it.each(['throws', 'rejects'])('M05: that %s ends its socket alone, for something is missing there', async (how) => {
    mark = (payload, socket) => {
      if (socket.get('name') !== 'ada') return payload;
      const error = new Error('secret');
      if (how === 'throws') throw error;
      return Promise.reject(error);
    };
    const [channels, ada, bob] = await join('ada', 'bob');
    await ada.join(TOPIC);
    await channels.broadcast('marked:1', 'said', { text: 'hi' });
    expect(await bob.next('said')).toEqual({ text: 'hi' });
    expect(await ada.hear()).toEqual(['1', '1', 'marked:1', 'phx_error', { reason: 'channel_crash' }]);
    expect(log.takeErrors()).toEqual([expect.stringContaining("running @HandleOut for 'said' in 'marked:1' failed: secret")]);
    expect(await ada.push(TOPIC, 'say', 1)).toMatchObject({ status: 'ok' });
    expect(await ada.join('marked:1', { name: 'bea' })).toMatchObject({ status: 'ok' });
  });

  it('that never ends costs its client the connection, and nobody memory', async () => {
    const gate = new Gate();
    mark = async (payload) => {
      await gate.pass();
      return payload;
    };
    const app = await channelsOf([MarkedChannel], { outbox: { maximum: 10_000 } });
    const ada = await ChannelPeer.in(app, 'marked:1');
    for (let i = 0; i < 12; i++) await app.get(Channels).broadcast('marked:1', 'said', { text: 'x'.repeat(1_000) });
    expect(await ada.transport.closed).toMatchObject({ reason: { code: 'failed', error: { code: 'ERR_SIGNALR_SLOW_CLIENT' } } });
  });
});
