import { ForbiddenException } from '@nestjs/common';
import {
  Channel,
  ChannelException,
  ChannelSocket,
  HandleIn,
  Join,
  Leave,
  LeaveReason,
  Reason,
  Socket,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { channelsOf } from './channel-app.js';
import { ChannelPeer } from './channel-peer.js';
import { Gate } from './hub-gate.js';

/** The sockets that have left since the last {@link openJoins}: topic, reason, and the status that they had then. */
export const left: [topic: string, reason: string, status: string][] = [];

@Channel('room:*')
class RoomChannel {
  @Join()
  join(payload: { name?: string }, @Socket() socket: ChannelSocket) {
    if (payload.name === 'nobody') throw new ChannelException({ reason: 'nobody' });
    return { topic: socket.topic, room: socket.subtopic, status: socket.status, name: payload.name, params: socket.params };
  }

  @Join('room:empty')
  joinEmpty() {}

  @Join('room:full')
  joinFull() {
    throw new ChannelException({ reason: 'full', seats: 0 });
  }

  @Join('room:broken')
  joinBroken() {
    throw new Error('The database of room:broken is gone.');
  }

  @Join('room:forbidden')
  joinForbidden() {
    throw new ForbiddenException('Not you.');
  }

  @Join('room:cyclic')
  joinCyclic() {
    const answer: Record<string, unknown> = {};
    answer['self'] = answer;
    return answer;
  }

  @HandleIn('status')
  status(_payload: unknown, @Socket() socket: ChannelSocket) {
    return { status: socket.status, id: socket.id };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    left.push([socket.topic, reason, socket.status]);
  }
}

/** Its joins pass the gate. */
@Channel('slow:*')
export class SlowChannel {
  static gate: Gate;

  @Join()
  async join() {
    await SlowChannel.gate.pass();
  }

  @HandleIn('ping')
  ping() {
    return 'pong';
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    left.push([socket.topic, reason, socket.status]);
  }
}

/** A client of channels whose joins are refused, fail, or take their time. */
export async function openJoins(options?: SignalRModuleOptions): Promise<ChannelPeer> {
  left.length = 0;
  return ChannelPeer.open(await channelsOf([RoomChannel, SlowChannel], options));
}
