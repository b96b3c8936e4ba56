import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';

@WebSocketGateway()
export class ChatGateway {
  @WebSocketServer()
  private readonly server!: Server;

  @SubscribeMessage('join')
  async join(@ConnectedSocket() socket: Socket, @MessageBody() room: string) {
    await socket.join(room);
  }

  @SubscribeMessage('say')
  say(@MessageBody() { room, text }: { room: string; text: string }) {
    this.server.to(room).emit('said', text);
    return text.length;
  }
}
