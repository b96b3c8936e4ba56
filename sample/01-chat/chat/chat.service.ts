import { Injectable } from '@nestjs/common';
import { HubClients, HubConnections, HubException, HubGroups } from 'nestjs-signalr';
import { createHash } from 'node:crypto';
import type { Author, ChatClient } from './chat.client.js';
import { checkKey, checkMessage, checkName, limits } from './limits.js';
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

  async introduce(connectionId: string, wish: string, key: string): Promise<Author> {
    const name = checkName('name', wish);
    const id = idOf(checkKey(key));
    const person = this.people.get(connectionId);
    if (person !== undefined && person.id !== id) throw new HubException('This is not the key of this page.');
    this.checkFree(name, id);
    await this.replace(id, connectionId);
    if (person === undefined) this.add({ connectionId, id, name });
    else await this.rename(person, name);
    return { id, name };
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
    const { person, room } = this.member(connectionId);
    const message = room.keep(person, checkMessage(text));
    await this.clients.group(room.name).send('said', room.name, message);
  }

  /** A person, and the room that the person is in. */
  member(connectionId: string): { person: Person; room: Room } {
    const person = this.person(connectionId);
    if (person.room === undefined) throw new HubException('Join a room first.');
    return { person, room: person.room };
  }

  private person(connectionId: string): Person {
    const person = this.people.get(connectionId);
    if (person === undefined) throw new HubException('Choose a name first.');
    return person;
  }

  /** Nobody else may have that name; capital letters make no difference. */
  private checkFree(name: string, id: string): void {
    const isNamesake = (person: Person): boolean => person.id !== id && person.name.toLowerCase() === name.toLowerCase();
    const namesake = [...this.people.values()].find(isNamesake);
    if (namesake !== undefined) throw new HubException(`Somebody here is called ${namesake.name} already. Please choose another name.`);
  }

  private add(person: Person): void {
    if (this.people.size >= limits.people) throw new HubException('The chat is full. Please try again later.');
    this.people.set(person.connectionId, person);
  }

  /** The same page is back before anybody noticed that its connection was lost, or there is a copy of it in another window. */
  private async replace(id: string, newConnectionId: string): Promise<void> {
    const before = [...this.people.values()].find((person) => person.id === id && person.connectionId !== newConnectionId);
    if (before === undefined) return;
    await this.forget(before.connectionId);
    await this.clients.client(before.connectionId).send('moved');
    await this.connections.disconnect(before.connectionId, { reason: 'Moved to another window.' });
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

/** The same for the same key, also after a restart of the server; and nobody finds the key by it. */
function idOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
