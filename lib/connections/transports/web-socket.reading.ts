import type { Duplex } from 'node:stream';
import { ReadTurns, type Source } from './read-turns.js';
import { readMessages, type Hearer } from './web-socket.messages.js';

/** How much is read, and passed over, of a peer whose connection is over, in bytes: what may have been on its way when it heard so. */
export const PASSED_OVER = 131_072;

/** How long a peer that sent still more has to hear that it is over, in milliseconds, before its socket is torn down. */
export const LINGER = 1_000;

const READING = Symbol('reading');

/** The socket knows how it is read, so that its listener is a shared function and not a closure per connection. */
type ReadSocket = Duplex & { [READING]?: WebSocketReading };

/** Who hears a peer, and answers it. */
interface Answerer extends Hearer {
  /** The peer has ended its side; `ws` is about to end ours. */
  peerEnded(): void;
}

/** How far `ws` is in what it reads. */
interface Receiver {
  readonly _state: number;
  readonly _bufferedBytes: number;
  readonly _fragmented: number;
}

/** Of a peer that compresses: `ws` is never between two of its frames. */
const OCCUPIED: Receiver = { _state: 1, _bufferedBytes: 0, _fragmented: 0 };

/**
 * What comes for a WebSocket: a portion in a turn, and what {@link readMessages} can read not by way of `ws`. That is safe between two of its frames,
 * and where nothing is compressed: it then has nothing that should be heard before.
 */
export class WebSocketReading extends ReadTurns {
  private readonly receiver: Receiver;
  private readonly read: ((this: Duplex, chunk: Buffer) => void) | undefined;
  /** Bytes. */
  private passedOver = 0;
  private whenTooMuch: (() => void) | undefined;

  /** @param maximum - of a message's length in bytes, 0 for none. */
  constructor(
    peerSocket: Source & { readonly extensions: string },
    private readonly socket: ReadSocket,
    private readonly maximum: number,
    private readonly hearer: Answerer,
  ) {
    super(peerSocket, socket);
    this.receiver = receiverOf(peerSocket);
    this.read = socket.listeners('data').at(-1) as typeof this.read;
    if (this.read === undefined) return;
    socket.removeListener('data', this.read);
    socket[READING] = this;
    socket.on('data', socketOnData);
    socket.prependListener('end', socketOnEnd);
  }

  /** A chunk has come from the socket. */
  arrived(chunk: Buffer): void {
    if (this.whenTooMuch !== undefined) return this.overlook(chunk.length, this.whenTooMuch);
    const bytes = this.take(chunk);
    const heard = this.isBetweenFrames ? readMessages(bytes, this.maximum, this.hearer) : 0;
    if (heard < bytes.length && !this.hearer.isDeaf) this.read?.call(this.socket, heard === 0 ? bytes : bytes.subarray(heard));
  }

  /** Nothing more will come from the socket. */
  ended(): void {
    this.hearer.peerEnded();
  }

  /**
   * From now on what comes is passed over. To do so with all that a flood brings would cost the others more than all that came before: whoever goes
   * on beyond {@link PASSED_OVER} is not read any more.
   *
   * @param whenTooMuch - is told so.
   */
  passOver(whenTooMuch: () => void): void {
    this.whenTooMuch = whenTooMuch;
  }

  private overlook(length: number, whenTooMuch: () => void): void {
    this.passedOver += length;
    if (this.passedOver <= PASSED_OVER || this.isPaused) return;
    this.pause();
    whenTooMuch();
  }

  private get isBetweenFrames(): boolean {
    const { _state: state, _bufferedBytes: buffered, _fragmented: fragments } = this.receiver;
    return state === 0 && buffered === 0 && fragments === 0;
  }
}

function receiverOf(peerSocket: Source & { readonly extensions: string }): Receiver {
  const receiver = Reflect.get(peerSocket, '_receiver') as Receiver | undefined;
  return peerSocket.extensions === '' && receiver !== undefined ? receiver : OCCUPIED;
}

function socketOnData(this: ReadSocket, chunk: Buffer): void {
  this[READING]?.arrived(chunk);
}

function socketOnEnd(this: ReadSocket): void {
  this[READING]?.ended();
}
