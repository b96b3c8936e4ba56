import type { Clock } from '../common/clock.js';
import type { Absentees } from './absentees.js';
import type { Connection } from './connection.js';

/** What connections share. */
export interface ConnectionHome {
  readonly clock: Clock;
  /** How long a peer may be away, in milliseconds. */
  readonly disconnectTimeout: number;
  readonly absentees: Absentees;
  /** Called once, at the beginning of a connection's end. */
  left(connection: Connection): void;
  /** Called once, when all of its end is done. */
  gone(connection: Connection): void;
  /** Called when the transport of a connection that has ended is done with its peer. */
  released(connection: Connection): void;
}
