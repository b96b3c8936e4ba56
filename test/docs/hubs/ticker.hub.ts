import { Hub, HubClients, InjectHubClients } from 'nestjs-signalr';

@Hub('/ticker', { outbox: { whenSlow: 'drop-oldest' } })
export class TickerHub {
  constructor(@InjectHubClients(() => TickerHub) private readonly clients: HubClients) {}

  async priceChanged(symbol: string, price: number) {
    await this.clients.all.with({ whenSlow: 'coalesce', key: symbol }).send('price', symbol, price);
  }

  async ordered(order: string) {
    await this.clients.all.with({ whenSlow: 'close' }).send('ordered', order);
  }
}
