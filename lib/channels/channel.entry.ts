import { closeReason } from '../common/close-reason.js';
import type { Clock } from '../common/clock.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionStore } from '../connections/connection.store.js';
import type { Entrant } from '../connections/exchange.js';
import type { Transport } from '../connections/transport.js';
import type { ChannelEndpoint } from './channel.endpoint.js';
import type { ResolvedEndpointOptions } from './channel.options.js';
import type { ChannelEntry, ChannelOffer, SessionRefusal } from './dialect.js';
import type { ServedSocket } from './dialect.services.js';
import type { Session } from './session.js';

/** The way into one endpoint: sessions are asked for first, and then get what carries them. */
export class EndpointEntry implements ChannelEntry {
  constructor(
    readonly endpoint: ChannelEndpoint,
    readonly connections: ConnectionStore,
  ) {}

  get clock(): Clock {
    return this.connections.clock;
  }

  get options(): ResolvedEndpointOptions {
    return this.endpoint.options;
  }

  get disconnectTimeout(): number {
    return this.connections.disconnectTimeout;
  }

  /** Whoever is asked about is counted already: many that come at once are not to be too many. */
  async prepare(request: OpeningRequest | undefined, entrant: Entrant, offer: ChannelOffer): Promise<Session | SessionRefusal> {
    const { userIdentifier } = entrant;
    const { refused, ticket } = this.connections.limits.admit({ endpoint: this.endpoint.name, userIdentifier, request });
    if (refused !== undefined) return { refusal: refused.error.message, status: refused.status, retryAfter: refused.retryAfter };
    const session = this.endpoint.newcomer(request, entrant, offer);
    session.ticket = ticket;
    const refusal = (await this.ask(session)) ?? (await this.refusalOfEnded(session));
    if (refusal === undefined) return session;
    ticket?.release();
    return refusal;
  }

  begin(session: Session, transport: Transport): Connection {
    const { id, token, request, user, userIdentifier, ticket } = session;
    const birth = { id, token, request, user, userIdentifier, ticket, prepared: session };
    const connection = this.connections.open(this.endpoint, transport, this.options, birth);
    session.begin();
    return connection;
  }

  abandon(session: Session): void {
    session.ticket?.release();
    session
      .closed(closeReason('transport-closed'))
      .catch((error: unknown) => this.endpoint.report('ending a session that nobody came for', error));
  }

  find(token: string): Connection | undefined {
    return this.connections.find(token, this.endpoint);
  }

  visitor(request: OpeningRequest, entrant: Entrant, offer: ChannelOffer, topic: string): ServedSocket | undefined {
    return this.endpoint.visitor(request, entrant, offer, topic);
  }

  /** Asks `onConnected`, however long that takes; never rejects. */
  protected ask(session: Session): Promise<SessionRefusal | undefined> {
    return this.endpoint.welcome(session);
  }

  /** `onConnected` may end whom it does not refuse. */
  private async refusalOfEnded(session: Session): Promise<SessionRefusal | undefined> {
    const { closeReason: end } = session;
    return end && this.endpoint.refuse(session, end.textForPeer);
  }
}
