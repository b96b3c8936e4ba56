import type { Duplex } from 'node:stream';
import type { Clock } from '../common/clock.js';
import { useErrors } from '../common/use-errors.js';
import { LARGEST_FRAME, largestFrame } from '../connections/connection.options.js';
import { DuplexTransport } from '../connections/transports/duplex.js';
import { GivenWebSocketTransport, isWebSocket, type WebSocketLike } from '../connections/transports/given-web-socket.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
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
  { options }: HubEndpoint,
  carries: TransferFormat | undefined,
  clock: Clock,
): DuplexTransport | GivenWebSocketTransport {
  const { closeTimeout } = options.webSocket;
  if (carries !== undefined && carries !== 'text' && carries !== 'binary') throw useErrors.wrongFormat(carries);
  if (!isStream(given) && !isWebSocket(given)) throw useErrors.noStream(given);
  if (taken.has(given)) throw useErrors.acceptedTwice();
  taken.add(given);
  if (isStream(given)) return new DuplexTransport(given, closeTimeout, clock, carries === 'text');
  return new GivenWebSocketTransport(given, { closeTimeout, mostUnread: largestFrame(options) || LARGEST_FRAME, carries }, clock);
}

function isStream(given: unknown): given is Duplex {
  const { on, read, pause, resume, write, end, destroy } = (given ?? {}) as Partial<Duplex>;
  return [on, read, pause, resume, write, end, destroy].every((method) => typeof method === 'function');
}
