import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type PerMessageDeflateOptions } from 'ws';
import type { Cancel, Clock } from '../../common/clock.js';
import type { CloseReason } from '../../common/close-reason.js';
import type { Payload } from '../../common/payload.js';
import type { Connection } from '../connection.js';
import { largestFrame, type ResolvedConnectionOptions } from '../connection.options.js';
import type { Transport, TransportFormat } from '../transport.js';
import { Detention } from './detention.js';
import { bytesTaken, onceTaken } from './taken.js';
import { fitting, frame } from './web-socket.frame.js';
import type { Hearer } from './web-socket.messages.js';
import { LINGER, WebSocketReading } from './web-socket.reading.js';
import { WebSocketSends } from './web-socket.sends.js';

const NORMAL = 1000;
const FAILURE = 1011;

/** A socket of `ws` that knows its transport, so that listeners are shared functions and not closures per connection. */
class PeerSocket extends WebSocket {
  peer: WebSocketTransport | undefined;

  /**
   * `ws` answers a close frame by echoing it, and an empty one with an empty one, which a client sees as 1005. A SignalR client gets the
   * server's own 1000 (signalr.md §1.4). A code without a reason is not an echo: it is a violation that `ws` found.
   */
  override close(code?: number, reason?: string | Buffer): void {
    const isAnswer = code === undefined || reason !== undefined;
    if (this.peer !== undefined) this.peer.isDeaf = true;
    this.say(isAnswer ? NORMAL : code);
    if (isAnswer) this.peer?.left();
  }

  /** Says goodbye, unless the peer has. */
  say(code: number, reason?: string): void {
    super.close(code, reason);
    this.peer?.saidGoodbye();
  }
}

/** `ws` has a time-out for closing as well, by the machine's clock; ours is to be the one that counts. */
const OWN_TIME = { closeTimeout: 0x7fff_ffff };

/** Without context takeover a message is compressed for itself alone, and zlib is left with nothing of it. */
function deflation(compression: ResolvedConnectionOptions['webSocket']['compression']): PerMessageDeflateOptions | false {
  if (compression === false) return false;
  const { threshold, level, memoryLevel: memLevel } = compression;
  return { threshold, serverNoContextTakeover: true, clientNoContextTakeover: true, zlibDeflateOptions: { level, memLevel } };
}

/** Turns upgrade requests into transports. */
export class WebSocketUpgrades {
  private readonly server: WebSocketServer;

  /** @param subprotocol - the one that is spoken, with clients that offer it. */
  constructor(
    private readonly options: ResolvedConnectionOptions,
    private readonly clock: Clock,
    subprotocol?: string,
  ) {
    this.server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: deflation(options.webSocket.compression),
      maxPayload: largestFrame(options),
      ...OWN_TIME,
      // Without this `ws` accepts whichever subprotocol the client names first.
      handleProtocols: (offered) => subprotocol !== undefined && offered.has(subprotocol) && subprotocol,
      WebSocket: PeerSocket,
    });
  }

  /** Answers the upgrade; a request that is none gets an HTTP error from `ws` and no transport. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (transport: WebSocketTransport) => void): void {
    this.server.handleUpgrade(request, socket, head, (peerSocket) => {
      opened(new WebSocketTransport(peerSocket as PeerSocket, socket, this.options, this.clock));
    });
  }
}

/**
 * A WebSocket. Frames are made by {@link frame} and written straight to the socket under `ws`. That is safe where nothing is compressed: `ws` then
 * holds no message back, so a whole frame of ours can never stand inside one of its own. A peer that compression was agreed on with is written to
 * by {@link WebSocketSends} alone.
 */
export class WebSocketTransport implements Transport, Hearer {
  readonly name = 'WebSockets';
  /** Set when nothing is listened to any more: the peer has said goodbye, or has done something wrong. */
  isDeaf = false;
  private connection: Connection | undefined;
  private format: TransportFormat = 'text';
  private isClosing = false;
  private hasSaidGoodbye = false;
  private hasEnded = false;
  private detention: Detention | undefined;
  private failure: Error | undefined;
  private cancelCut: Cancel | undefined;
  private readonly compressed: WebSocketSends | undefined;
  private readonly reading: WebSocketReading;

  constructor(
    private readonly peerSocket: PeerSocket,
    private readonly socket: Duplex,
    private readonly options: ResolvedConnectionOptions,
    private readonly clock: Clock,
  ) {
    this.compressed = peerSocket.extensions === '' ? undefined : new WebSocketSends(peerSocket);
    this.reading = new WebSocketReading(peerSocket, socket, largestFrame(options), this);
    peerSocket.peer = this;
    peerSocket.on('message', socketOnMessage);
    peerSocket.on('error', socketOnError);
    peerSocket.on('close', socketOnClose);
  }

  get bufferedAmount(): number {
    return this.compressed?.bufferedAmount ?? this.socket.writableLength;
  }

  get taken(): number | undefined {
    return bytesTaken(this.socket);
  }

  get isStanding(): boolean {
    return this.peerSocket.readyState !== WebSocket.CLOSED;
  }

  onceDrained(callback: () => void): void {
    if (this.compressed === undefined) onceTaken(this.socket, callback);
    else this.compressed.onceDrained(callback);
  }

  /** What arrives from now on is for this connection. */
  serve(connection: Connection): void {
    this.connection = connection;
  }

  setFormat(format: TransportFormat): void {
    this.format = format;
  }

  write(data: string | Uint8Array): void {
    if (this.compressed === undefined) this.writeFrame(frame(data, this.isText(data)));
    else this.send(this.compressed, data);
  }

  writeShared(payload: Payload): void {
    if (this.compressed !== undefined) return this.send(this.compressed, payload.data);
    payload.frame ??= frame(payload.data, this.isText(payload.data));
    this.writeFrame(payload.frame);
  }

  cork(): void {
    this.socket.cork();
  }

  uncork(): void {
    this.socket.uncork();
  }

  pause(): void {
    this.reading.pause();
  }

  /** Calls that have come to their end let their client be read on, though it is closed by then. */
  resume(): void {
    if (!this.isClosing) this.reading.resume();
  }

  /** Who sends faster than can be read. */
  detain(): void {
    if (this.reading.isFull) this.detention = new Detention(this.reading, this.socket);
  }

  discharge(): void {
    this.detention?.end();
  }

  close(reason: CloseReason, code?: number): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (!reason.peerCanHear && reason.error !== undefined) return this.peerSocket.terminate();
    if (this.detention === undefined) this.sayGoodbye(reason, code);
    else this.detention.endWith(() => this.sayGoodbye(reason, code), this.clock);
  }

  cut(): void {
    this.peerSocket.terminate();
  }

  /** A close frame is on its way, whoever was the first to send one: the peer has so long to leave. */
  saidGoodbye(): void {
    this.hasSaidGoodbye = true;
    if (this.peerSocket.readyState === WebSocket.CLOSED) return;
    this.cancelCut ??= this.clock.after(this.closeTimeout, () => this.cut());
  }

  /** The peer has said goodbye: whatever it does with its socket now, it is gone. */
  left(): void {
    // Nothing more comes of it, and it is not to hold its socket open.
    this.socket.once('finish', () => this.socket.destroy());
    if (this.isClosing) return;
    this.isClosing = this.hasEnded = true;
    this.connection?.transportClosed();
  }

  abandon(): void {
    this.connection = undefined;
    this.peerSocket.terminate();
  }

  received(data: Buffer, isBinary: boolean): void {
    this.connection?.receive(data, isBinary);
  }

  /** Node tells the end before it hands on the last portion of what had to wait: the answers to that are still on their way. */
  peerEnded(): void {
    this.connection?.flush();
  }

  failed(error: Error): void {
    this.failure = error;
  }

  closed(): void {
    this.cancelCut?.();
    this.isClosing = true;
    if (!this.hasEnded) this.broken();
    this.connection?.transportEnded();
  }

  private broken(): void {
    // What `ws` found wrong would come again.
    if (this.failure === undefined) this.connection?.transportLost();
    else this.connection?.transportClosed(this.failure);
  }

  private sayGoodbye(reason: CloseReason, code?: number): void {
    this.reading.resume();
    if (code === undefined) this.peerSocket.say(reason.code === 'internal-error' ? FAILURE : NORMAL);
    else this.peerSocket.say(code, fitting(reason.textForPeer));
    // What is compressed may still be on its way to the socket.
    if (reason.code === 'failed' && this.compressed === undefined) this.hangUp();
  }

  /**
   * Who is closed for what he did is not listened to any more. Whoever floods has sent megabytes by then: to look for his close frame among them
   * would cost more than all that came before. He hears our goodbye, and sees the end of our side.
   */
  private hangUp(): void {
    this.isDeaf = true;
    this.reading.passOver(() => {
      this.cancelCut?.();
      this.cancelCut = this.clock.after(Math.min(LINGER, this.closeTimeout), () => this.cut());
    });
    this.socket.end();
  }

  private get closeTimeout(): number {
    return this.options.webSocket.closeTimeout;
  }

  private isText(data: string | Uint8Array): boolean {
    return this.format === 'text' || (this.format === 'documents' && typeof data === 'string');
  }

  private send(compressed: WebSocketSends, data: string | Uint8Array): void {
    if (this.peerSocket.readyState === WebSocket.OPEN) compressed.write(data, this.isText(data));
  }

  private writeFrame(whole: string | Uint8Array): void {
    if (this.hasSaidGoodbye || !this.socket.writable) return;
    if (typeof whole === 'string') this.socket.write(whole, 'latin1');
    else this.socket.write(whole);
  }
}

function socketOnMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  (this as PeerSocket).peer?.received(data as Buffer, isBinary);
}

function socketOnError(this: WebSocket, error: Error): void {
  (this as PeerSocket).peer?.failed(error);
}

function socketOnClose(this: WebSocket): void {
  (this as PeerSocket).peer?.closed();
}
