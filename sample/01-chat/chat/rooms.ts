import { Injectable } from '@nestjs/common';
import { HubException } from 'nestjs-signalr';
import type { RoomSummary } from './chat.client.js';
import { limits } from './limits.js';
import { Room } from './room.js';

/** All rooms. The lobby is always there; the others as long as somebody is in them or would miss what was said. */
@Injectable()
export class Rooms {
  private readonly lobby = new Room('Lobby');
  /** By name in small letters: 'lobby' and 'Lobby' are one. */
  private readonly byName = new Map([['lobby', this.lobby]]);

  get summaries(): RoomSummary[] {
    return Array.from(this.byName.values(), ({ name, people }) => ({ name, people: people.size }));
  }

  /** The room of that name, which is a new one if there is none yet. */
  open(name: string): Room {
    const key = name.toLowerCase();
    const known = this.byName.get(key);
    if (known !== undefined) return known;
    if (this.byName.size >= limits.rooms) this.makeSpace();
    const room = new Room(name);
    this.byName.set(key, room);
    return room;
  }

  /** Forgets a room that nobody would miss. */
  tidy(room: Room): void {
    if (room.isUnused) this.remove(room);
  }

  /** The oldest room in which nobody is has to go. */
  private makeSpace(): void {
    const empty = [...this.byName.values()].find((room) => room.isEmpty && room !== this.lobby);
    if (empty === undefined) throw new HubException(`There are ${limits.rooms} rooms already. Please join one of them.`);
    this.remove(empty);
  }

  private remove(room: Room): void {
    if (room !== this.lobby) this.byName.delete(room.name.toLowerCase());
  }
}
