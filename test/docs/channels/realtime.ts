import { Injectable, UseGuards } from '@nestjs/common';
import { Channel, ChannelEndpoint, Channels, Join, phoenix } from 'nestjs-signalr';
import { MemberGuard } from './member.socket.js';

@Channel('realtime:board:*') // realtime-js puts 'realtime:' before the names of its channels
export class BoardChannel {
  @Join() join() {}
}

@Channel('realtime:team:*')
@UseGuards(MemberGuard) // with a guard it may be joined as a private channel
export class TeamChannel {
  @Join() join() {}
}

@ChannelEndpoint('/realtime/v1', { dialect: phoenix({ realtime: true }) })
export class RealtimeSocket {}

@Injectable()
export class Boards {
  constructor(private readonly channels: Channels) {}

  async cleared(board: string) {
    const message = { type: 'broadcast', event: 'cleared', payload: { at: new Date() } };
    await this.channels.broadcast(`realtime:board:${board}`, 'broadcast', message);
  }
}
