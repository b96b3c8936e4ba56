import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { limits } from './limits.js';

export interface Message {
  id: string;
  /** Who has said it. */
  name: string;
  text: string;
  sentAt: Date;
}

/** The rooms, and what was said last in each of them. */
@Injectable()
export class Rooms {
  /** By name. */
  private readonly messages = new Map<string, Message[]>([
    ['Lobby', []],
    ['Garden', []],
    ['Workshop', []],
  ]);

  get names(): string[] {
    return [...this.messages.keys()];
  }

  has(room: string): boolean {
    return this.messages.has(room);
  }

  /** What was said last in a room, the oldest first. */
  latest(room: string): readonly Message[] {
    return this.messages.get(room) ?? [];
  }

  /** Makes a message of what somebody said, and remembers it. */
  keep(room: string, name: string, text: string): Message {
    const message = { id: randomUUID(), name, text, sentAt: new Date() };
    const kept = this.messages.get(room);
    kept?.push(message);
    if (kept !== undefined && kept.length > limits.history) kept.shift();
    return message;
  }
}
