import { describe, expect, it } from '@jest/globals';
import { Channel, ChannelSocket, Join, Socket } from 'nestjs-signalr';
import { log } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { Gate } from '../support/hub-gate.js';
import { left, openJoins, SlowChannel } from '../support/join-channels.js';

@Channel('chatty')
class ChattyChannel {
  @Join()
  async join(_payload: unknown, @Socket() socket: ChannelSocket) {
    await socket.push('first', { n: 1 });
    await socket.broadcast('second', { n: 2 });
    await socket.broadcastFrom('others', { n: 3 });
    await socket.push('third', { n: 4 });
    return { joined: true };
  }
}

describe('a join', () => {
  it('is answered with what @Join returns', async () => {
    const peer = await openJoins();
    expect(await peer.join('room:lobby', { name: 'ada' })).toEqual({
      status: 'ok',
      response: { topic: 'room:lobby', room: 'lobby', status: 'joining', name: 'ada', params: { name: 'ada' } },
    });
    expect(peer.documents[0]).toMatch(/^\["1","1","room:lobby","phx_reply",/);
  });

  it('is answered with an empty object where that is nothing', async () => {
    expect(await (await openJoins()).join('room:empty')).toEqual({ status: 'ok', response: {} });
  });

  it('leads to a socket that has joined', async () => {
    const peer = await openJoins();
    await peer.join('room:lobby');
    expect(await peer.push('room:lobby', 'status')).toMatchObject({ status: 'ok', response: { status: 'joined' } });
  });

  it('is refused with the payload of a ChannelException', async () => {
    expect(await (await openJoins()).join('room:full')).toEqual({ status: 'error', response: { reason: 'full', seats: 0 } });
  });

  it('is refused as unauthorized by an exception of that kind', async () => {
    expect(await (await openJoins()).join('room:forbidden')).toEqual({ status: 'error', response: { reason: 'unauthorized' } });
  });

  it('that fails says nothing of why', async () => {
    expect(await (await openJoins()).join('room:broken')).toEqual({ status: 'error', response: { reason: 'join crashed' } });
    expect(log.takeErrors()).toEqual(["channels /socket: joining 'room:broken' failed: The database of room:broken is gone."]);
  });

  it('that fails says why where enableDetailedErrors is on', async () => {
    const peer = await openJoins({ enableDetailedErrors: true });
    expect(await peer.join('room:broken')).toEqual({
      status: 'error',
      response: { reason: 'join crashed', error: 'Error: The database of room:broken is gone.' },
    });
    log.takeErrors();
  });

  it('whose reply cannot be written has failed, and its socket leaves', async () => {
    const peer = await openJoins();
    expect(await peer.join('room:cyclic')).toEqual({ status: 'error', response: { reason: 'join crashed' } });
    expect(left).toEqual([['room:cyclic', 'close', 'leaving']]);
    expect(log.takeErrors()).toHaveLength(1);
  });

  it.each(['nowhere', 'room', 'roo', '', '__proto__', 'constructor'])('of a topic that no channel serves is refused: %s', async (topic) => {
    const peer = await openJoins();
    expect(await peer.join(topic)).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    expect(peer.documents[0]).toMatch(/^\[null,"1",/);
  });

  it('M01, M04: refused leaves nothing behind: events find no topic', async () => {
    const peer = await openJoins();
    await peer.join('room:full');
    expect(await peer.push('room:full', 'status')).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    expect(left).toEqual([]);
  });

  it('sees its reply first, and then what was said to it and by it inside @Join', async () => {
    const app = await channelsOf([ChattyChannel]);
    const first = await ChannelPeer.in(app, 'chatty');
    await first.heard();
    const second = await ChannelPeer.open(app);
    second.say('1', '1', 'chatty', 'phx_join', {});
    const frames = await second.hearing(4);
    expect(frames.map(([, , , event]) => event)).toEqual(['phx_reply', 'first', 'second', 'third']);
    expect((await first.heard()).map(([, , , event, payload]) => [event, payload])).toEqual([
      ['second', { n: 2 }],
      ['others', { n: 3 }],
    ]);
  });

  it('M03: beyond channelsPerConnection is refused, and the others live', async () => {
    const peer = await openJoins({ limits: { channelsPerConnection: 2 } });
    await peer.join('room:1');
    await peer.join('room:2');
    expect(await peer.join('room:3')).toEqual({ status: 'error', response: { reason: 'too many channels joined' } });
    expect(await peer.push('room:1', 'status')).toMatchObject({ status: 'ok' });
    expect(await peer.join('room:2')).toMatchObject({ status: 'ok' });
    await peer.leave('room:1');
    expect(await peer.join('room:3')).toMatchObject({ status: 'ok' });
  });

  it('counts as one of them while it is asking', async () => {
    SlowChannel.gate = new Gate();
    const peer = await openJoins({ limits: { channelsPerConnection: 1 } });
    const asked = peer.join('slow:1');
    expect(await peer.join('slow:2')).toEqual({ status: 'error', response: { reason: 'too many channels joined' } });
    SlowChannel.gate.open();
    expect(await asked).toMatchObject({ status: 'ok' });
  });

  it('M06: of a topic with too long a name is refused', async () => {
    const peer = await openJoins();
    expect(await peer.join(`room:${'x'.repeat(252)}`)).toEqual({
      status: 'error',
      response: { reason: 'the topic is longer than 256 characters' },
    });
    expect(await peer.join(`room:${'x'.repeat(251)}`)).toMatchObject({ status: 'ok' });
  });
});

describe('a second join of the same topic', () => {
  it('M02: closes the socket of the first, and then lives in its place', async () => {
    const peer = await openJoins();
    await peer.join('room:lobby');
    const before = await peer.push('room:lobby', 'status');
    peer.say('7', '7', 'room:lobby', 'phx_join', {});
    expect(await peer.hear()).toEqual(['1', '1', 'room:lobby', 'phx_close', {}]);
    expect(await peer.hear()).toMatchObject(['7', '7', 'room:lobby', 'phx_reply', { status: 'ok' }]);
    expect(left).toEqual([['room:lobby', 'rejoin', 'leaving']]);
    peer.say('7', '8', 'room:lobby', 'status', {});
    const after = await peer.replyTo('8');
    expect((after.response as { id: string }).id).not.toBe((before.response as { id: string }).id);
  });

  it('M01: leaves what the first still says unheard', async () => {
    const peer = await openJoins();
    await peer.join('room:lobby');
    peer.say('7', '7', 'room:lobby', 'phx_join', {});
    await peer.replyTo('7');
    peer.say('1', '8', 'room:lobby', 'status', {});
    peer.say('1', '9', 'room:lobby', 'phx_leave', {});
    expect((await peer.heard()).map(([, , , event]) => event)).toEqual(['phx_close']);
    peer.say('7', '10', 'room:lobby', 'status', {});
    expect(await peer.replyTo('10')).toMatchObject({ status: 'ok' });
  });

  it('that is refused leaves nobody in the topic', async () => {
    const peer = await openJoins();
    await peer.join('room:lobby', { name: 'ada' });
    expect(await peer.join('room:lobby', { name: 'nobody' })).toEqual({ status: 'error', response: { reason: 'nobody' } });
    expect(left).toEqual([['room:lobby', 'rejoin', 'leaving']]);
    expect(await peer.push('room:lobby', 'status')).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
  });
});

describe('a leave', () => {
  it('is answered, and the topic closed', async () => {
    const peer = await openJoins();
    await peer.join('room:lobby');
    peer.say('1', '2', 'room:lobby', 'phx_leave', {});
    expect(await peer.hearing(2)).toEqual([
      ['1', '2', 'room:lobby', 'phx_reply', { status: 'ok', response: {} }],
      ['1', '1', 'room:lobby', 'phx_close', {}],
    ]);
    expect(left).toEqual([['room:lobby', 'leave', 'leaving']]);
  });

  it('of a topic that was not joined is fine', async () => {
    expect(await (await openJoins()).leave('room:lobby')).toEqual({ status: 'ok', response: {} });
    expect(left).toEqual([]);
  });

  it('M01: of one topic leaves the others', async () => {
    const peer = await openJoins();
    await peer.join('room:1');
    await peer.join('room:2');
    await peer.leave('room:1');
    expect(await peer.push('room:1', 'status')).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    expect(await peer.push('room:2', 'status')).toMatchObject({ status: 'ok' });
  });

  it('comes for all topics with the end of the connection', async () => {
    const peer = await openJoins();
    await peer.join('room:1');
    await peer.join('room:2');
    await peer.hangUp();
    expect(left).toEqual([
      ['room:1', 'close', 'leaving'],
      ['room:2', 'close', 'leaving'],
    ]);
  });
});
