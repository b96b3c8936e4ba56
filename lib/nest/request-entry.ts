import { EndpointEntry } from '../channels/channel.entry.js';
import type { ChannelOffer, SessionRefusal } from '../channels/dialect.js';
import type { Session } from '../channels/session.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Entrant } from '../connections/exchange.js';
import type { ServedChannels } from './channel.registry.js';
import type { Doorman } from './connect-gate.js';
import { prepareInTime } from './session-preparation.js';

/** The way into an endpoint over requests: `onConnected` is not waited for longer than over WebSockets. */
export class RequestEntry extends EndpointEntry {
  constructor(
    private readonly served: ServedChannels,
    private readonly doorman: Doorman,
  ) {
    super(served.endpoint, served.entry.connections);
  }

  override prepare(request: OpeningRequest | undefined, admitted: Entrant, offer: ChannelOffer): Promise<Session | SessionRefusal> {
    return prepareInTime(this.served, { request, admitted, offer }, this.doorman);
  }
}
