import { randomUUID } from 'node:crypto';
import type { Author, Message, RoomState } from './chat.client.js';
import { limits } from './limits.js';

export interface Person extends Author {
  readonly connectionId: string;
  readonly id: string;
  room?: Room;
}

/** The people in a room, and what was said there last. */
export class Room {
  readonly people = new Set<Person>();
  private readonly messages: Message[] = [];

  constructor(readonly name: string) {}

  get isEmpty(): boolean {
    return this.people.size === 0;
  }

  get isUnused(): boolean {
    return this.isEmpty && this.messages.length === 0;
  }

  get state(): RoomState {
    return { name: this.name, people: Array.from(this.people, ({ name }) => name), messages: this.messages };
  }

  /** Makes a message of what somebody said, and remembers it. */
  keep({ id, name }: Author, text: string): Message {
    const message = { id: randomUUID(), author: { id, name }, text, sentAt: new Date() };
    this.messages.push(message);
    if (this.messages.length > limits.history) this.messages.shift();
    return message;
  }
}
