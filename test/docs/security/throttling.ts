import { Module, UseGuards } from '@nestjs/common';
import { Throttle, ThrottlerModule } from '@nestjs/throttler';
import { Clients, Hub, HubMethod, SignalRModule, type HubCallerClients } from 'nestjs-signalr';
import { SignalRThrottlerGuard } from 'nestjs-signalr/throttler';

@Hub('/shouts')
@UseGuards(SignalRThrottlerGuard)
export class ShoutsHub {
  @HubMethod()
  @Throttle({ default: { limit: 3, ttl: 10_000 } })
  async shout(text: string, @Clients() clients: HubCallerClients) {
    await clients.others.send('shouted', text);
  }
}

@Module({
  imports: [SignalRModule.forRoot(), ThrottlerModule.forRoot([{ limit: 100, ttl: 60_000 }])],
  providers: [ShoutsHub],
})
export class ShoutsModule {}
