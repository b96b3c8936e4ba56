import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer, WsException } from '@nestjs/websockets';
import { ChannelGatewayClient, ChannelGatewayServer } from 'nestjs-signalr';

@WebSocketGateway({ path: '/board' })
export class BoardGateway {
  @WebSocketServer()
  private readonly server!: ChannelGatewayServer;

  @SubscribeMessage('pin')
  pin(@ConnectedSocket() client: ChannelGatewayClient, @MessageBody() note: { text: string }) {
    if (note.text === '') throw new WsException('An empty note?');
    client.toTopic(client.topic ?? '').emit('pinned', note);
    return { pinned: true };
  }

  close(board: string) {
    this.server.toTopic(board).emit('closed');
  }
}
