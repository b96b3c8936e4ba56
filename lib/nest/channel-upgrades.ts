import type { SessionRefusal, SocketRoute } from '../channels/dialect.js';
import type { Session } from '../channels/session.js';
import { WebSocketUpgrades } from '../connections/transports/web-socket.js';
import type { ChannelRegistry, FoundRoute, ServedChannels } from './channel.registry.js';
import { visitOf } from './channel-visit.js';
import type { Admitted, Doorman } from './connect-gate.js';
import { later, plain, type HttpAnswer } from './http-answer.js';
import { linkUser } from './request-user.js';
import { TimedEntry } from './timed-entry.js';
import { handOver, type UpgradeFinder, type Visitor } from './upgrade-entrance.js';

const NOT_UNDERSTOOD = plain(403, 'The dialect of this client is not spoken here.');

/** The WebSocket paths of all endpoints of channels. */
export class ChannelUpgrades {
  private readonly upgrades = new Map<SocketRoute, WebSocketUpgrades>();

  constructor(
    private readonly channels: ChannelRegistry,
    private readonly doorman: Doorman,
  ) {}

  readonly find: UpgradeFinder = (request) => {
    const found = this.channels.find(request.url ?? '/');
    if (found?.route.kind !== 'socket') return undefined;
    const known = found as FoundRoute<SocketRoute>;
    return { served: found.served, open: (visitor, admitted) => this.answer(known, visitor, admitted) };
  };

  /** The session is asked for while there can still be an answer other than a WebSocket. */
  private async answer(found: FoundRoute<SocketRoute>, visitor: Visitor, admitted: Admitted): Promise<HttpAnswer | undefined> {
    const offer = found.route.connect(visitOf(visitor.request, found.parameter));
    if (offer === undefined) return NOT_UNDERSTOOD;
    const prepared = await new TimedEntry(found.served, this.doorman).prepare(visitor.request, admitted, offer);
    return prepared.refusal === undefined ? this.open(found, visitor, prepared) : answerTo(prepared);
  }

  private open({ served, route }: FoundRoute<SocketRoute>, visitor: Visitor, session: Session): undefined {
    const { request, socket, head } = visitor;
    handOver(visitor);
    let isOpen = false;
    this.upgradesOf(served, route).upgrade(request, socket, head, (transport) => {
      isOpen = true;
      linkUser(request, session);
      transport.serve(served.entry.begin(session, transport));
    });
    // The peer has gone, or what it sent was no upgrade.
    if (!isOpen) served.entry.abandon(session);
    return undefined;
  }

  private upgradesOf({ endpoint, entry }: ServedChannels, route: SocketRoute): WebSocketUpgrades {
    const known = this.upgrades.get(route) ?? new WebSocketUpgrades(endpoint.options, entry.clock, route.subprotocol);
    this.upgrades.set(route, known);
    return known;
  }
}

function answerTo({ refusal, status, retryAfter }: SessionRefusal): HttpAnswer {
  return retryAfter === undefined ? plain(status, refusal) : later(status, refusal, retryAfter);
}
