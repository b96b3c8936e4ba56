import type { Exchange } from '../../connections/exchange.js';
import type { ChannelEntry, ChannelOffer, RequestRoute } from '../dialect.js';
import { readMessages, readSingle, type Reading } from './realtime.messages.js';
import { postBroadcasts } from './realtime.posts.js';

/** What realtime-js takes from the end of the URL of its WebSocket, to find where it may post. */
const SOCKET = /\/(?:socket\/websocket|socket|websocket)$/i;

/**
 * Where broadcasts are posted: a list of them, or, by newer clients, a single one whose topic and event stand in the path.
 *
 * @param path - of the endpoint.
 * @param offer - what somebody who posts is, where only a session can be asked about.
 */
export function realtimeRoutes(path: string, offer: ChannelOffer): RequestRoute[] {
  const roots = new Set([path, path.replace(SOCKET, '')].map((one) => (one === '/' ? '' : one)));
  return Array.from(roots).flatMap((root) => [
    routeOf(`${root}/api/broadcast`, offer, readMessages),
    routeOf(`${root}/api/broadcast/*`, offer, readSingle),
  ]);
}

function routeOf(path: string, offer: ChannelOffer, read: Reading): RequestRoute {
  return { kind: 'request', path, handle: (exchange: Exchange, entry: ChannelEntry) => postBroadcasts(exchange, entry, offer, read) };
}
