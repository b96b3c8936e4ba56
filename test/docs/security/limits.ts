import { Module } from '@nestjs/common';
import { SignalRModule } from 'nestjs-signalr';

@Module({
  imports: [
    SignalRModule.forRoot({
      limits: {
        connections: 20_000,
        connectionsPerUser: 10,
        connectionsPerAddress: 100,
        connectionsPerSecond: 500,
        invocationsPerSecond: 50,
        eventsPerSecond: 50,
      },
    }),
  ],
})
export class LimitedModule {}
