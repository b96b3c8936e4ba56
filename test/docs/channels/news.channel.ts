import { Channel, Join } from 'nestjs-signalr';

@Channel('news:*', { history: { size: 100, ttl: 300_000 } })
export class NewsChannel {
  @Join()
  join() {
    return { welcome: true };
  }
}
