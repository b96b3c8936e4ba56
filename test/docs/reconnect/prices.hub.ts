import { Caller, Hub, HubCallerContext, HubMethod } from 'nestjs-signalr';

@Hub('/prices', { statefulReconnect: true })
export class PricesHub {
  @HubMethod()
  async watch(stock: string, @Caller() caller: HubCallerContext) {
    await caller.groups.add(stock);
  }
}
