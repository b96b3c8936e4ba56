import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { announce, port } from './control.mjs';
import { decorateClass, decorateMethod } from './decorate.mjs';

const methods = {
  Echo: { types: [String], parameters: [MessageBody()] },
  Broadcast: { types: [String], parameters: [MessageBody()] },
  JoinGroup: { types: [String, Object], parameters: [MessageBody(), ConnectedSocket()] },
  SendGroup: { types: [Array], parameters: [MessageBody()] },
};

/**
 * Serves one gateway as its users would write it.
 *
 * @param gateway - a class with the four methods of the benchmark; `server` is the platform's own.
 * @param adapt - gives the application its WebSocket adapter.
 */
export async function serveGateway(gateway, options, adapt) {
  for (const [name, method] of Object.entries(methods)) decorateMethod(gateway, name, { decorators: [SubscribeMessage(name)], ...method });
  WebSocketServer()(gateway.prototype, 'server');
  decorateClass(gateway, { decorators: [WebSocketGateway(options)] });

  class App {}
  decorateClass(App, { decorators: [Module({ providers: [gateway] })] });
  const app = await NestFactory.create(App, { logger: false });
  adapt(app);
  await app.listen(port, '127.0.0.1');
  announce(app.getHttpServer());
}
