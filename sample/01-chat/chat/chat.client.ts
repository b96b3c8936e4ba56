/** What the server calls on the pages: each of these has a handler in public/main.js. */
export interface ChatClient {
  /** All rooms: told to who comes, and to everybody when a room appears, disappears, fills or empties. */
  roomsChanged(rooms: RoomSummary[]): void;
  /** To who has joined a room: what it is like at this moment. What follows builds on it. */
  entered(room: RoomState): void;
  joined(room: string, name: string): void;
  left(room: string, name: string): void;
  renamed(room: string, from: string, to: string): void;
  said(room: string, message: Message): void;
  /** Somebody else has just pressed a key. */
  typing(room: string, name: string): void;
  /** The same person goes on in another window; this connection ends. */
  moved(): void;
}

/** Somebody as the others see them. Names change hands; an id is always the same window's. */
export interface Author {
  id: string;
  name: string;
}

export interface RoomSummary {
  name: string;
  /** How many are in it. */
  people: number;
}

export interface RoomState {
  name: string;
  people: string[];
  messages: Message[];
}

export interface Message {
  id: string;
  author: Author;
  text: string;
  sentAt: Date;
}
