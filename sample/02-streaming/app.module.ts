import { Module } from '@nestjs/common';
import { SignalRModule } from 'nestjs-signalr';
import { StreamingModule } from './streaming/streaming.module.js';

@Module({ imports: [SignalRModule.forRoot(), StreamingModule] })
export class AppModule {}
