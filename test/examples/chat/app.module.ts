import { Module } from '@nestjs/common';
import { SignalRModule } from 'nestjs-signalr';
import { ChatHub } from './chat.hub.js';
import { NewsHub } from './news.hub.js';
import { NewsService } from './news.service.js';
import { OrdersChannel, RoomChannel, UserSocket } from './rooms.js';
import { SignalRSettings } from './signalr.settings.js';

@Module({
  imports: [SignalRModule.forRoot({ keepAliveInterval: 15_000 })],
  providers: [ChatHub, NewsHub, NewsService, RoomChannel, OrdersChannel, UserSocket],
})
export class AppModule {}

@Module({ imports: [SignalRModule.forRootAsync({ useClass: SignalRSettings })], providers: [ChatHub] })
export class ChatModule {}
