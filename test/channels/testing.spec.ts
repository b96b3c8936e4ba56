import { beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import {
  chain,
  Channel,
  ChannelEndpoint,
  ChannelException,
  Channels,
  ChannelSession,
  ChannelSocket,
  HandleIn,
  Join,
  Leave,
  LeaveReason,
  phoenix,
  Reason,
  reply,
  SignalRModule,
  Socket,
} from 'nestjs-signalr';
import { createTestChannel, FakeClock } from 'nestjs-signalr/testing';
import { closeLater, log } from '../support/app-of.js';
import { channelsOf, SOCKET } from '../support/channel-app.js';
import { Gate } from '../support/hub-gate.js';

interface User {
  id: string;
}

let left: string[];

beforeEach(() => {
  left = [];
});

@Channel('room:*', { presence: true, history: {} })
class RoomChannel {
  static gate: Gate;

  @Join()
  async join(payload: { password?: string }, @Socket() socket: ChannelSocket<User | undefined>) {
    if (payload.password === 'wrong') throw new ChannelException({ reason: 'not with that', tries: 2 });
    if (payload.password !== undefined) await socket.track({ device: 'phone' });
    return { user: socket.user?.id, params: { ...socket.session.params }, dialect: socket.dialect };
  }

  @HandleIn('echo')
  echo(payload: unknown) {
    return payload;
  }

  @HandleIn('quiet')
  quiet() {}

  @HandleIn('described')
  described(payload: unknown) {
    return reply(payload, {});
  }

  @HandleIn('refuse')
  refuse(payload: unknown) {
    throw new ChannelException(payload);
  }

  @HandleIn('say twice')
  async sayTwice(payload: object, @Socket() socket: ChannelSocket) {
    for (const time of [1, 2]) await socket.broadcast('said', { ...payload, time });
    await socket.push('nothing');
    await socket.push('several', 1, new Map([['two', 2n]]));
  }

  @HandleIn('all', { reply: 'channel' })
  all(payload: object) {
    return payload;
  }

  @HandleIn('go away')
  async goAway(_: unknown, @Socket() socket: ChannelSocket) {
    await RoomChannel.gate.pass();
    socket.leave();
  }

  @Leave()
  leave(@Reason() reason: LeaveReason) {
    left.push(reason);
  }
}

@Channel('bare:*')
class BareChannel {
  @Join()
  async join(_: unknown, @Socket() socket: ChannelSocket) {
    await socket.push('welcome', { to: socket.topic });
  }

  @HandleIn('leave all')
  leaveAll(_: unknown, @Socket() socket: ChannelSocket) {
    for (const { topic } of socket.session.sockets) if (topic !== socket.topic) socket.of(topic)?.leave();
  }
}

@ChannelEndpoint('/members', { dialect: chain({ cookie: { secrets: ['a secret of the test'] } }), channels: [BareChannel] })
class MemberSocket {
  onConnected(session: ChannelSession<User | undefined>) {
    if (session.user?.id === 'mallory') throw new ChannelException({ reason: 'Not you.' });
    if (session.user === undefined) throw new Error('Nobody.');
    if (session.user.id === 'guest') void session.join('bare:lobby');
  }
}

const rooms = () => channelsOf([RoomChannel, BareChannel], { channels: [SOCKET] });

describe('createTestChannel', () => {
  it('joins with a payload, as who the test says, with the params of its connect', async () => {
    const room = await createTestChannel(await rooms(), 'room:1', { user: { id: 'ada' }, params: { version: '2' } });
    expect(await room.join({})).toMatchObject({ user: 'ada', params: { version: '2' }, dialect: 'phoenix' });
    expect(await (await createTestChannel(await rooms(), 'bare:1')).join()).toEqual({});
  });

  it('rejects a join that is refused with what the client is told, and may try again', async () => {
    const room = await createTestChannel(await rooms(), 'room:1');
    const refused = room.join({ password: 'wrong' });
    await expect(refused).rejects.toThrow(ChannelException);
    await expect(refused).rejects.toMatchObject({ message: 'not with that', payload: { reason: 'not with that', tries: 2 } });
    expect(await room.join()).toMatchObject({ dialect: 'phoenix' });
  });

  it.each([
    ['a document', { a: [1, null, new Date(0)] }, { a: [1, null, '1970-01-01T00:00:00.000Z'] }],
    ['a text', 'hello', 'hello'],
    ['bytes', Uint8Array.of(1, 2), Buffer.from([1, 2])],
  ])('pushes an event, and has its reply: %s', async (_, payload, answer) => {
    const room = await createTestChannel(await rooms(), 'room:1');
    await room.join();
    expect(await room.push('echo', payload)).toEqual(answer);
    expect(await room.expectReply(room.push('described', payload))).toEqual(answer);
  });

  it('notices the end of a handler that answers nothing', async () => {
    const room = await createTestChannel(await rooms(), 'room:1');
    await room.join();
    expect(await room.push('quiet')).toBeUndefined();
  });

  it('keeps what it is told until the test asks, as JSON', async () => {
    const room = await createTestChannel(await rooms(), 'room:1');
    await room.join();
    await room.push('say twice', { text: 'Hello' });
    expect(await room.next('nothing')).toEqual({});
    expect(await room.next('several')).toEqual([1, { two: 2 }]);
    expect([await room.next('said'), await room.next('said')]).toEqual([1, 2].map((time) => ({ text: 'Hello', time })));
    await room.push('all', { b: 1 });
    expect(await room.next('all')).toEqual({ b: 1 });
  });

  it('tells errors from replies', async () => {
    const room = await createTestChannel(await rooms(), 'room:1');
    for (const early of [room.push('echo'), room.expectReply(room.push('echo')), room.expectReply(room.push('echo'), 'error')])
      await expect(early).rejects.toThrow("'echo' was pushed to 'room:1', which the client has not joined: call join() first.");
    await room.join();
    const refused = room.push('refuse', { reason: 'no' });
    expect(await room.expectReply(refused, 'error')).toEqual({ reason: 'no' });
    await expect(refused).rejects.toMatchObject({ payload: { reason: 'no' } });
    await expect(room.expectReply(refused)).rejects.toThrow(
      `The answer to 'refuse' was expected to be 'ok'. It is 'error': {"reason":"no"}`,
    );
    await expect(room.expectReply(Promise.resolve(1))).rejects.toThrow('expectReply takes what push has returned, without await');
  });

  it('sees the others in the topic, each in a session of its own', async () => {
    const app = await rooms();
    const [ada, eve] = [
      await createTestChannel(app, 'room:1', { user: { id: 'ada' } }),
      await createTestChannel(app, 'room:1', { user: { id: 'eve' } }),
    ];
    await ada.join({ password: 'right' });
    expect(await ada.next('presence_state')).toMatchObject({ ada: { metas: [{ device: 'phone' }] } });
    await eve.join();
    await app.get(Channels).broadcast('room:1', 'news', { n: 1 });
    expect([await ada.next('news'), await eve.next('news')]).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it('comes back for what it has missed', async () => {
    const app = await rooms();
    const room = await createTestChannel(app, 'room:1');
    const { recovery } = await room.join<{ recovery: { epoch: string; offset: number } }>();
    await room.leave();
    await app.get(Channels).broadcast('room:1', 'news', { n: 1 });
    expect(await room.join({ recover: recovery })).toMatchObject({ recovery: { recovered: true, offset: 1 } });
    expect(await room.next('news')).toEqual({ n: 1 });
  });

  it('leaves when it says so, when it joins again, and when it closes', async () => {
    const room = await createTestChannel(await rooms(), 'room:1');
    await room.join();
    await room.join();
    await room.leave();
    expect(left).toEqual(['rejoin', 'leave']);
    await room.join();
    await Promise.all([room.close(), room.close()]);
    expect(left).toEqual(['rejoin', 'leave', 'close']);
    expect(await room.closed).toMatchObject({ code: 'transport-closed' });
  });

  it('does not hang when the topic is left: what it waits for rejects', async () => {
    RoomChannel.gate = new Gate();
    const room = await createTestChannel(await rooms(), 'room:1');
    await room.join();
    const waiting = [room.next('news'), room.push('echo'), room.push('go away'), room.push('quiet')];
    RoomChannel.gate.open();
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'rejected']);
    await expect(room.next('news')).rejects.toThrow("The client is not in 'room:1' any more: leave.");
    await room.join();
    expect(await room.push('echo', 1)).toBe(1);
  });

  it('does not hang when the connection ends', async () => {
    const app = await rooms();
    const room = await createTestChannel(app, 'room:1', { user: { id: 'ada' } });
    await room.join();
    const waiting = room.next('news');
    await app.get(Channels).disconnect({ user: 'ada' }, { reason: 'Come back tomorrow.' });
    for (const late of [waiting, room.push('echo'), room.join(), room.leave()])
      await expect(late).rejects.toThrow('The connection has ended. The server says: Come back tomorrow.');
    expect(await room.closed).toMatchObject({ code: 'disconnected', textForPeer: 'Come back tomorrow.' });
  });

  it('is never closed for its silence, however far a test moves the clock', async () => {
    const clock = new FakeClock();
    const room = await createTestChannel(await channelsOf([RoomChannel], { clock }), 'room:1');
    await room.join();
    await clock.advance(3_600_000);
    expect(await room.push('echo', 1)).toBe(1);
  });

  it('is refused by onConnected with the sentence of that', async () => {
    const app = await channelsOf([BareChannel, MemberSocket], { channels: [] });
    await (await createTestChannel(app, 'bare:1', { user: { id: 'ada' } })).join();
    await expect(createTestChannel(app, 'bare:1', { user: { id: 'mallory' } })).rejects.toThrow(
      "The endpoint '/members' has not let the client in: Not you.",
    );
    await expect(createTestChannel(app, 'bare:1')).rejects.toThrow('Forbidden');
    expect(log.takeErrors()).toEqual([expect.stringContaining('Nobody.')]);
  });

  it('takes the one endpoint that has the topic, and asks where there are several', async () => {
    const app = await channelsOf([RoomChannel, BareChannel, MemberSocket], {
      channels: [{ ...SOCKET, channels: [RoomChannel, BareChannel] }],
    });
    await (await createTestChannel(app, 'room:1')).join();
    await expect(createTestChannel(app, 'bare:1', { user: { id: 'ada' } })).rejects.toThrow(
      "The topic 'bare:1' can be joined at several endpoints: /members, /socket. Say at which: createTestChannel(app, 'bare:1', { endpoint: '/members' }).",
    );
    await (await createTestChannel(app, 'bare:1', { user: { id: 'ada' }, endpoint: '/Members' })).join();
    await expect(createTestChannel(app, 'room:1', { user: { id: 'ada' }, endpoint: '/members' })).rejects.toThrow(
      "The endpoint '/members' has no channel for the topic 'room:1'. It has those for: bare:*.",
    );
    await expect(createTestChannel(app, 'news')).rejects.toThrow(
      "No endpoint has a channel for the topic 'news'. There are the endpoints: /members, /socket.",
    );
    await expect(createTestChannel(app, 'bare:1', { endpoint: '/other' })).rejects.toThrow(
      "No channels are served at '/other'. There are: /members, /socket.",
    );
  });

  it('hears nothing of topics that the server has joined in its place', async () => {
    const app = await channelsOf([BareChannel, MemberSocket], { channels: [] });
    const channel = await createTestChannel(app, 'bare:1', { user: { id: 'guest' } });
    await channel.join();
    await channel.push('leave all');
    expect(await channel.next('welcome')).toEqual({ to: 'bare:1' });
  });

  it.each([undefined, null, 5, ''])('needs a topic: %p', async (topic) => {
    const app = await rooms();
    await expect(createTestChannel(app, topic as string)).rejects.toThrow('The topic has to be a text that is not empty.');
  });

  it('says what is missing where the application was not initialised', async () => {
    const module = Test.createTestingModule({ imports: [SignalRModule.forRoot({ channels: [SOCKET] })], providers: [RoomChannel] });
    const app = closeLater(await module.compile());
    for (const options of [{}, { endpoint: '/socket' }])
      await expect(createTestChannel(app, 'room:1', options)).rejects.toThrow('serves no channels yet: await app.init() first.');
    await app.init();
  });

  it('refuses an option that it does not have, and an application that has ended', async () => {
    const app = await channelsOf([RoomChannel], { channels: [{ path: '/socket', dialect: phoenix() }] });
    await expect(createTestChannel(app, 'room:1', { users: 1 } as object)).rejects.toThrow(
      "createTestChannel does not know the option 'users'. It takes params, user, endpoint.",
    );
    await app.close();
    await expect(createTestChannel(app, 'room:1')).rejects.toThrow('The application is closing');
  });
});
