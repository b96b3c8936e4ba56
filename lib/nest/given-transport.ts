import type { Duplex } from 'node:stream';
import type { Clock } from '../common/clock.js';
import { useErrors } from '../common/errors.js';
import { LARGEST_FRAME, largestFrame } from '../connections/connection.options.js';
import { DuplexTransport } from '../connections/transports/duplex.js';
import { GivenWebSocketTransport, isWebSocket, type WebSocketLike } from '../connections/transports/given-web-socket.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { TransferFormat } from '../protocol/hub-protocol.js';

/**
 * The transport over a stream or a WebSocket that the application has opened itself.
 *
 * @param carries - what it can carry; either kind where nothing is said.
 * @throws SignalRError for anything else: a connection over that would never end.
 */
export function transportOver(
  given: Duplex | WebSocketLike,
  { options }: HubEndpoint,
  carries: TransferFormat | undefined,
  clock: Clock,
): DuplexTransport | GivenWebSocketTransport {
  const { closeTimeout } = options.webSocket;
  if (carries !== undefined && carries !== 'text' && carries !== 'binary') throw useErrors.wrongFormat(carries);
  if (isStream(given)) return new DuplexTransport(given, closeTimeout, clock, carries === 'text');
  if (!isWebSocket(given)) throw useErrors.noStream(given);
  return new GivenWebSocketTransport(given, { closeTimeout, mostUnread: largestFrame(options) || LARGEST_FRAME, carries }, clock);
}

function isStream(given: Partial<Duplex> | WebSocketLike | undefined): given is Duplex {
  const { on, write, destroy } = (given ?? {}) as Partial<Duplex>;
  return [on, write, destroy].every((method) => typeof method === 'function');
}
