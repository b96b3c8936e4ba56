import { Module } from '@nestjs/common';
import { SignalRModule } from 'nestjs-signalr';
import { ChatModule } from './chat/chat.module.js';

@Module({ imports: [SignalRModule.forRoot(), ChatModule] })
export class AppModule {}
