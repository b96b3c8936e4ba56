import type { Readable } from 'node:stream';
import type { Cancel, Clock } from '../../common/clock.js';
import type { CloseReason } from '../../common/close-reason.js';
import type { Payload } from '../../common/payload.js';
import type { Connection } from '../connection.js';
import type { Transport } from '../transport.js';
import { PostedBodies, type PostOutcome } from './posted-bodies.js';
import { bytesTakenOf, onceResponseTaken } from './taken.js';
import { writeOn, type FlushableResponse } from './write-on.js';

/** Proxies and middlewares are not to keep events back until there are enough of them. */
const headers = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache,no-store',
  Pragma: 'no-cache',
  'Content-Encoding': 'identity',
  'X-Accel-Buffering': 'no',
};

/** An event stream down, and posted bodies up. It carries text alone. */
export class ServerSentEventsTransport implements Transport {
  readonly name = 'ServerSentEvents';
  readonly isTextOnly = true;
  private readonly bodies = new PostedBodies((bytes) => this.connection?.receive(bytes));
  private connection: Connection | undefined;
  private cancelCut: Cancel | undefined;
  private isClosing = false;

  /** @param sendTimeout - milliseconds that the client may take for what was written before the end. */
  constructor(
    private readonly response: FlushableResponse,
    private readonly sendTimeout: number,
    private readonly clock: Clock,
  ) {}

  get bufferedAmount(): number {
    return this.response.writableLength;
  }

  get taken(): number | undefined {
    return bytesTakenOf(this.response);
  }

  get isStanding(): boolean {
    return this.connection !== undefined;
  }

  onceDrained(callback: () => void): void {
    onceResponseTaken(this.response, callback);
  }

  /** Node keeps what is written to a response, so that all of a turn goes in one piece. */
  flush(): void {
    this.response.socket?.uncork();
  }

  /** Begins the stream; what is posted from now on is for this connection. Browsers say that it is open when something has come. */
  serve(connection: Connection): void {
    this.connection = connection;
    const { response } = this;
    response.once('close', () => this.ended());
    response.on('error', () => this.ended());
    response.shouldKeepAlive = false;
    response.writeHead(200, headers);
    this.say(':\r\n');
    if (response.destroyed) this.ended();
  }

  /** Reads the body of a POST; settles when that is done. */
  post(body: Readable): Promise<PostOutcome> {
    return this.bodies.take(body);
  }

  setFormat(): void {}

  write(data: string | Uint8Array): void {
    this.say(eventOf(data));
  }

  writeShared(payload: Payload): void {
    this.say((payload.event ??= eventOf(payload.data)));
  }

  pause(): void {
    this.bodies.pause();
  }

  resume(): void {
    this.bodies.resume();
  }

  close(reason: CloseReason): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.bodies.close();
    const { response } = this;
    if (!reason.peerCanHear && reason.error !== undefined) return void response.destroy();
    response.end();
    if (response.destroyed) return;
    this.cancelCut = this.clock.after(this.sendTimeout, () => this.cut());
  }

  cut(): void {
    this.response.destroy();
  }

  private say(text: string): void {
    if (this.isClosing || this.response.destroyed) return;
    writeOn(this.response, text);
  }

  private ended(): void {
    this.cancelCut?.();
    this.isClosing = true;
    this.bodies.close();
    const { connection } = this;
    this.connection = undefined;
    connection?.transportClosed();
    connection?.transportEnded();
  }
}

/** One event; a line for each line of its data, for a line break would end it. */
function eventOf(data: string | Uint8Array): string {
  const text = typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  const lines = /[\r\n]/.test(text) ? text.split(/\r\n|\n|\r/).join('\r\ndata: ') : text;
  return `data: ${lines}\r\n\r\n`;
}
