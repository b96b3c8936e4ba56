import { beforeAll, describe, expect, it } from '@jest/globals';
import { complaintsOf, PREAMBLE, type Line } from '../support/compiled-lines.js';

/** What every line below is compiled with. */
const preamble = `
import { createParamDecorator, Injectable } from '@nestjs/common';
import {
  Arg, chain, Channel, ChannelEndpoint, ChannelException, Channels, ChannelSession, ChannelSocket, CloseReason, Event, HandleIn, HandleOut, Join,
  Leave, LeaveReason, MessageMeta, Meta, phoenix, Presence, PresenceChanged, Reason, reply, Signal, SignalRAdapter, SignalRModule, Socket, Subscribe,
  Topic, TopicClosed, TopicOpened, type OnSocketConnected, type OnSocketDisconnected, type PresenceState,
} from 'nestjs-signalr';
import { createTestChannel } from 'nestjs-signalr/testing';

interface User { id: string }

@Channel('room:*') class RoomChannel { @Join() join() {} }
class PlainClass { constructor(private readonly secret: string) {} }

declare const channels: Channels;
declare const presence: Presence;
declare const socket: ChannelSocket<User, { name: string }>;
declare const stranger: ChannelSocket;
declare const session: ChannelSession<User>;
declare const app: import('@nestjs/common').INestApplicationContext;
declare const reason: LeaveReason;
`;

const right: Line[] = [
  ['a channel with every kind of handler', `@Channel(['room:*', 'lobby'], { presence: true, history: { size: 1, ttl: 1, mode: 'log' }, expiresAfter: 0 }) class X { @Join() join() {} @Join('room:1') one() {} @Leave() leave() {} @HandleIn(['a', 'b*'], { once: true }) a() {} @HandleIn('c', { reply: 'channel' }) c() {} @HandleOut('d') d() {} @TopicOpened() opened() {} @TopicClosed() closed() {} @PresenceChanged() changed() {} }`],
  ['subscriptions of a channel', `@Channel('x:*') @Subscribe('x:*', 'changed') @Subscribe('y', 'other') class X { @Join() join() {} }`],
  ['every parameter of a handler', `class X { @HandleIn('a') a(payload: { body: string }, @Socket() s: ChannelSocket<User>, @Topic() t: string, @Event() e: string, @Meta() m: MessageMeta, @Signal() signal: AbortSignal, @Arg({ optional: true }) more: string) {} @Leave() l(@Socket() s: ChannelSocket, @Reason() r: LeaveReason) {} @PresenceChanged() p(joins: PresenceState, leaves: PresenceState, @Topic() t: string) {} }`],
  ['the reasons of a leave', `const is: boolean = reason === LeaveReason.Rejoin; const text: 'leave' | 'rejoin' | 'close' = reason;`],
  ['an endpoint with hooks', `@ChannelEndpoint('/x', { dialect: phoenix(), channels: [RoomChannel], clientTimeoutInterval: 1 }) class X implements OnSocketConnected, OnSocketDisconnected { async onConnected(s: ChannelSession<User>) {} onDisconnected(s: ChannelSession<User>, r: CloseReason) { const code: string = r.code; } }`],
  ['hooks with fewer parameters', `class X implements OnSocketConnected, OnSocketDisconnected { onConnected() {} onDisconnected() {} }`],
  ['endpoints of the module', `SignalRModule.forRoot({ channels: [{ path: '/a', dialect: phoenix() }, { path: '/b', dialect: chain({ resumeWindow: 1, cookie: { secrets: ['x'] } }), channels: [RoomChannel] }] });`],
  ['the user and the params of a socket', `const id: string = socket.user.id; const name: string = socket.params.name; socket.user = { id: 'x' }; const other: User = socket.session.user;`],
  ['all of a socket', `await socket.push('e', 1, 2); await socket.broadcast('e'); await socket.broadcastFrom('e', {}); const n: number | undefined = socket.get<number>('n'); socket.set('n', 1); socket.on('e', (payload: { a: number }) => payload.a).once('f', () => 1).off('e'); socket.of('t')?.leave(); await socket.track({ a: 1 }, { key: 'k' }); await socket.update({}); await socket.untrack();`],
  ['a question to a client', `const answer: number = await socket.with({ timeout: 1 }).request<number>('e', 1); const all = await channels.with({ answers: 'all' }).ask<string[]>('t', 'e'); all.length;`],
  ['all of a session', `const text: string | undefined = session.params['a']; session.data.set('a', 1); const s: ChannelSocket<User> | undefined = session.socket('t'); await session.join('t'); session.disconnect(4000, 'bye'); session.expireAfter(1);`],
  ['all of channels', `await channels.broadcast('t', 'e', 1, 2); await channels.localBroadcast('t', 'e'); await channels.publish('t', {}); await channels.push('id', 't', 'e'); await channels.toUser('u', 'e'); const count: number = await channels.close('t'); await channels.disconnect({ topic: 't' }, { code: 1000 }); const { sockets } = await channels.info('t'); const { topics } = await channels.info();`],
  ['all of presence', `const n: number = await presence.count('t'); const page = await presence.list('t'); await presence.list('t', { cursor: page.cursor });`],
  ['a refusal, and a reply with metadata', `const refusal: Error = new ChannelException({ any: ['thing'] }); reply({ a: 1 }, { headers: { b: ['c'] } });`],
  ['gateways over a dialect', `new SignalRAdapter(app, { dialects: { '/a': phoenix(), '/b': chain() } });`],
  ['a test channel', `const room = await createTestChannel(app, 'room:1', { user: {}, params: { a: 'b' }, endpoint: '/x' }); const { ok } = await room.join<{ ok: boolean }>({ name: 'x' }); const pushed: Promise<number> = room.push<number>('e', 1); const n: number = await room.expectReply<number>(pushed, 'ok'); const heard: string = await room.next<string>('e'); await room.leave(); await room.close(); const why: CloseReason = await room.closed;`],
]; // prettier-ignore

const wrong: Line[] = [
  ['a pattern that is no text', `@Channel(7) class X {}`],
  ['an option of a channel that does not exist', `@Channel('x', { presences: true }) class X {}`],
  ['a mode of history that does not exist', `@Channel('x', { history: { mode: 'cache' } }) class X {}`],
  ['an option of an event that does not exist', `class X { @HandleIn('a', { twice: true }) a() {} }`],
  ['a reply to whom nobody is', `class X { @HandleIn('a', { reply: 'others' }) a() {} }`],
  ['@Join above a class', `@Join() class X {}`],
  ['@Channel above a method', `class X { @Channel('x') go() {} }`],
  ['@Socket above a property', `class X { @Socket() socket = 1; }`],
  ['an endpoint without a dialect', `@ChannelEndpoint('/x', {}) class X {}`],
  ['an endpoint whose dialect is a name', `@ChannelEndpoint('/x', { dialect: 'phoenix' }) class X {}`],
  ['channels that are no classes', `@ChannelEndpoint('/x', { dialect: phoenix(), channels: ['RoomChannel'] }) class X {}`],
  ['an option of an endpoint that does not exist', `SignalRModule.forRoot({ channels: [{ path: '/a', dialect: phoenix(), timeout: 1 }] });`],
  ['an endpoint of the module without a path', `SignalRModule.forRoot({ channels: [{ dialect: phoenix() }] });`],
  ['an option of chain that does not exist', `chain({ resumeWindows: 1 });`],
  ['the user of a socket of unknown kind', `stranger.user.id;`],
  ['a user of another type', `socket.user = 'ada';`],
  ['params that a socket does not have', `socket.params.age;`],
  ['writing the topic of a socket', `socket.topic = 'x';`],
  ['tracking a text', `await socket.track('online');`],
  ['an event that is no text', `await socket.push(7);`],
  ['a broadcast without an event', `await channels.broadcast('t');`],
  ['a setting that does not exist', `channels.with({ answer: 'all' });`],
  ['disconnecting without saying whom', `await channels.disconnect({});`],
  ['a reason that does not exist', `LeaveReason.Timeout;`],
  ['a dialect of gateways that is a name', `new SignalRAdapter(app, { dialects: { '/a': 'phoenix' } });`],
  ['an option of a test channel that does not exist', `await createTestChannel(app, 't', { users: 1 });`],
  ['params of a test channel that are no texts', `await createTestChannel(app, 't', { params: { a: 1 } });`],
  ['a status of a reply that does not exist', `const room = await createTestChannel(app, 't'); await room.expectReply(room.push('e'), 'timeout');`],
]; // prettier-ignore

let complaints: Map<string, string[]>;

beforeAll(() => {
  complaints = complaintsOf(preamble, [...right, ...wrong]);
}, 20_000);

describe('the types of channels', () => {
  it('are compiled with a preamble that has no mistake', () => {
    expect(complaints.get(PREAMBLE)).toBeUndefined();
  });

  it.each(right)('allow %s', (_, code) => {
    expect(complaints.get(code)).toBeUndefined();
  });

  it.each(wrong)('refuse %s', (_, code) => {
    expect(complaints.get(code)).toEqual(expect.arrayContaining([expect.any(String)]));
  });
});
