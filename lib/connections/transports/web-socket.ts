import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type PerMessageDeflateOptions } from 'ws';
import type { Cancel, Clock } from '../../common/clock.js';
import type { CloseReason } from '../../common/close-reason.js';
import type { Payload } from '../../common/payload.js';
import type { Connection } from '../connection.js';
import { largestFrame, type ResolvedConnectionOptions } from '../connection.options.js';
import type { Transport } from '../transport.js';
import { bytesTaken, onceTaken } from './taken.js';
import { frame } from './web-socket.frame.js';
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
    super.close(isAnswer ? NORMAL : code);
    this.peer?.saidGoodbye();
    if (isAnswer) this.peer?.left();
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

  constructor(
    private readonly options: ResolvedConnectionOptions,
    private readonly clock: Clock,
  ) {
    this.server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: deflation(options.webSocket.compression),
      maxPayload: largestFrame(options),
      ...OWN_TIME,
      // Without this `ws` accepts whichever subprotocol the client names first.
      handleProtocols: () => false,
      WebSocket: PeerSocket,
    });
  }

  /** Answers the upgrade; a request that is none gets an HTTP error from `ws` and no transport. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (transport: WebSocketTransport) => void): void {
    this.server.handleUpgrade(request, socket, head, (peerSocket) => {
      opened(new WebSocketTransport(peerSocket as PeerSocket, socket, this.options.webSocket.closeTimeout, this.clock));
    });
  }
}

/**
 * A WebSocket. Frames are made by {@link frame} and written straight to the socket under `ws`. That is safe where nothing is compressed: `ws` then
 * holds no message back, so a whole frame of ours can never stand inside one of its own. A peer that compression was agreed on with is written to
 * by {@link WebSocketSends} alone.
 */
export class WebSocketTransport implements Transport {
  readonly name = 'WebSockets';
  private connection: Connection | undefined;
  private isText = true;
  private isClosing = false;
  private hasEnded = false;
  private failure: Error | undefined;
  private cancelCut: Cancel | undefined;
  private readonly compressed: WebSocketSends | undefined;

  constructor(
    private readonly peerSocket: PeerSocket,
    private readonly socket: Duplex,
    private readonly closeTimeout: number,
    private readonly clock: Clock,
  ) {
    this.compressed = peerSocket.extensions === '' ? undefined : new WebSocketSends(peerSocket);
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

  onceDrained(callback: () => void): void {
    if (this.compressed === undefined) onceTaken(this.socket, callback);
    else this.compressed.onceDrained(callback);
  }

  /** What arrives from now on is for this connection. */
  serve(connection: Connection): void {
    this.connection = connection;
  }

  setFormat(format: 'text' | 'binary'): void {
    this.isText = format === 'text';
  }

  write(data: string | Uint8Array): void {
    if (this.compressed === undefined) this.writeFrame(frame(data, this.isText));
    else this.send(this.compressed, data);
  }

  writeShared(payload: Payload): void {
    if (this.compressed !== undefined) return this.send(this.compressed, payload.data);
    payload.frame ??= frame(payload.data, this.isText);
    this.writeFrame(payload.frame);
  }

  pause(): void {
    this.peerSocket.pause();
  }

  resume(): void {
    this.peerSocket.resume();
  }

  close(reason: CloseReason): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (!reason.peerCanHear && reason.error !== undefined) return this.peerSocket.terminate();
    this.peerSocket.resume();
    this.peerSocket.close(reason.code === 'internal-error' ? FAILURE : NORMAL);
  }

  /** A close frame is on its way, whoever was the first to send one: the peer has so long to leave. */
  saidGoodbye(): void {
    if (this.peerSocket.readyState === WebSocket.CLOSED) return;
    this.cancelCut ??= this.clock.after(this.closeTimeout, () => this.peerSocket.terminate());
  }

  /** The peer has said goodbye: whatever it does with its socket now, it is gone. */
  left(): void {
    if (this.isClosing) return;
    this.isClosing = this.hasEnded = true;
    this.connection?.transportClosed();
  }

  received(data: Buffer): void {
    this.connection?.receive(data);
  }

  failed(error: Error): void {
    this.failure = error;
  }

  closed(): void {
    this.cancelCut?.();
    this.isClosing = true;
    if (!this.hasEnded) this.connection?.transportClosed(this.failure);
  }

  private send(compressed: WebSocketSends, data: string | Uint8Array): void {
    if (this.peerSocket.readyState === WebSocket.OPEN) compressed.write(data, this.isText);
  }

  private writeFrame(whole: string | Uint8Array): void {
    if (this.peerSocket.readyState !== WebSocket.OPEN) return;
    if (typeof whole === 'string') this.socket.write(whole, 'latin1');
    else this.socket.write(whole);
  }
}

function socketOnMessage(this: WebSocket, data: unknown): void {
  (this as PeerSocket).peer?.received(data as Buffer);
}

function socketOnError(this: WebSocket, error: Error): void {
  (this as PeerSocket).peer?.failed(error);
}

function socketOnClose(this: WebSocket): void {
  (this as PeerSocket).peer?.closed();
}
