import { createServer } from 'node:net';
import type { HubConnections, SignalRServer } from 'nestjs-signalr';
import { OrdersHub } from './hooks.hub.js';

export async function signOut(connections: HubConnections) {
  const page = await connections.list({ group: 'lobby', limit: 100 });
  await connections.disconnect({ user: 'ada' }, { reason: 'Signed out elsewhere.' });
  return page;
}

export function listen(server: SignalRServer) {
  return createServer((socket) => void server.accept(OrdersHub, socket)).listen(process.env.TCP_PORT ?? 4000);
}
