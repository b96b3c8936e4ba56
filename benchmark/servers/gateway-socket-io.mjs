import './control.mjs';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { serveGateway } from './gateway.mjs';

class Gateway {
  Echo(text) {
    return text;
  }

  Broadcast(text) {
    this.server.emit('Message', text);
  }

  async JoinGroup(group, client) {
    await client.join(group);
    return true;
  }

  SendGroup([group, text]) {
    this.server.to(group).emit('Message', text);
  }
}

await serveGateway(Gateway, { transports: ['websocket'] }, (app) => app.useWebSocketAdapter(new IoAdapter(app)));
