import type { CloseReason } from '../../lib/common/close-reason.js';
import type { Payload } from '../../lib/common/payload.js';
import type { Connection } from '../../lib/connections/connection.js';
import type { Transport } from '../../lib/connections/transport.js';

/** How a connection was closed. */
export interface Closed {
  readonly code: number | undefined;
  readonly text: string | undefined;
  /** Why, as the server sees it. */
  readonly reason: CloseReason;
}

/** A WebSocket without a network: documents go from one end to the other as they are, in the same turn. */
export class MemoryTransport implements Transport {
  readonly name = 'WebSockets';
  /** What the peer has still to take. */
  bufferedAmount = 0;
  isPaused = false;
  /** How often it was written to as to many peers. */
  shared = 0;
  readonly closed: Promise<Closed>;
  private readonly unread: [Buffer, boolean][] = [];
  private connection: Connection | undefined;
  private isClosed = false;
  private tellClosed!: (closed: Closed) => void;
  private drained: () => void = () => undefined;

  /** @param heard - gets what the server writes. */
  constructor(private readonly heard: (document: string | Uint8Array) => void) {
    this.closed = new Promise((resolve) => (this.tellClosed = resolve));
  }

  serve(connection: Connection): void {
    this.connection = connection;
  }

  /** The peer sends a document. */
  send(document: string | Uint8Array): void {
    this.unread.push([Buffer.from(document as string), typeof document !== 'string']);
    this.read();
  }

  /** The peer is gone, without a word or with an error of the network. */
  vanish(error?: Error): void {
    this.isClosed = true;
    this.connection?.transportClosed(error);
  }

  onceDrained(callback: () => void): void {
    this.drained = callback;
  }

  /** The peer takes what it was sent. */
  drain(): void {
    this.bufferedAmount = 0;
    this.drained();
  }

  setFormat(): void {}

  write(data: string | Uint8Array): void {
    if (!this.isClosed) this.heard(data);
  }

  writeShared(payload: Payload): void {
    this.shared++;
    this.write(payload.data);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.read();
  }

  close(reason: CloseReason, code?: number): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.tellClosed({ code, text: reason.textForPeer, reason });
  }

  private read(): void {
    while (!this.isPaused && this.unread.length > 0) {
      const [bytes, isBinary] = this.unread.shift() as [Buffer, boolean];
      this.connection?.receive(bytes, isBinary);
    }
  }
}
