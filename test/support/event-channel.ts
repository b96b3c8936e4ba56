import {
  Channel,
  ChannelException,
  ChannelSocket,
  Event,
  HandleIn,
  Join,
  MessageMeta,
  Meta,
  Socket,
  Topic,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { channelsOf } from './channel-app.js';
import { ChannelPeer } from './channel-peer.js';
import { Gate } from './hub-gate.js';
import { throwing } from './nest-guards.js';

/** The one that {@link peerIn} joins. */
export const TOPIC = 'room:lobby';

/** Answers in all the ways there are. */
@Channel('room:*')
export class RoomChannel {
  static gate: Gate;
  static thrown: unknown;
  static answer: unknown;
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

  @HandleIn('throw')
  throw() {
    throwing(RoomChannel.thrown)();
  }

  @HandleIn('reject')
  async reject() {
    throwing(RoomChannel.thrown)();
  }

  @HandleIn('answer')
  answer() {
    return RoomChannel.answer;
  }

  @HandleIn('about')
  about(@Topic() topic: string, @Event() event: string, @Meta() meta: MessageMeta, payload: unknown, @Socket() socket: ChannelSocket) {
    return {
      topic,
      event,
      meta: meta instanceof MessageMeta && Object.values(meta).filter(Boolean),
      payload,
      same: socket.topic === topic,
    };
  }

  @HandleIn('move:left')
  moveLeft() {
    return 'left';
  }

  @HandleIn(['move:*', 'go'])
  move(@Event() event: string) {
    return event;
  }

  @HandleIn('move:far:*')
  moveFar() {
    return 'far';
  }

  @HandleIn('first', { once: true })
  first() {
    return 'the first time';
  }

  @HandleIn('succeed', { once: true })
  async succeed(payload: { isBad?: boolean }) {
    if (payload.isBad === true) throw new ChannelException({ reason: 'bad' });
    return 'handled';
  }

  @HandleIn('all', { reply: 'channel' })
  all(payload: { text?: string }) {
    return payload.text === undefined ? undefined : { text: payload.text.toUpperCase() };
  }

  @HandleIn('own')
  own(_payload: unknown, @Socket() socket: ChannelSocket) {
    socket.on('echo', (payload: object) => ({ ...payload, own: true }));
    socket.once('brief', (payload: { isBad?: boolean }) => {
      if (payload.isBad === true) throw new ChannelException({ reason: 'bad' });
      return 'brief';
    });
    return 'set';
  }

  @HandleIn('off')
  off(_payload: unknown, @Socket() socket: ChannelSocket) {
    socket.off('echo');
    return 'off';
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

/** A client that has joined. */
export async function peerIn(options?: SignalRModuleOptions): Promise<ChannelPeer> {
  RoomChannel.heard = [];
  return ChannelPeer.in(await channelsOf([RoomChannel], options), TOPIC);
}
