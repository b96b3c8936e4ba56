import type { WebSocket } from 'ws';
import type { WebSocketLike } from '../../lib/connections/transports/given-web-socket.js';
import { clock, serveGiven, WebSocketEnds } from '../support/given-web-socket.js';
import { StandardWebSocket } from '../support/standard-web-socket.js';
import { describeTransport, type TransportPair } from '../support/transport.contract.js';
import { WebSocketPeer } from '../support/web-socket-peer.js';

/** @param divide - which end is served, and which is the peer's. */
async function openPair(divide: (ends: WebSocketEnds) => [WebSocketLike, WebSocket]): Promise<TransportPair> {
  const ends = await WebSocketEnds.open();
  const [ours, theirs] = divide(ends);
  const peer = new WebSocketPeer(theirs);
  return { handler: serveGiven(ours), peer, clock, closeTimeout: 5_000, dispose: () => ends.close() };
}

describeTransport('a given WebSocket of a server of ws', () => openPair(({ accepted, client }) => [accepted, client]));

describeTransport('a given WebSocket of a client of ws', () => openPair(({ accepted, client }) => [client, accepted]));

describeTransport(
  'a given WebSocket as browsers have them',
  () => openPair(({ accepted, client }) => [new StandardWebSocket(client), accepted]),
  'bytes',
  false,
);
