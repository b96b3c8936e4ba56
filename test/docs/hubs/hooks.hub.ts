import { Logger } from '@nestjs/common';
import { Hub, HubCallerContext, type OnConnected, type OnDisconnected } from 'nestjs-signalr';

@Hub('/orders')
export class OrdersHub implements OnConnected, OnDisconnected {
  private readonly logger = new Logger(OrdersHub.name);

  async onConnected(caller: HubCallerContext) {
    await caller.groups.add('lobby');
  }

  onDisconnected(caller: HubCallerContext, error?: Error) {
    if (error !== undefined) this.logger.warn(`${caller.connectionId} was cut off: ${error.message}`);
  }
}
