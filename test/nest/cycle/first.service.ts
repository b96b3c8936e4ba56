import { Injectable } from '@nestjs/common';
import { HubClients, HubConnections, HubGroups, InjectHubClients, InjectHubConnections, InjectHubGroups } from 'nestjs-signalr';
import { FirstHub } from './first.hub.js';

/** The other side. */
@Injectable()
export class FirstService {
  readonly greeting = 'hello from the first';

  constructor(
    @InjectHubClients(() => FirstHub) readonly clients: HubClients,
    @InjectHubGroups(() => FirstHub) readonly groups: HubGroups,
    @InjectHubConnections(() => FirstHub) readonly connections: HubConnections,
  ) {}
}
