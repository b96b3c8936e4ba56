import type { CloseReason } from '../../lib/common/close-reason.js';
import type { ConnectionHandler } from '../../lib/connections/connection.handler.js';
import type { Connection } from '../../lib/connections/connection.js';
import type { Endpoint } from '../../lib/connections/endpoint.js';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { Changes } from './changes.js';

/** The other half of a connection that understands nothing and notes everything. A test gives it what it is to do. */
export class RecordingHandler implements ConnectionHandler {
  readonly chunks: Buffer[] = [];
  readonly ticks: number[] = [];
  /** Each time that the transport said it had ended. */
  readonly transportEnds: CloseReason[] = [];
  readonly endedFor: CloseReason[] = [];
  /** The last words, if there are to be any. */
  words: string | Uint8Array | undefined;
  whenReceiving: (bytes: Buffer) => void = () => undefined;
  whenTransportCloses: (reason: CloseReason) => void = (reason) => this.connection.close(reason);
  whenTicking: (now: number) => void = () => undefined;
  whenFinishing: () => Promise<void> | undefined = () => undefined;
  whenClosed: () => Promise<void> = () => Promise.resolve();
  private readonly changes = new Changes();
  private receivedLength = 0;

  constructor(
    readonly connection: Connection,
    private readonly log: string[],
  ) {}

  /** All that has arrived. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }

  /** Everything that has arrived, once it is so many bytes. */
  async received(length: number): Promise<Buffer> {
    await this.changes.until(() => this.receivedLength >= length);
    return this.bytes;
  }

  /** Why the transport ended, once it has. */
  async transportEnded(): Promise<CloseReason> {
    await this.changes.until(() => this.transportEnds.length > 0);
    return this.transportEnds[0];
  }

  receive(bytes: Buffer): void {
    this.chunks.push(Buffer.from(bytes));
    this.receivedLength += bytes.length;
    this.whenReceiving(bytes);
    this.changes.announce();
  }

  transportClosed(reason: CloseReason): void {
    this.transportEnds.push(reason);
    this.log.push(`transport closed: ${reason.code}`);
    this.whenTransportCloses(reason);
    this.changes.announce();
  }

  tick(now: number): void {
    this.ticks.push(now);
    this.whenTicking(now);
  }

  finish(): Promise<void> | undefined {
    return this.whenFinishing();
  }

  farewell(reason: CloseReason): string | Uint8Array | undefined {
    this.log.push(`farewell for ${reason.code}`);
    return this.words;
  }

  closed(reason: CloseReason): Promise<void> {
    this.endedFor.push(reason);
    this.log.push(`handler closed for ${reason.code}`);
    return this.whenClosed();
  }
}

/** An endpoint whose connections are noted. */
export class RecordingEndpoint implements Endpoint {
  readonly name = 'Recording';
  /** The handlers of all connections, in the order in which they were opened. */
  readonly handlers: RecordingHandler[] = [];
  private readonly opened = new Mailbox<RecordingHandler>();

  constructor(
    readonly path = '/recording',
    private readonly log: string[] = [],
  ) {}

  open(connection: Connection): RecordingHandler {
    const handler = new RecordingHandler(connection, this.log);
    this.handlers.push(handler);
    this.opened.put(handler);
    return handler;
  }

  /** The handler of the next connection. */
  next(): Promise<RecordingHandler> {
    return this.opened.take(() => true);
  }
}
