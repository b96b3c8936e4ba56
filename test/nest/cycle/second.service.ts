import { Injectable } from '@nestjs/common';
import { HubClients, HubConnections, HubGroups, InjectHubClients, InjectHubConnections, InjectHubGroups } from 'nestjs-signalr';
import { SecondHub } from './second.hub.js';

/** The other side. */
@Injectable()
export class SecondService {
  readonly greeting = 'hello from the second';

  constructor(
    @InjectHubClients(() => SecondHub) readonly clients: HubClients,
    @InjectHubGroups(() => SecondHub) readonly groups: HubGroups,
    @InjectHubConnections(() => SecondHub) readonly connections: HubConnections,
  ) {}
}
