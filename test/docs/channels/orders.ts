import { Injectable } from '@nestjs/common';
import { Channel, Channels, ChannelSocket, HandleOut, Join, Socket, Subscribe } from 'nestjs-signalr';

@Injectable()
export class Orders {
  constructor(private readonly channels: Channels) {}

  async ship(id: string) {
    await this.channels.broadcast(`orders:${id}`, 'shipped', { id }); // to whoever is in the topic
    await this.channels.toUser('ada', 'news', { id }); // to all sockets of a user
    await this.channels.publish(`orders:${id}`, { id, state: 'shipped' }); // to the sockets of channels that subscribe
  }
}

@Channel('orders:*')
@Subscribe('orders:*', 'order_changed')
export class OrdersChannel {
  @Join() join() {}

  @HandleOut('order_changed')
  filter(order: { id: string; state: string }, @Socket() socket: ChannelSocket) {
    return socket.session.params['compact'] === 'yes' ? { id: order.id } : order;
  }
}
