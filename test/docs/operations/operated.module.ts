import { Module } from '@nestjs/common';
import { SignalRModule } from 'nestjs-signalr';
import { HealthController } from './health.controller.js';

@Module({
  imports: [SignalRModule.forRoot({ drain: { batch: 2_000, interval: 1_000, grace: 5_000, timeout: 25_000 } })],
  controllers: [HealthController],
})
export class OperatedModule {}
