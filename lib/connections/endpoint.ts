import type { ConnectionHandler } from './connection.handler.js';
import type { Connection } from './connection.js';

/** A place that peers connect to: it gives each connection somebody who understands its bytes. */
export interface Endpoint {
  /** The path it is served at, as it was written. */
  readonly path: string;
  /** Called once for each connection, when its transport stands. */
  open(connection: Connection): ConnectionHandler;
}
