import { describe, expect, it } from '@jest/globals';
import { BadRequestException, UnauthorizedException } from '@nestjs/common';
import { ChannelException } from 'nestjs-signalr';
import { of } from 'rxjs';
import { log } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { peerIn, RoomChannel, TOPIC } from '../support/event-channel.js';

describe('an event', () => {
  it.each([[{ a: 1 }], ['text'], [0], [false], [null], [[1, 2]]])('is answered with what its handler returns: %j', async (payload) => {
    expect(await (await peerIn()).push(TOPIC, 'echo', payload)).toEqual({ status: 'ok', response: payload ?? {} });
  });

  it('is not answered where that is undefined', async () => {
    const peer = await peerIn();
    peer.tell(TOPIC, 'quiet', { word: 'hush' });
    expect(await peer.heard()).toEqual([]);
    expect(RoomChannel.heard).toEqual(['hush']);
  });

  it('without a ref is handled, and not answered', async () => {
    const peer = await peerIn();
    peer.say('1', null, TOPIC, 'echo', {});
    peer.say(null, null, TOPIC, 'quiet', { word: 'hush' });
    peer.say('1', null, TOPIC, 'nothing', {});
    expect(await peer.heard()).toEqual([]);
    expect(RoomChannel.heard).toEqual(['hush']);
  });

  it('that names no join is answered as one of the present join', async () => {
    const peer = await peerIn();
    peer.say(null, '7', TOPIC, 'echo', {});
    expect(await peer.hear()).toEqual(['1', '7', TOPIC, 'phx_reply', { status: 'ok', response: {} }]);
  });

  it('hands over topic, event and what else its decorators want', async () => {
    expect(await (await peerIn()).push(TOPIC, 'about', { x: 1 })).toMatchObject({
      response: { topic: TOPIC, event: 'about', meta: [], payload: { x: 1 }, same: true },
    });
  });

  it.each([
    ['a ChannelException', new ChannelException({ reason: 'busy', for: 3 }), { reason: 'busy', for: 3 }],
    ['a ChannelException of a text', new ChannelException('busy'), 'busy'],
    ['an HttpException', new BadRequestException('What?'), { reason: 'What?' }],
    ['an exception of authentication', new UnauthorizedException(), { reason: 'unauthorized' }],
  ])('F06: is answered with what %s says', async (_, thrown, response) => {
    const peer = await peerIn();
    RoomChannel.thrown = thrown;
    expect(await peer.push(TOPIC, 'throw')).toEqual({ status: 'error', response });
    expect(await peer.push(TOPIC, 'reject')).toEqual({ status: 'error', response });
    expect(log.takeErrors()).toEqual([]);
  });

  it.each([
    ['an error', new Error('secret')],
    ['a text', 'secret'],
    ['nothing', undefined],
    ['null', null],
  ])('F05, M05: that fails for %s is answered without a word of it, and the channel lives', async (_, thrown) => {
    const peer = await peerIn();
    RoomChannel.thrown = thrown;
    expect(await peer.push(TOPIC, 'throw')).toEqual({ status: 'error', response: { reason: 'internal error' } });
    expect(await peer.push(TOPIC, 'reject')).toEqual({ status: 'error', response: { reason: 'internal error' } });
    expect(await peer.push(TOPIC, 'echo', 1)).toMatchObject({ status: 'ok' });
    expect(log.takeErrors()).toHaveLength(2);
  });

  it('F01, F04: that nobody handles is answered so', async () => {
    const peer = await peerIn();
    for (const event of ['nothing', 'toString', '__proto__', 'join', 'leave', ''])
      expect(await peer.push(TOPIC, event)).toEqual({ status: 'error', response: { reason: 'unmatched event' } });
  });

  it('with too long a name is answered so', async () => {
    expect(await (await peerIn()).push(TOPIC, 'x'.repeat(257))).toEqual({
      status: 'error',
      response: { reason: 'the event is longer than 256 characters' },
    });
  });

  it('finds the name that is written out, then the longest beginning', async () => {
    const peer = await peerIn();
    const answers = [];
    for (const event of ['move:left', 'move:right', 'move:far:away', 'go']) answers.push((await peer.push(TOPIC, event)).response);
    expect(answers).toEqual(['left', 'move:right', 'far', 'go']);
  });

  it('that is handled once finds nobody the second time, until the next join', async () => {
    const peer = await peerIn();
    expect(await peer.push(TOPIC, 'first')).toMatchObject({ response: 'the first time' });
    expect(await peer.push(TOPIC, 'first')).toMatchObject({ response: { reason: 'unmatched event' } });
    await peer.join(TOPIC);
    expect(await peer.push(TOPIC, 'first')).toMatchObject({ response: 'the first time' });
  });

  it('that is handled once is handled yet when the first was refused or has failed, and only one of those that come together', async () => {
    const peer = await peerIn();
    expect(await peer.push(TOPIC, 'succeed', { isBad: true })).toMatchObject({ response: { reason: 'bad' } });
    const together = await Promise.all([peer.push(TOPIC, 'succeed'), peer.push(TOPIC, 'succeed')]);
    expect(together.map(({ response }) => response)).toEqual(['handled', { reason: 'unmatched event' }]);
  });

  it('may be answered to all in the topic, and the sender sees that it was heard', async () => {
    const app = await channelsOf([RoomChannel]);
    const [ada, bob] = [await ChannelPeer.in(app, TOPIC), await ChannelPeer.in(app, TOPIC)];
    expect(await ada.push(TOPIC, 'all', { text: 'hi' })).toEqual({ status: 'ok', response: {} });
    for (const peer of [ada, bob]) expect(await peer.next('all')).toEqual({ text: 'HI' });
    ada.tell(TOPIC, 'all', {});
    expect(await ada.heard()).toEqual([]);
  });

  it('is answered with the last value of an Observable', async () => {
    const peer = await peerIn();
    RoomChannel.answer = of(1, 2, 3);
    expect(await peer.push(TOPIC, 'answer')).toEqual({ status: 'ok', response: 3 });
  });

  it('cannot be answered with a stream, which the log says', async () => {
    const peer = await peerIn();
    RoomChannel.answer = (async function* () {})();
    expect(await peer.push(TOPIC, 'answer')).toEqual({ status: 'error', response: { reason: 'internal error' } });
    expect(log.takeErrors()).toEqual([expect.stringContaining('The answer to an event is one value')]);
  });

  it('whose answer cannot be written is answered with an error', async () => {
    const peer = await peerIn();
    const answer: Record<string, unknown> = {};
    RoomChannel.answer = Object.assign(answer, { answer });
    expect(await peer.push(TOPIC, 'answer')).toEqual({ status: 'error', response: { reason: 'internal error' } });
    expect(log.takeErrors()).toHaveLength(1);
  });
});

describe("a socket's own handlers", () => {
  it('win over those of the channel, until they are taken off', async () => {
    const peer = await peerIn();
    await peer.push(TOPIC, 'own');
    expect(await peer.push(TOPIC, 'echo', { a: 1 })).toMatchObject({ response: { a: 1, own: true } });
    await peer.push(TOPIC, 'off');
    expect(await peer.push(TOPIC, 'echo', { a: 1 })).toMatchObject({ response: { a: 1 } });
  });

  it('may be good for one event, which is one that does not fail', async () => {
    const peer = await peerIn();
    await peer.push(TOPIC, 'own');
    expect(await peer.push(TOPIC, 'brief', { isBad: true })).toMatchObject({ response: { reason: 'bad' } });
    expect(await peer.push(TOPIC, 'brief')).toMatchObject({ response: 'brief' });
    expect(await peer.push(TOPIC, 'brief')).toMatchObject({ response: { reason: 'unmatched event' } });
  });

  it('are those of one socket', async () => {
    const app = await channelsOf([RoomChannel]);
    const [ada, bob] = [await ChannelPeer.in(app, TOPIC), await ChannelPeer.in(app, TOPIC)];
    await ada.push(TOPIC, 'own');
    expect(await bob.push(TOPIC, 'echo', {})).toMatchObject({ response: {} });
  });
});
