import { chain, Channel, ChannelEndpoint, ChannelSocket, HandleIn, Join, Socket } from 'nestjs-signalr';

@Channel('room:*')
export class RoomChannel {
  @Join()
  join(payload: { name: string }, @Socket() socket: ChannelSocket) {
    socket.set('name', payload.name);
    return { room: socket.subtopic };
  }

  @HandleIn('say')
  async say(payload: { text: string }, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', { ...payload, by: socket.get('name') });
    return { ok: true };
  }
}

@ChannelEndpoint('/chain', { dialect: chain({ cookie: { secrets: [process.env.CHAIN_SECRET ?? 'for development'] } }) })
export class PageSocket {}
