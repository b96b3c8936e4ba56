import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Cancel, Clock } from '../../common/clock.js';
import type { CloseReason } from '../../common/close-reason.js';
import { connectionErrors } from '../../common/errors.js';
import type { Payload } from '../../common/payload.js';
import type { Connection } from '../connection.js';
import { SendWatch } from '../send-watch.js';
import type { Transport } from '../transport.js';
import { PostedBodies, type PostOutcome } from './posted-bodies.js';
import { bytesTaken } from './taken.js';

const UNCACHED = { 'Cache-Control': 'no-cache, no-store', Pragma: 'no-cache', Expires: 'Thu, 01 Jan 1970 00:00:00 GMT' };
const NOTHING = { ...UNCACHED, 'Content-Type': 'text/plain', 'Content-Length': 0 };
const OVER = { ...UNCACHED, 'Content-Type': 'text/plain' };

/** Times in milliseconds. */
export interface LongPollingTimes {
  /** How long a poll waits for something to say. */
  readonly pollTimeout: number;
  /** How long a client may take nothing of an answer. */
  readonly sendTimeout: number;
  /** How long a client may stay away between polls, and from what is left at the end. */
  readonly disconnectTimeout: number;
}

/** What waits is the answer of the next poll; bodies are posted up. The client is there as long as it comes back in time. */
export class LongPollingTransport implements Transport {
  readonly name = 'LongPolling';
  readonly hasInherentKeepAlive = true;
  private readonly bodies = new PostedBodies((bytes) => this.connection?.receive(bytes));
  /** Of the answer that is on its way; made when that is looked at for the first time. */
  private watch: SendWatch | undefined;
  private connection: Connection | undefined;
  private unsent: Uint8Array[] = [];
  private unsentLength = 0;
  /** The poll that waits for something to say, and since when. */
  private poll: ServerResponse | undefined;
  /** The answer that is on its way. */
  private answer: ServerResponse | undefined;
  /** A poll that has come before the answer to the last one was out. */
  private next: ServerResponse | undefined;
  /** Since when the poll waits, or nobody polls. */
  private since: number;
  private whenSent: (() => void)[] = [];
  private cancelCut: Cancel | undefined;
  private isClosing = false;
  private hasEnded = false;

  constructor(
    private readonly times: LongPollingTimes,
    private readonly clock: Clock,
  ) {
    this.since = clock.now();
  }

  get bufferedAmount(): number {
    return this.unsentLength + (this.answer?.writableLength ?? 0);
  }

  onceDrained(callback: () => void): void {
    this.whenSent.push(callback);
  }

  get isAwaited(): boolean {
    return !this.hasEnded;
  }

  get isStanding(): boolean {
    return !this.hasEnded;
  }

  /** Answers the first poll, which is what begins a connection; what is posted from now on is for this one. */
  serve(connection: Connection, response: ServerResponse): void {
    this.connection = connection;
    this.send(response, 200, { ...NOTHING, 'Content-Type': 'application/octet-stream' });
  }

  /**
   * Answers a poll as soon as there is something to say. One that waits already is answered with 204: its client has given it up.
   *
   * @returns false when two are waiting already: the new one is for the caller to answer.
   */
  take(response: ServerResponse): boolean {
    if (this.next !== undefined) return false;
    if (this.poll !== undefined) this.send(this.poll, 204, OVER);
    if (this.answer === undefined) this.attend(response);
    else this.hold(response);
    return true;
  }

  /** Reads the body of a POST; settles when that is done. */
  post(body: Readable): Promise<PostOutcome> {
    return this.bodies.take(body);
  }

  /** The client says that it goes. */
  terminate(): void {
    this.end(undefined, 'client-closed');
  }

  setFormat(): void {}

  write(data: string | Uint8Array): void {
    if (this.isClosing) return;
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    this.unsent.push(bytes);
    this.unsentLength += bytes.length;
    if (this.poll !== undefined) this.sendAll(this.poll);
  }

  writeShared(payload: Payload): void {
    this.write(payload.data);
  }

  pause(): void {
    this.bodies.pause();
  }

  resume(): void {
    this.bodies.resume();
  }

  tick(now: number): void {
    if (this.isClosing) return;
    const { pollTimeout, disconnectTimeout } = this.times;
    if (this.answer !== undefined) this.watchSending(this.answer, now);
    else if (this.poll === undefined && now - this.since >= disconnectTimeout) this.end();
    else if (this.poll !== undefined && now - this.since >= pollTimeout) this.send(this.poll, 200, NOTHING);
  }

  private watchSending(answer: ServerResponse, now: number): void {
    const { sendTimeout } = this.times;
    this.watch ??= new SendWatch(sendTimeout);
    const taken = 'stream' in answer ? undefined : bytesTaken(answer.socket);
    if (this.watch.isStalled(answer.writableLength, now, taken)) this.end(connectionErrors.sendTimeout(sendTimeout));
  }

  /** What is left is for the next poll, the last but one; a client that does not come for it has to do without. */
  close(reason: CloseReason): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.bodies.close();
    if (!reason.peerCanHear && reason.error !== undefined) return this.end();
    if (this.poll !== undefined) return this.attend(this.poll);
    this.cancelCut = this.clock.after(this.times.disconnectTimeout, () => this.end());
    this.tellIfQuiet();
  }

  cut(): void {
    this.end();
  }

  private attend(response: ServerResponse): void {
    if (this.unsentLength > 0) this.sendAll(response);
    else if (this.isClosing) this.sayOver(response);
    else this.wait(response);
  }

  private wait(response: ServerResponse): void {
    this.poll = response;
    this.since = this.clock.now();
    // 'finish' where somebody else answers it: a middleware that has waited long enough.
    for (const event of ['finish', 'close']) response.once(event, () => this.left(response));
    if (response.destroyed) this.left(response);
  }

  /** The client has given up a poll that waited. */
  private left(response: ServerResponse): void {
    if (this.poll !== response) return;
    this.poll = undefined;
    this.since = this.clock.now();
  }

  private hold(response: ServerResponse): void {
    this.next = response;
    response.once('close', () => {
      if (this.next === response) this.next = undefined;
    });
  }

  private sendAll(response: ServerResponse): void {
    const bytes = this.unsent.length === 1 ? this.unsent[0] : Buffer.concat(this.unsent);
    this.unsent = [];
    this.unsentLength = 0;
    this.send(response, 200, { ...UNCACHED, 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length }, bytes);
  }

  private sayOver(response: ServerResponse): void {
    this.send(response, 204, OVER);
    this.end();
  }

  private send(response: ServerResponse, status: number, headers: Record<string, string | number>, bytes?: Uint8Array): void {
    if (this.poll === response) this.poll = undefined;
    this.answer = response;
    this.watch = undefined;
    // Not every server says both, and none says anything of one that is gone.
    response.once('finish', () => this.sent(response, true));
    for (const event of ['close', 'error']) response.once(event, () => this.sent(response, bytes === undefined));
    // A connection that is kept alive would keep a server open that is shutting down.
    if (this.connection?.closeReason?.code === 'shutdown') response.shouldKeepAlive = false;
    writeSafely(response, status, headers, bytes);
    if (response.destroyed) this.sent(response, bytes === undefined);
  }

  /** An answer is out, or was cut off: then the bytes in it are lost, and with them the connection. */
  private sent(response: ServerResponse, isWhole: boolean): void {
    if (this.answer !== response) return;
    this.answer = undefined;
    this.since = this.clock.now();
    if (!isWhole) this.end(connectionErrors.pollLost());
    const { next } = this;
    this.next = undefined;
    if (next !== undefined && !this.hasEnded) this.attend(next);
    if (this.unsentLength === 0) for (const callback of this.whenSent.splice(0)) callback();
    this.tellIfQuiet();
  }

  /** Nothing is on its way any more. Whether the client comes once more for what is left nobody knows. */
  private tellIfQuiet(): void {
    if (this.isClosing && this.answer === undefined) this.connection?.transportEnded();
  }

  private end(error?: Error, code?: 'client-closed'): void {
    if (this.hasEnded) return;
    this.hasEnded = this.isClosing = true;
    this.cancelCut?.();
    this.bodies.close();
    this.unsent = [];
    this.unsentLength = 0;
    this.whenSent = [];
    // Whom nothing can be sent to any more is cut; who waits for it is told that it is over.
    if (this.answer !== undefined && !this.answer.writableFinished && this.answer.statusCode === 200) this.answer.destroy();
    for (const response of [this.poll, this.next]) if (response !== undefined) writeSafely(response, 204, OVER);
    this.poll = this.next = undefined;
    this.connection?.transportClosed(error, code);
    this.tellIfQuiet();
  }
}

/** Somebody else may have begun to answer, or have put a wrapper around the response that fails: it is not to cost all others their turn. */
function writeSafely(response: ServerResponse, status: number, headers: Record<string, string | number>, bytes?: Uint8Array): void {
  try {
    response.writeHead(status, headers).end(bytes);
  } catch {
    response.destroy();
  }
}
