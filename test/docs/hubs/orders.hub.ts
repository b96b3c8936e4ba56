import { Caller, Hub, HubCallerContext, HubException, HubMethod } from 'nestjs-signalr';
import { OrdersService } from './orders.service.js';

@Hub('/orders')
export class OrdersHub {
  constructor(private readonly orders: OrdersService) {}

  @HubMethod()
  // oxlint-disable-next-line typescript/no-inferrable-types
  async place(article: string, amount: number = 1, @Caller() caller: HubCallerContext) {
    if (amount > 100) throw new HubException('At most 100 at a time.');
    return this.orders.place(caller.userIdentifier, article, amount);
  }
}
