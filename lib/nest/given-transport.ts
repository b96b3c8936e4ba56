import type { Duplex } from 'node:stream';
import { channelUseErrors } from '../common/channel-errors.js';
import type { Clock } from '../common/clock.js';
import { closeReason } from '../common/close-reason.js';
import { useErrors } from '../common/use-errors.js';
import type { Connection } from '../connections/connection.js';
import { LARGEST_FRAME, largestFrame, type ResolvedConnectionOptions } from '../connections/connection.options.js';
import { DuplexTransport } from '../connections/transports/duplex.js';
import { GivenWebSocketTransport, isWebSocket, type WebSocketLike } from '../connections/transports/given-web-socket.js';
import type { TransferFormat } from '../protocol/hub-protocol.js';

/** What was handed over, to whichever server: nobody else may read from it. */
const taken = new WeakSet();

/**
 * The transport over a stream or a WebSocket that the application has opened itself.
 *
 * @param carries - what it can carry; either kind where nothing is said.
 * @throws SignalRError for anything else, over which a connection would never end, and for what was given before.
 */
export function transportOver(
  given: Duplex | WebSocketLike,
  options: ResolvedConnectionOptions,
  carries: TransferFormat | undefined,
  clock: Clock,
): DuplexTransport | GivenWebSocketTransport {
  if (carries !== undefined && carries !== 'text' && carries !== 'binary') throw useErrors.wrongFormat(carries);
  if (!isStream(given) && !isWebSocket(given)) throw useErrors.noStream(given);
  take(given);
  if (isStream(given)) return new DuplexTransport(given, options.webSocket.closeTimeout, clock, carries === 'text');
  return webSocketTransport(given, options, clock, carries);
}

/**
 * The same for those who speak in documents, which a stream of bytes has no bounds for.
 *
 * @throws SignalRError for what is no WebSocket, and for what was given before.
 */
export function documentsOver(given: unknown, options: ResolvedConnectionOptions, clock: Clock): GivenWebSocketTransport {
  if (!isWebSocket(given)) throw channelUseErrors.noWebSocket(given);
  take(given);
  return webSocketTransport(given, options, clock);
}

/** Serves a connection until it ends, or its signal is aborted; settles then. */
export async function serveGiven(
  connection: Connection,
  transport: DuplexTransport | GivenWebSocketTransport,
  signal: AbortSignal | undefined,
): Promise<void> {
  const abort = (): void => connection.close(closeReason('aborted'));
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  transport.serve(connection);
  await connection.ended();
  signal?.removeEventListener('abort', abort);
}

function take(given: object): void {
  if (taken.has(given)) throw useErrors.acceptedTwice();
  taken.add(given);
}

function webSocketTransport(
  given: WebSocketLike,
  options: ResolvedConnectionOptions,
  clock: Clock,
  carries?: TransferFormat,
): GivenWebSocketTransport {
  const { closeTimeout } = options.webSocket;
  return new GivenWebSocketTransport(given, { closeTimeout, mostUnread: largestFrame(options) || LARGEST_FRAME, carries }, clock);
}

function isStream(given: unknown): given is Duplex {
  const { on, read, pause, resume, write, end, destroy } = (given ?? {}) as Partial<Duplex>;
  return [on, read, pause, resume, write, end, destroy].every((method) => typeof method === 'function');
}
