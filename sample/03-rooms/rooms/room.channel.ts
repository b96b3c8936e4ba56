import { Channel, ChannelSocket, HandleIn, Join, PresenceChanged, Socket } from 'nestjs-signalr';
import { Directory } from './directory.js';
import { checkMessage, checkName, refusal } from './limits.js';
import { Rooms, type Message } from './rooms.js';

/** What pages send; it may be anything. */
type Payload = Readonly<Record<string, unknown>> | null;

/**
 * A room. The library remembers what is broadcast in it for those who lose their connection, and knows who is there; `Rooms` has what those are
 * shown who come for the first time.
 */
@Channel('room:*', { presence: true, history: { size: 100, ttl: 600_000 } })
export class RoomChannel {
  constructor(
    private readonly rooms: Rooms,
    private readonly directory: Directory,
  ) {}

  /** All windows with the same name are one person's. */
  @Join()
  async join(payload: Payload, @Socket() socket: ChannelSocket): Promise<{ name: string }> {
    if (!this.rooms.has(socket.subtopic)) throw refusal('There is no such room.');
    const name = checkName(payload?.['name']);
    socket.set('name', name);
    await socket.track({ client: socket.dialect, isTyping: false }, { key: name });
    return { name };
  }

  /** Asked for by who has come, unless nothing was missed. */
  @HandleIn('history')
  history(_: Payload, @Socket() socket: ChannelSocket): { messages: readonly Message[] } {
    return { messages: this.rooms.latest(socket.subtopic) };
  }

  @HandleIn('say')
  async say(payload: Payload, @Socket() socket: ChannelSocket): Promise<object> {
    const message = this.rooms.keep(socket.subtopic, socket.get('name') as string, checkMessage(payload?.['text']));
    await socket.broadcast('said', message);
    return {};
  }

  /** Part of the presence, so that it is over when a connection is, and is nothing that somebody could have missed. */
  @HandleIn('typing')
  async typing(payload: Payload, @Socket() socket: ChannelSocket): Promise<void> {
    await socket.update({ client: socket.dialect, isTyping: payload?.['isTyping'] === true });
  }

  @PresenceChanged()
  async changed(): Promise<void> {
    await this.directory.announce();
  }
}
