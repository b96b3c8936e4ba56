import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { phoenix, SignalRAdapter, SignalRModule } from 'nestjs-signalr';
import { BoardGateway } from './board.gateway.js';

@Module({ imports: [SignalRModule.forRoot()], providers: [BoardGateway] })
export class AppModule {}

export async function start() {
  const app = await NestFactory.create(AppModule);
  app.useWebSocketAdapter(new SignalRAdapter(app, { fallback: new IoAdapter(app), dialects: { '/board': phoenix() } }));
  await app.listen(process.env.PORT ?? 3000);
  return app;
}
