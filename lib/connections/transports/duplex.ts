import type { Duplex } from 'node:stream';
import type { Clock } from '../../common/clock.js';
import { closeReason, type CloseReason } from '../../common/close-reason.js';
import { asError, connectionErrors } from '../../common/errors.js';
import type { Payload } from '../../common/payload.js';
import type { Connection } from '../connection.js';
import type { Transport } from '../transport.js';
import { Detention } from './detention.js';
import { givenBytes } from './given-bytes.js';
import { ReadTurns } from './read-turns.js';
import { bytesTaken } from './taken.js';

/** Any stream of bytes that Node knows: a TCP socket, a pipe, a pair of streams in a test. The protocol's own framing is all there is. */
export class DuplexTransport implements Transport {
  readonly name = undefined;
  private connection: Connection | undefined;
  private isClosing = false;
  private hasEnded = false;
  private detention: Detention | undefined;
  private writesTaken = 0;
  private whenDrained: (() => void)[] = [];
  private readonly turns: ReadTurns;

  /**
   * @param closeTimeout - milliseconds that the peer may take to end its side after the server has ended its own.
   * @param isTextOnly - whether what is below carries no bytes but text.
   */
  constructor(
    private readonly stream: Duplex,
    private readonly closeTimeout: number,
    private readonly clock: Clock,
    readonly isTextOnly = false,
  ) {
    this.turns = new ReadTurns(stream, stream);
  }

  get bufferedAmount(): number {
    return this.stream.writableLength;
  }

  get taken(): number | undefined {
    return bytesTaken(this.stream) ?? this.writesTaken;
  }

  get isStanding(): boolean {
    return !this.stream.destroyed;
  }

  onceDrained(callback: () => void): void {
    this.whenDrained.push(callback);
  }

  /** What arrives from now on is for this connection. */
  serve(connection: Connection): void {
    this.connection = connection;
    this.stream.on('data', this.received);
    this.stream.once('end', () => this.ended());
    this.stream.on('error', this.ended);
    this.stream.once('close', () => this.over());
    if (this.stream.destroyed || this.stream.readableEnded) this.ended(this.stream.errored ?? undefined);
  }

  /** A stream has no frames of its own that would have to know. */
  setFormat(): void {}

  /** A stream of somebody else's making may throw; then it is this stream that ends, and not the turn in which all peers are written to. */
  write(data: string | Uint8Array): void {
    if (!this.stream.writable) return;
    try {
      this.stream.write(data, this.wrote);
    } catch (error) {
      this.stream.destroy(asError(error));
    }
  }

  writeShared(payload: Payload): void {
    this.write(payload.data);
  }

  pause(): void {
    this.turns.pause();
  }

  /** Calls that have come to their end let their client be read on, though it is closed by then. */
  resume(): void {
    if (!this.isClosing) this.turns.resume();
  }

  /** Who sends faster than can be read, from elsewhere: what is in this process may have nobody who moves its clock. */
  detain(): void {
    const isSocket = bytesTaken(this.stream) !== undefined;
    if (isSocket && this.turns.isFull) this.detention = new Detention(this.turns, this.stream);
  }

  discharge(): void {
    this.detention?.end();
  }

  close(reason: CloseReason): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (!reason.peerCanHear && reason.error !== undefined) return this.cut();
    if (this.detention === undefined) this.sayGoodbye();
    else this.detention.endWith(() => this.sayGoodbye(), this.clock);
  }

  /** One of somebody else's making may say nothing of it. */
  cut(): void {
    this.stream.destroy();
    this.connection?.transportEnded();
  }

  private sayGoodbye(): void {
    this.turns.resume();
    this.stream.end();
    // One that is gone will not say so again.
    if (this.stream.destroyed) return this.connection?.transportEnded();
    const cancelCut = this.clock.after(this.closeTimeout, () => this.cut());
    this.stream.once('close', cancelCut);
  }

  /** A stream of objects gives anything. */
  private readonly received = (data: unknown): void => {
    const bytes = givenBytes(data);
    if (bytes === undefined) return this.connection?.close(closeReason('failed', { error: connectionErrors.notBytes() }));
    this.connection?.receive(this.turns.take(bytes, bytes === data));
  };

  /** Node's 'drain' comes only where a write has met the stream's own mark; and a write of nothing may be a message to a stream of somebody else's. */
  private readonly wrote = (error?: Error | null): void => {
    if (error != null) return;
    this.writesTaken++;
    if (this.whenDrained.length === 0 || this.stream.writableLength > 0) return;
    for (const callback of this.whenDrained.splice(0)) callback();
  };

  /** An error is an end as well: not every stream closes after it. */
  private readonly ended = (error?: Error): void => {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.hearRest();
    this.connection?.transportClosed(error);
  };

  /** What had come before the stream broke off, and waits for its turn, was said. */
  private hearRest(): void {
    const { destroyed: isBroken, readableLength: length } = this.stream;
    const rest = isBroken && length > 0 ? givenBytes(this.stream.read(length)) : undefined;
    if (rest !== undefined) this.connection?.receive(rest);
  }

  private over(): void {
    this.ended();
    this.connection?.transportEnded();
  }
}
