import { optionErrors } from '../common/errors.js';
import { count, flag, listOf, milliseconds, Rule, Switch, Together, type Resolved } from '../common/options.js';
import { whenSlowRule, type WhenSlow } from '../common/slowness.js';
import { allowedOrigins, type AllowedOrigins } from './allowed-origins.js';
import type { TransportName } from './transport.js';

/** Options of every connection, whatever it speaks. Times in milliseconds, sizes in bytes. */
export interface ConnectionOptions {
  /**
   * How long a new connection may take to say which protocol it speaks. After that it is closed.
   * @default 15_000 // 15 seconds
   */
  handshakeTimeout?: number;
  /**
   * A ping is sent to a peer that was sent nothing else for this long. The official clients give up after 30 seconds of silence: keep it at
   * half of what the client waits at the most.
   * @default 15_000 // 15 seconds
   */
  keepAliveInterval?: number;
  /**
   * A peer that has pinged once and is then silent for this long is closed; it may reconnect. The time that a peer is kept waiting by the
   * server itself does not count.
   * @default 30_000 // 30 seconds
   */
  clientTimeoutInterval?: number;
  /**
   * The largest message that a peer may send, with its frame; also of the handshake. A larger one closes the connection. 0 is no limit.
   * Calls that wait for their turn are parked up to twice this size, each counting for 256 bytes more than it has; then the connection is not read until
   * some have run.
   * @default 32_768 // 32 KiB
   */
  maximumReceiveMessageSize?: number;
  /**
   * The transports that are served: some of 'WebSockets', 'ServerSentEvents' and 'LongPolling'. Clients are told of these, in this order, and
   * get status 404 for the others.
   * @default all of them
   */
  transports?: readonly TransportName[];
  /**
   * The origins whose pages may connect: `'*'`, texts such as `'https://example.com'` and `'https://*.example.com'`, regular expressions, a list
   * of those, or a function. It decides about WebSockets and HTTP alike, writes the CORS headers of the hub's paths and answers preflights,
   * whatever `enableCors` says, which decides about them where this option is not set. A request without an origin is no page's, and is not asked. `'*'` offers no credentials.
   * @default the same host where the browser sends a cookie or signs in by itself, any otherwise
   */
  allowedOrigins?: AllowedOrigins;
  /**
   * A peer that takes nothing of what it is sent for this long is closed.
   * @default 10_000 // 10 seconds
   */
  transportSendTimeout?: number;
  /**
   * Whether clients may bring a newer token without connecting anew: by `POST {path}/refresh?id={token}`, and with a poll. The guards that are asked
   * when somebody connects are asked then, and those before later calls find its `Authorization` and its cookie in place of the first: what they read
   * elsewhere, in another header or in the query, stays that of the request that opened the connection.
   * @default false
   */
  authenticationRefresh?: boolean;
  /**
   * Whether a connection is closed when its authentication ends, to the second; the client is told, and may come back. When that is, the option
   * `expiresAt` says.
   * @default false
   */
  closeOnAuthenticationExpiration?: boolean;
  /** Options of the LongPolling transport. */
  longPolling?: {
    /**
     * How long a poll waits for something to say before it is answered with nothing. The official clients give up after 100 seconds.
     * @default 90_000 // 90 seconds
     */
    pollTimeout?: number;
  };
  /** Options of the WebSockets transport. */
  webSocket?: {
    /**
     * How long a peer may take to answer a close frame before it is cut.
     * @default 5_000 // 5 seconds
     */
    closeTimeout?: number;
    /**
     * The largest WebSocket message that is read: it may hold many hub messages. A larger one closes the connection with code 1009.
     * @default 1_048_576 // 1 MiB, or maximumReceiveMessageSize where that is more: official clients send a message in one frame
     */
    maximumFrameSize?: number;
    /**
     * Whether messages are compressed (permessage-deflate, RFC 7692) for clients that offer it; true is the defaults of {@link CompressionOptions}.
     * Each message is compressed by itself, so that no connection keeps what was said before. What a client sends may inflate to
     * `maximumFrameSize` and no further: then it is closed with code 1009.
     * @default false
     */
    compression?: boolean | CompressionOptions;
  };
  /** What waits for a peer that reads slower than it is written to. Text counts one for each character: beyond ASCII that is up to three bytes on the wire. */
  outbox?: {
    /**
     * As long as more than this waits, streams whose source can be asked for the next item are not asked; one that cannot be held back, an
     * Observable, is ended with an error; and messages that may be dropped are held back. All others are sent all the same.
     * Less than `maximum`: it would never be reached.
     * @default 65_536 // 64 KiB, or half of maximum where that is less
     */
    highWaterMark?: number;
    /**
     * A peer for which more than this waits is treated as `whenSlow` says: a slow client holds up nobody and costs no more memory than this. Messages
     * that are held back count for 64 more than they have.
     * @default 1_048_576 // 1 MiB
     */
    maximum?: number;
    /**
     * What happens then: see {@link WhenSlow}. A single message may say otherwise, by `with({ whenSlow, key })`. Only what the application sends without
     * waiting for an answer is ever dropped, and nothing that the network has already taken. Answers, items of streams, calls that wait for an answer, and the goodbye push out
     * what may be dropped; the peer is closed when that is not enough. With 'close' the log has a warning.
     * @default 'close'
     */
    whenSlow?: WhenSlow;
  };
}

/** How WebSocket messages are compressed. Each client that is sent a compressed one costs about 230 KiB of memory from then on. */
export interface CompressionOptions {
  /**
   * Messages of fewer bytes are sent as they are.
   * @default 1_024 // 1 KiB
   */
  threshold?: number;
  /**
   * How hard zlib tries: 1 is the fastest, 9 makes the smallest messages.
   * @default 3
   */
  level?: number;
  /**
   * What zlib may use for each client: 1 is the least memory, 9 the most. A step doubles a part of it, which is 64 KiB at 7.
   * @default 7
   */
  memoryLevel?: number;
}

const oneToNine = (fallback: number): Rule<number> =>
  new Rule(fallback, 'a whole number, 1 to 9', (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 9);

const unsaidSize = new Rule<number | undefined>(
  undefined,
  'a whole number, 1 or more',
  (value) => Number.isSafeInteger(value) && (value as number) >= 1,
);

/** All of them, in the order in which clients try them. */
export const transportNames: readonly TransportName[] = ['WebSockets', 'ServerSentEvents', 'LongPolling'];

const transports = listOf<TransportName>(
  transportNames,
  `a list of one or more of ${transportNames.map((name) => `'${name}'`).join(', ')}`,
  (value) => transportNames.includes(value as TransportName),
);

export const connectionOptions = {
  handshakeTimeout: milliseconds(15_000),
  keepAliveInterval: milliseconds(15_000),
  clientTimeoutInterval: milliseconds(30_000),
  maximumReceiveMessageSize: count(32_768, 0),
  transports,
  allowedOrigins,
  transportSendTimeout: milliseconds(10_000),
  authenticationRefresh: flag(false),
  closeOnAuthenticationExpiration: flag(false),
  longPolling: { pollTimeout: milliseconds(90_000) },
  webSocket: {
    closeTimeout: milliseconds(5_000),
    maximumFrameSize: unsaidSize,
    compression: new Switch({ threshold: count(1_024, 0), level: oneToNine(3), memoryLevel: oneToNine(7) }),
  },
  outbox: new Together({ highWaterMark: unsaidSize, maximum: count(1_048_576, 1), whenSlow: whenSlowRule }, fitMarks),
};

/** When streams for a peer wait, and when and how it is too slow. */
export interface OutboxMarks {
  readonly highWaterMark: number;
  readonly maximum: number;
  readonly whenSlow: WhenSlow;
}

/** {@link ConnectionOptions} with every default filled in. */
export type ResolvedConnectionOptions = Resolved<typeof connectionOptions>;

const HIGH_WATER_MARK = 65_536;

/** Where a client is closed first, nothing is ever held back for it. */
function fitMarks(
  { highWaterMark, maximum, whenSlow }: { highWaterMark: number | undefined; maximum: number; whenSlow: WhenSlow },
  from: string,
): OutboxMarks {
  if (highWaterMark !== undefined && highWaterMark >= maximum)
    throw optionErrors.notLess('outbox.highWaterMark', highWaterMark, { name: 'outbox.maximum', value: maximum }, from);
  return Object.freeze({ highWaterMark: highWaterMark ?? Math.min(HIGH_WATER_MARK, Math.floor(maximum / 2)), maximum, whenSlow });
}

/** What may come in one piece where nobody says anything, in bytes. */
export const LARGEST_FRAME = 1_048_576;

/**
 * Official clients send a message in one frame, so what may be a message has to pass; 0 is no limit, for `ws` as well. There is none but where
 * nothing is compressed: a few bytes may inflate to anything.
 */
export function largestFrame({ maximumReceiveMessageSize, webSocket }: ResolvedConnectionOptions): number {
  const isUnlimited = maximumReceiveMessageSize === 0 && webSocket.compression === false;
  const atLeast = isUnlimited ? 0 : Math.max(LARGEST_FRAME, maximumReceiveMessageSize);
  return webSocket.maximumFrameSize ?? atLeast;
}
