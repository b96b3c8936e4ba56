import type { FrameNotes } from '../common/frame-notes.js';
import type { Clock } from '../common/clock.js';
import type { Absentees } from './absentees.js';
import type { ConnectionHandler } from './connection.handler.js';
import type { Loss } from './held-back.js';

/** What connections share. */
export interface ConnectionHome<Connection> {
  readonly clock: Clock;
  /** How long a peer may be away, in milliseconds. */
  readonly disconnectTimeout: number;
  readonly absentees: Absentees;
  /** Called once, at the beginning of a connection's end. */
  left(connection: Connection): void;
  /** Called once, when all of its end is done. */
  gone(connection: Connection): void;
  /** Called when the peer of a connection that has ended comes no more to hear of it. */
  released(connection: Connection): void;
  /** Called when no socket of the peer of a connection that has ended is left, and nothing is on its way to it. */
  freed(connection: Connection): void;
}

/** Who gives a connection its other half; an endpoint. */
export interface Opener<Connection> {
  readonly speaksDocuments?: boolean;
  open(connection: Connection, prepared: unknown): ConnectionHandler;
  notesFor?(connectionId: string): FrameNotes | undefined;
  /** Messages for one of its connections were dropped in the last second, for the peer is too slow. */
  dropped?(connection: Connection, loss: Loss): void;
}
