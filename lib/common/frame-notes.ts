import type { Events } from './events.js';

/** Tells of each frame of one connection. It is made only where somebody listens when the connection begins: without it a frame costs nothing. */
export class FrameNotes {
  private constructor(
    private readonly events: Events,
    private readonly endpoint: string,
    private readonly connectionId: string,
  ) {}

  /** @returns undefined where nobody listens. */
  static of(events: Events, endpoint: string, connectionId: string): FrameNotes | undefined {
    return events.has('framed') ? new FrameNotes(events, endpoint, connectionId) : undefined;
  }

  /**
   * The peer has said something.
   *
   * @param kind - of the language; never what the peer wrote.
   * @param size - in bytes.
   * @param method - as the application has it.
   */
  heard(kind: string, size: number, method?: string): void {
    this.tell('in', kind, size, method);
  }

  /** The peer is told something. */
  said(kind: string, size: number): void {
    this.tell('out', kind, size, undefined);
  }

  private tell(direction: 'in' | 'out', kind: string, size: number, method: string | undefined): void {
    const { endpoint, connectionId } = this;
    this.events.emit('framed', { endpoint, connectionId, direction, kind, size, method });
  }
}
