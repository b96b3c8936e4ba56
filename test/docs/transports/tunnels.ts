import type { SignalRServer } from 'nestjs-signalr';
import type { WebSocketServer } from 'ws';
import { OrdersHub } from '../hubs/hooks.hub.js';

export function serveTunnels(server: SignalRServer, tunnels: WebSocketServer) {
  tunnels.on('connection', (socket, request) => {
    void server.accept(OrdersHub, socket, { request, user: { id: 'tunnel' }, transferFormat: 'binary' });
  });
}
