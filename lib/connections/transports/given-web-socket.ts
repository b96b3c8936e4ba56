import type { Cancel, Clock } from '../../common/clock.js';
import { closeReason, type CloseReason } from '../../common/close-reason.js';
import { asError, connectionErrors } from '../../common/errors.js';
import type { Payload } from '../../common/payload.js';
import { PLACE, Queue } from '../../common/queue.js';
import type { Connection } from '../connection.js';
import type { Transport, TransportFormat } from '../transport.js';
import { givenBytes } from './given-bytes.js';
import { WebSocketSends, type SendingSocket } from './web-socket.sends.js';

const OPEN = 1;
const NORMAL = 1000;
const FAILURE = 1011;
/** From here on codes are the application's. */
const OWN_CODES = 3000;

/** How long it takes to look again whether a WebSocket that says nothing of it has sent all, in milliseconds. */
const LOOK_AGAIN = 20;

/** What may stand in the events of a WebSocket, as far as anybody looks at it. */
interface WebSocketEvent {
  readonly data?: unknown;
  readonly error?: unknown;
}

/**
 * A WebSocket object: one of a browser's kind, such as Node's own, or one of the package `ws`, a client's or a server's, open or still connecting.
 * What is optional only those of `ws` have.
 */
export interface WebSocketLike extends SendingSocket {
  binaryType: string;
  readonly readyState: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- each library has events of its own, and their types fit nothing else.
  addEventListener(type: 'message' | 'error' | 'close', listener: (event: any) => void): void;
  close(code?: number, reason?: string): void;
  pause?(): void;
  resume?(): void;
  terminate?(): void;
}

/** What has arrived. */
interface Message {
  readonly bytes: Buffer;
  readonly isBinary: boolean;
}

/** What is to be known of a given WebSocket. */
export interface GivenWebSocketOptions {
  /** Milliseconds that the peer may take to leave after the server's goodbye. */
  readonly closeTimeout: number;
  /** The most bytes that are kept while it is paused and comes with more all the same; each message counts for {@link PLACE} more. */
  readonly mostUnread: number;
  /** What it can carry: text alone, bytes alone, or either where nothing is said. */
  readonly carries?: 'text' | 'binary';
}

/** A WebSocket that somebody else has opened, by nothing but its public interface. */
export class GivenWebSocketTransport implements Transport {
  readonly name = 'WebSockets';
  private readonly sends: WebSocketSends;
  private connection: Connection | undefined;
  private format: TransportFormat;
  private isPaused = false;
  private isClosing = false;
  private hasEnded = false;
  private readonly unread = new Queue<Message>();
  private unreadLength = 0;
  private failure: Error | undefined;
  private cancelCut: Cancel | undefined;
  private cancelLook: Cancel | undefined;

  constructor(
    private readonly socket: WebSocketLike,
    private readonly options: GivenWebSocketOptions,
    private readonly clock: Clock,
  ) {
    this.sends = new WebSocketSends(socket);
    this.format = options.carries ?? 'text';
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }: WebSocketEvent) => this.received(data));
    socket.addEventListener('error', ({ error }: WebSocketEvent) => (this.failure = asError(error ?? connectionErrors.socketFailed())));
    socket.addEventListener('close', () => this.ended());
    if (socket.terminate !== undefined) this.answerForItself();
  }

  get isTextOnly(): boolean {
    return this.options.carries === 'text';
  }

  get bufferedAmount(): number {
    return this.sends.bufferedAmount;
  }

  get isStanding(): boolean {
    return !this.hasEnded;
  }

  onceDrained(callback: () => void): void {
    this.sends.onceDrained(callback);
    if (this.socket.terminate === undefined) this.lookLater();
  }

  /** What arrives from now on is for this connection. */
  serve(connection: Connection): void {
    this.connection = connection;
    if (this.isClosing) connection.transportClosed(this.failure);
    else if (this.socket.readyState > OPEN) this.ended();
  }

  setFormat(format: TransportFormat): void {
    this.format = format === 'text' ? (this.options.carries ?? 'text') : format;
  }

  /**
   * One that is still connecting has not shaken hands either: there is nothing yet that it could be told. One of somebody else's making may throw;
   * then it ends alone, and not the turn in which all peers are written to.
   */
  write(data: string | Uint8Array): void {
    if (this.isClosing || this.socket.readyState !== OPEN) return;
    try {
      this.sends.write(data, this.format === 'text' || (this.format === 'documents' && typeof data === 'string'));
    } catch (error) {
      this.failure = asError(error);
      this.cut();
    }
  }

  writeShared(payload: Payload): void {
    this.write(payload.data);
  }

  pause(): void {
    this.isPaused = true;
    this.socket.pause?.();
  }

  resume(): void {
    this.isPaused = false;
    if (this.unread.length > 0) setImmediate(this.readOn);
    else this.socket.resume?.();
  }

  close(reason: CloseReason, code?: number): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.forgetUnread();
    if (!reason.peerCanHear && reason.error !== undefined) return this.cut();
    this.resume();
    this.socket.close(this.closeCode(reason, code));
    this.saidGoodbye();
  }

  /** Those of browsers may say 1000 and nothing else of the standard's. */
  private closeCode({ code }: CloseReason, wanted = code === 'internal-error' ? FAILURE : NORMAL): number {
    return this.socket.terminate !== undefined || wanted >= OWN_CODES ? wanted : NORMAL;
  }

  /**
   * `ws` answers a close frame by echoing it, its reason as bytes, and an empty one by an empty one, which clients see as 1005. SignalR's answer
   * is 1000 (signalr.md §1.4). What the application says itself, its reason as text, goes out as it is.
   */
  private answerForItself(): void {
    const { socket } = this;
    const close = socket.close.bind(socket);
    socket.close = (code?: number, reason?: unknown) => {
      if (code === undefined || ArrayBuffer.isView(reason)) close(NORMAL);
      else close(code, reason as string | undefined);
      this.saidGoodbye();
    };
  }

  private saidGoodbye(): void {
    if (!this.hasEnded) this.cancelCut ??= this.clock.after(this.options.closeTimeout, () => this.cut());
  }

  /** One that cannot be cut is left to itself. */
  cut(): void {
    if (this.socket.terminate !== undefined) return this.socket.terminate();
    this.forgetUnread();
    this.socket.close(NORMAL);
    this.ended();
  }

  private received(data: unknown): void {
    const bytes = givenBytes(data);
    const isBinary = typeof data !== 'string';
    if (bytes === undefined) this.fail(connectionErrors.notBytes());
    else if (this.isPaused || this.unread.length > 0) this.keep({ bytes, isBinary });
    else this.connection?.receive(bytes, isBinary);
  }

  /** Those of browsers cannot be paused, and of `ws` a chunk may come that was read before. */
  private keep(message: Message): void {
    if (this.isClosing) return;
    const { mostUnread } = this.options;
    this.unread.push(message);
    this.unreadLength += message.bytes.length + PLACE;
    if (this.unreadLength > mostUnread) this.fail(connectionErrors.readTooSlowly(mostUnread));
  }

  /** In a turn of its own: whoever lets it go on is in the midst of what was read before. */
  private readonly readOn = (): void => {
    while (!this.isPaused && this.unread.length > 0) this.readNext();
    if (!this.isPaused) this.socket.resume?.();
  };

  private readNext(): void {
    const { bytes, isBinary } = this.unread.shift();
    this.unreadLength -= bytes.length + PLACE;
    this.connection?.receive(bytes, isBinary);
  }

  private forgetUnread(): void {
    this.unread.clear();
    this.unreadLength = 0;
  }

  private fail(error: Error): void {
    const reason = closeReason('failed', { error });
    if (this.connection !== undefined) return this.connection.close(reason);
    this.failure = error;
    this.close(reason);
  }

  private lookLater(): void {
    this.cancelLook ??= this.clock.after(LOOK_AGAIN, () => {
      this.cancelLook = undefined;
      this.sends.look();
      if (this.sends.isAwaited) this.lookLater();
    });
  }

  /** What came before the end is still for the connection. */
  private ended(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.cancelCut?.();
    this.cancelLook?.();
    while (this.unread.length > 0) this.readNext();
    this.isClosing = true;
    this.connection?.transportClosed(this.failure);
    this.connection?.transportEnded();
  }
}

/** Whether something is a WebSocket object, of whichever make. */
export function isWebSocket(given: unknown): given is WebSocketLike {
  const { addEventListener, send, close, readyState } = (given ?? {}) as Partial<WebSocketLike>;
  return [addEventListener, send, close].every((method) => typeof method === 'function') && typeof readyState === 'number';
}
