import type { FrameNotes } from '../common/frame-notes.js';
import type { ConnectionHandler } from './connection.handler.js';
import type { Connection } from './connection.js';

/** A place that peers connect to: it gives each connection somebody who understands its bytes. */
export interface Endpoint {
  /** For people: that of the class, where there is one. */
  readonly name: string;
  /** The path it is served at, as it was written. */
  readonly path: string;
  /** Set where its peers speak in documents, which are neither joined nor cut. */
  readonly speaksDocuments?: boolean;
  /**
   * Called once for each connection, when its transport stands.
   *
   * @param prepared - what the endpoint has made of the peer before, where it did.
   */
  open(connection: Connection, prepared: unknown): ConnectionHandler;
  /** Where the frames of a connection are told; undefined where nobody wants to know. */
  notesFor?(connectionId: string): FrameNotes | undefined;
}
