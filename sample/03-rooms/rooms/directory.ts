import { Injectable } from '@nestjs/common';
import { Channels, Presence } from 'nestjs-signalr';
import { Rooms } from './rooms.js';

/** Tells all pages how many people are in which room. */
@Injectable()
export class Directory {
  private lastSaid = '';

  constructor(
    private readonly rooms: Rooms,
    private readonly presence: Presence,
    private readonly channels: Channels,
  ) {}

  async announce(): Promise<void> {
    const rooms = await Promise.all(this.rooms.names.map(async (name) => ({ name, people: await this.presence.count(`room:${name}`) })));
    const text = JSON.stringify(rooms);
    if (text === this.lastSaid) return;
    this.lastSaid = text;
    await this.channels.broadcast('directory', 'rooms', { rooms });
  }
}
