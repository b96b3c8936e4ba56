import type { FrameNotes } from '../common/frame-notes.js';
import type { Payload } from '../common/payload.js';
import { Connection } from './connection.js';

/** A connection of which somebody wants to know what its peer is told. */
export class NotedConnection extends Connection {
  private readonly notes: FrameNotes;

  constructor(notes: FrameNotes, ...given: ConstructorParameters<typeof Connection>) {
    super(...given);
    this.notes = notes;
  }

  override send(data: string | Uint8Array | Payload): void {
    this.note('message', data);
    super.send(data);
  }

  override offer(payload: Payload): void {
    this.note('broadcast', payload);
    super.offer(payload);
  }

  override sendOnce(data: string | Uint8Array | Payload): void {
    this.note('control', data);
    super.sendOnce(data);
  }

  private note(kind: string, data: string | Uint8Array | Payload): void {
    if (this.closeReason !== undefined) return;
    const { length } = typeof data === 'object' && 'data' in data ? data.data : data;
    this.notes.said(kind, length);
  }
}
