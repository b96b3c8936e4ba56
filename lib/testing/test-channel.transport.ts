import type { CloseReason } from '../common/close-reason.js';
import type { Payload } from '../common/payload.js';
import type { Connection } from '../connections/connection.js';
import type { Transport } from '../connections/transport.js';

/** What carries a test channel: documents go from one end to the other in the same turn. Nobody is closed for being silent. */
export class TestChannelTransport implements Transport {
  readonly name = undefined;
  readonly bufferedAmount = 0;
  readonly hasInherentKeepAlive = true;
  private connection: Connection | undefined;
  private unread: Buffer[] = [];
  private isPaused = false;
  private isClosed = false;

  /**
   * @param heard - gets what the server writes.
   * @param ended - is told that nothing more comes, once.
   */
  constructor(
    private readonly heard: (document: string) => void,
    private readonly ended: (reason: CloseReason) => void,
  ) {}

  serve(connection: Connection): void {
    this.connection = connection;
  }

  /** The client says something. */
  send(document: string): void {
    this.unread.push(Buffer.from(document));
    this.read();
  }

  /** The client is gone. */
  vanish(): void {
    this.connection?.transportClosed();
  }

  onceDrained(): void {}

  setFormat(): void {}

  write(document: string | Uint8Array): void {
    if (!this.isClosed) this.heard(String(document));
  }

  writeShared({ data }: Payload): void {
    this.write(data);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.read();
  }

  close(reason: CloseReason): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.ended(reason);
  }

  private read(): void {
    while (!this.isPaused && this.unread.length > 0) this.connection?.receive(this.unread.shift() as Buffer, false);
  }
}
