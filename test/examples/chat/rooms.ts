import {
  Injectable,
  UseGuards,
  UseInterceptors,
  type CanActivate,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import {
  Channel,
  ChannelEndpoint,
  ChannelException,
  ChannelSession,
  ChannelSocket,
  CloseReason,
  Event,
  HandleIn,
  HandleOut,
  Join,
  Leave,
  LeaveReason,
  MessageMeta,
  Meta,
  phoenix,
  Presence,
  PresenceChanged,
  Reason,
  Signal,
  Socket,
  Subscribe,
  Topic,
  TopicClosed,
  TopicOpened,
  type OnSocketConnected,
  type OnSocketDisconnected,
  type PresenceState,
} from 'nestjs-signalr';

/** Whatever happens, in the order in which it does. */
export const noted: string[] = [];

@Injectable()
class MemberGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.getType() === 'http' || context.switchToWs().getClient<ChannelSocket>().topic !== 'room:closed';
  }
}

@Injectable()
class Quiet implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle();
  }
}

@Channel('room:*', { presence: true, history: { size: 100, ttl: 300_000, mode: 'log' }, expiresAfter: 0 })
@UseGuards(MemberGuard)
export class RoomChannel {
  constructor(private readonly presence: Presence) {}

  @Join()
  async join(payload: { password: string }, @Socket() socket: ChannelSocket) {
    if (payload.password !== 'sesame') throw new ChannelException({ reason: 'wrong password' });
    await socket.track({ device: 'phone' }, { key: socket.session.params['name'] });
    return { topic: socket.topic, room: socket.subtopic };
  }

  @HandleIn('new_msg')
  async newMessage(payload: { body: string }, @Socket() socket: ChannelSocket) {
    await socket.broadcast('new_msg', payload);
    return { ok: true };
  }

  @HandleIn('everything')
  everything(payload: unknown, @Topic() topic: string, @Event() event: string, @Meta() meta: MessageMeta, @Signal() signal: AbortSignal) {
    return [payload, topic, event, meta.id ?? null, signal.aborted];
  }

  @HandleIn('people')
  people(@Topic() topic: string) {
    return this.presence.count(topic);
  }

  @PresenceChanged()
  changed(joins: PresenceState, leaves: PresenceState, @Topic() topic: string) {
    noted.push(`${topic} has ${Object.keys(joins).join()}, and not ${Object.keys(leaves).join()}`);
  }

  @HandleOut('new_msg')
  mark(payload: { body: string }, @Socket() socket: ChannelSocket) {
    return { ...payload, mine: socket.get('user') === 'me' };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    noted.push(`${socket.topic} left: ${reason}`);
  }

  @TopicOpened() opened(@Topic() topic: string) {
    noted.push(`${topic} opened`);
  }

  @TopicClosed() closed(@Topic() topic: string) {
    noted.push(`${topic} closed`);
  }
}

@Channel('orders:*')
@Subscribe('orders:*', 'order_changed')
export class OrdersChannel {
  @Join() join() {}
}

@ChannelEndpoint('/socket', { dialect: phoenix(), channels: [RoomChannel, OrdersChannel] })
@UseGuards(MemberGuard)
export class UserSocket implements OnSocketConnected, OnSocketDisconnected {
  @UseInterceptors(Quiet)
  onConnected(session: ChannelSession) {
    noted.push(`connected: ${session.params['name']}`);
  }

  @UseInterceptors(Quiet)
  onDisconnected(session: ChannelSession, reason: CloseReason) {
    noted.push(`disconnected: ${session.closed} ${reason.code}`);
  }
}
