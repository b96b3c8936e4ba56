import { Injectable, Module } from '@nestjs/common';
import {
  Channel,
  ChannelEndpoint,
  ChannelException,
  ChannelSocket,
  HandleIn,
  Join,
  Leave,
  LeaveReason,
  phoenix,
  Reason,
  SignalRModule,
  Socket,
} from 'nestjs-signalr';

@Injectable()
export class Rooms {
  async isFull(room: string): Promise<boolean> {
    return room === 'full';
  }

  async latest(room: string): Promise<string[]> {
    return [`Welcome to ${room}.`];
  }
}

@Channel('room:*')
export class RoomChannel {
  constructor(private readonly rooms: Rooms) {}

  @Join()
  async join(payload: { name: string }, @Socket() socket: ChannelSocket) {
    if (await this.rooms.isFull(socket.subtopic)) throw new ChannelException({ reason: 'full' });
    socket.set('name', payload.name);
    return { topic: socket.topic, messages: await this.rooms.latest(socket.subtopic) };
  }

  @HandleIn('new_msg')
  async newMessage(payload: { body: string }, @Socket() socket: ChannelSocket) {
    await socket.broadcast('new_msg', { ...payload, by: socket.get('name') });
    return { ok: true };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    if (reason !== LeaveReason.Rejoin) void socket.broadcast('left', { name: socket.get('name') });
  }
}

@ChannelEndpoint('/socket', { dialect: phoenix() })
export class UserSocket {}

@Module({ imports: [SignalRModule.forRoot()], providers: [RoomChannel, UserSocket, Rooms] })
export class ChatModule {}
