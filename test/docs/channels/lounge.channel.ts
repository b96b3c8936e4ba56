import { Channel, HandleIn, Join, Presence, PresenceChanged, PresenceState, Socket, Topic, type ChannelSocket } from 'nestjs-signalr';

@Channel('lounge:*', { presence: true })
export class LoungeChannel {
  constructor(private readonly presence: Presence) {}

  @Join()
  async join(payload: { name: string; device: string }, @Socket() socket: ChannelSocket) {
    await socket.track({ device: payload.device, status: 'here' }, { key: payload.name });
  }

  @HandleIn('status')
  async status(payload: { device: string; status: string }, @Socket() socket: ChannelSocket) {
    await socket.update(payload);
    return { people: await this.presence.count(socket.topic) };
  }

  @PresenceChanged()
  changed(joins: PresenceState, leaves: PresenceState, @Topic() topic: string) {
    console.info(topic, 'came:', Object.keys(joins), 'went:', Object.keys(leaves));
  }
}
