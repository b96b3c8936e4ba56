import { createServer } from 'node:net';
import type { SignalRServer } from 'nestjs-signalr';
import { OrdersHub } from '../hubs/hooks.hub.js';

export function listen(server: SignalRServer) {
  return createServer((socket) => void server.accept(OrdersHub, socket)).listen(process.env.TCP_PORT ?? 4000);
}
