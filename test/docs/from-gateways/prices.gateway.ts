import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer, WsException } from '@nestjs/websockets';
import { GatewayClient, GatewayServer } from 'nestjs-signalr';

@WebSocketGateway({ path: '/prices', signalr: true })
export class PricesGateway {
  @WebSocketServer()
  private readonly server!: GatewayServer;

  @SubscribeMessage('follow')
  async follow(@ConnectedSocket() client: GatewayClient, @MessageBody() article: string) {
    if (article === '') throw new WsException('Which article?');
    await client.join(article);
    return `following ${article}`;
  }

  change(article: string, price: number) {
    this.server.to(article).emit('changed', article, price);
  }
}
