import { Channel, Join } from 'nestjs-signalr';
import { Rooms } from './rooms.js';

/** The rooms, and how many are in each. Who comes is told the last that was said. */
@Channel('directory', { history: { mode: 'latest', ttl: 86_400_000 } })
export class DirectoryChannel {
  constructor(private readonly rooms: Rooms) {}

  @Join()
  join(): { rooms: string[] } {
    return { rooms: this.rooms.names };
  }
}
