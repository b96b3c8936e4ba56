import './control.mjs';
import { WsAdapter } from '@nestjs/platform-ws';
import { serveGateway } from './gateway.mjs';

/** The platform has no groups: whoever needs them keeps sets. */
class Gateway {
  groups = new Map();

  Echo(text) {
    return { event: 'Echo', data: text };
  }

  Broadcast(text) {
    sendAll(this.server.clients, text);
  }

  JoinGroup(group, client) {
    if (!this.groups.has(group)) this.groups.set(group, new Set());
    this.groups.get(group).add(client);
    return { event: 'JoinGroup', data: null };
  }

  SendGroup([group, text]) {
    sendAll(this.groups.get(group), text);
  }
}

function sendAll(clients, text) {
  const message = JSON.stringify({ event: 'Message', data: text });
  for (const client of clients) client.send(message);
}

await serveGateway(Gateway, { path: '/' }, (app) => app.useWebSocketAdapter(new WsAdapter(app)));
