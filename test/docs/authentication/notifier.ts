import { Injectable } from '@nestjs/common';
import { HubClients, HubConnections, HubGroups, InjectHubClients, InjectHubConnections, InjectHubGroups } from 'nestjs-signalr';
import { OrdersHub } from './orders.hub.js';

@Injectable()
export class Notifier {
  constructor(
    @InjectHubClients(OrdersHub) private readonly clients: HubClients,
    @InjectHubGroups(OrdersHub) private readonly groups: HubGroups,
    @InjectHubConnections(OrdersHub) private readonly connections: HubConnections,
  ) {}

  async promote(user: string) {
    await this.groups.addUser(user, 'staff'); // the connections that the user has now, and those that come later
    await this.clients.user(user).send('promoted');
    await this.clients.group('staff').send('colleague', user);
  }

  async lockOut(user: string) {
    await this.connections.disconnect({ user }, { reason: 'Your account is locked.' });
  }
}
