import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SignalRAdapter, SignalRModule } from 'nestjs-signalr';
import { ChatGateway } from './chat.gateway.js';
import { ChatHub } from './chat.hub.js';
import { PricesGateway } from './prices.gateway.js';

@Module({ imports: [SignalRModule.forRoot()], providers: [ChatHub, ChatGateway, PricesGateway] })
export class AppModule {}

export async function start() {
  const app = await NestFactory.create(AppModule);
  app.useWebSocketAdapter(new SignalRAdapter(app, { fallback: new IoAdapter(app) }));
  await app.listen(process.env.PORT ?? 3000);
  return app;
}
