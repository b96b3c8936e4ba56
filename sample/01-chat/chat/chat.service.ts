import { Injectable } from '@nestjs/common';
import { HubClients, HubConnections, HubException, HubGroups } from 'nestjs-signalr';
import type { ChatClient } from './chat.client.js';
import { checkMessage, checkName, limits } from './limits.js';
import type { Person, Room } from './room.js';
import { Rooms } from './rooms.js';

/** Knows who is where, and tells the pages what happens. Every room is a group of the hub. */
@Injectable()
export class ChatService {
  /** By connection id. */
  private readonly people = new Map<string, Person>();

  constructor(
    private readonly rooms: Rooms,
    private readonly clients: HubClients<ChatClient>,
    private readonly groups: HubGroups,
    private readonly connections: HubConnections,
  ) {}

  async greet(connectionId: string): Promise<void> {
    await this.clients.client(connectionId).send('roomsChanged', this.rooms.summaries);
  }

  async forget(connectionId: string): Promise<void> {
    await this.leave(connectionId);
    this.people.delete(connectionId);
  }

  async introduce(connectionId: string, wish: string, key: string): Promise<string> {
    const name = checkName('name', wish);
    const namesake = this.namesake(name, connectionId);
    if (namesake !== undefined) {
      if (namesake.key !== key) throw new HubException(`Somebody here is called ${namesake.name} already. Please choose another name.`);
      await this.replace(namesake);
    }
    const person = this.people.get(connectionId);
    if (person === undefined) this.add({ connectionId, key, name });
    else await this.rename(person, name);
    return name;
  }

  async join(connectionId: string, roomName: string): Promise<void> {
    const person = this.person(connectionId);
    const room = this.rooms.open(checkName('room name', roomName));
    if (room !== person.room) await this.enter(person, room);
    await this.clients.client(connectionId).send('entered', room.state);
  }

  /** To be in no room is no error. */
  async leave(connectionId: string): Promise<void> {
    const person = this.people.get(connectionId);
    const room = person?.room;
    if (person === undefined || room === undefined) return;
    room.people.delete(person);
    person.room = undefined;
    this.rooms.tidy(room);
    await this.groups.remove(connectionId, room.name);
    await this.clients.group(room.name).send('left', room.name, person.name);
    await this.announceRooms();
  }

  async say(connectionId: string, text: string): Promise<void> {
    const { name, room } = this.member(connectionId);
    const message = room.keep(name, checkMessage(text));
    await this.clients.group(room.name).send('said', room.name, message);
  }

  /** A person's name, and the room that the person is in. */
  member(connectionId: string): { name: string; room: Room } {
    const { name, room } = this.person(connectionId);
    if (room === undefined) throw new HubException('Join a room first.');
    return { name, room };
  }

  private person(connectionId: string): Person {
    const person = this.people.get(connectionId);
    if (person === undefined) throw new HubException('Choose a name first.');
    return person;
  }

  /** Somebody else of that name; capital letters make no difference. */
  private namesake(name: string, connectionId: string): Person | undefined {
    const isNamesake = (person: Person): boolean => person.name.toLowerCase() === name.toLowerCase();
    return [...this.people.values()].find((person) => person.connectionId !== connectionId && isNamesake(person));
  }

  private add(person: Person): void {
    if (this.people.size >= limits.people) throw new HubException('The chat is full. Please try again later.');
    this.people.set(person.connectionId, person);
  }

  /** The same page is back before anybody noticed that its connection was lost, or there is a copy of it in another window. */
  private async replace({ connectionId }: Person): Promise<void> {
    await this.forget(connectionId);
    await this.connections.disconnect(connectionId, { reason: 'The chat goes on in another window.' });
  }

  private async rename(person: Person, name: string): Promise<void> {
    const { name: before, room } = person;
    person.name = name;
    if (room !== undefined && name !== before) await this.clients.group(room.name).send('renamed', room.name, before, name);
  }

  private async enter(person: Person, room: Room): Promise<void> {
    await this.leave(person.connectionId);
    room.people.add(person);
    person.room = room;
    await this.groups.add(person.connectionId, room.name);
    await this.clients.groupExcept(room.name, [person.connectionId]).send('joined', room.name, person.name);
    await this.announceRooms();
  }

  private announceRooms(): Promise<void> {
    return this.clients.all.send('roomsChanged', this.rooms.summaries);
  }
}
