import { Injectable } from '@nestjs/common';
import { HubClients, HubConnections, InjectHubClients, InjectHubConnections } from 'nestjs-signalr';
import { ChatClient } from './chat.client.js';
import { ChatHub } from './chat.hub.js';
import { NewsHub } from './news.hub.js';

@Injectable()
export class NewsService {
  constructor(
    @InjectHubClients(() => NewsHub) private readonly clients: HubClients,
    @InjectHubConnections(() => NewsHub) private readonly connections: HubConnections,
    private readonly hubs: HubClients,
  ) {}

  async publish(text: string) {
    await this.clients.all.send('news', text);
    await this.hubs.of<ChatClient>(ChatHub).group('lobby').send('messageReceived', 'news', text);
    return this.connections.count();
  }
}
