import { WebSocket, type ClientOptions } from 'ws';
import type { ConnectionOptions } from '../../lib/connections/connection.options.js';
import { describeTransport, type TransportPair } from '../support/transport.contract.js';
import { WebSocketHost } from '../support/web-socket-host.js';
import { WebSocketPeer } from '../support/web-socket-peer.js';

async function openPair(webSocket: ConnectionOptions['webSocket'], client: ClientOptions): Promise<TransportPair> {
  const host = await WebSocketHost.open({ webSocket: { closeTimeout: 5_000, ...webSocket } });
  const socket = new WebSocket(host.url, client);
  const peer = new WebSocketPeer(socket);
  await new Promise((resolve) => socket.once('open', resolve));
  const handler = await host.next();
  return { handler, peer, clock: host.clock, closeTimeout: 5_000, dispose: () => host.close() };
}

describeTransport('a WebSocket', () => openPair({}, {}));

describeTransport('a WebSocket that compresses', () => openPair({ compression: true }, { perMessageDeflate: true }));

describeTransport('a WebSocket whose client does not compress', () => openPair({ compression: true }, { perMessageDeflate: false }));
