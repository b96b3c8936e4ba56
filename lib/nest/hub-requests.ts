import { limitErrors } from '../common/limit-errors.js';
import type { ConnectionStore } from '../connections/connection.store.js';
import {
  asksToResume,
  negotiateAnswer,
  negotiateRefusal,
  negotiateVersion,
  secondsUntil,
  type NegotiateOffers,
} from '../connections/negotiate.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import type { ResolvedHubOptions } from '../hubs/hub.options.js';
import type { Admitted, Doorman } from './connect-gate.js';
import { json, later, plain, type HttpAnswer } from './http-answer.js';
import type { Knock, Wish, WishFinder } from './http-entrance.js';
import { NEGOTIATE, REFRESH } from './paths.js';
import { RefreshEntrance } from './refresh-entrance.js';
import type { ServedAt, ServedHub } from './served.js';
import { newcomerOf, refusedBy, TransportEntrance, type Visit } from './transport-entrance.js';

/** What somebody wants of a hub who has passed the gate. */
type HubWish = (visit: Visit) => HttpAnswer | undefined | Promise<HttpAnswer>;

/** The paths of all hubs as HTTP requests see them: negotiations, and the transports that are requests. */
export class HubRequests {
  private readonly transports: TransportEntrance;
  private readonly refreshes: RefreshEntrance;

  constructor(
    private readonly hubs: ServedAt,
    private readonly connections: ConnectionStore,
    private readonly doorman: Doorman,
  ) {
    this.transports = new TransportEntrance(connections);
    this.refreshes = new RefreshEntrance(connections, doorman);
  }

  /** A hub at the root leaves every request that names no connection to the application's own pages. */
  readonly find: WishFinder = (url, { method }) => {
    const path = parsePath(url);
    const served = this.hubs(path);
    if (served !== undefined && (path !== '/' || parseQuery(url).has('id'))) return { served, answer: (knock) => this.lead(served, knock) };
    return this.findNegotiation(path, method) ?? this.findRefresh(path, url);
  };

  private findNegotiation(path: string, method: string | undefined): Wish | undefined {
    const served = this.hubAbove(path, NEGOTIATE);
    if (served === undefined) return undefined;
    const wish = method === 'POST' ? this.negotiate : (): HttpAnswer => plain(405);
    return { served, answer: (knock) => this.admit(served, knock, wish) };
  }

  /** Where there are no refreshes, the application may have something of its own there; only what names a connection is surely for the hub. */
  private findRefresh(path: string, url: string): Wish | undefined {
    const served = this.hubAbove(path, REFRESH);
    if (served === undefined || !(served.endpoint.options.authenticationRefresh || parseQuery(url).has('id'))) return undefined;
    return { served, answer: (knock) => this.refreshes.answer(served, knock) };
  }

  private hubAbove(path: string, end: string): ServedHub | undefined {
    return path.endsWith(end) ? this.hubs(path.slice(0, -end.length) || '/') : undefined;
  }

  private lead(served: ServedHub, knock: Knock): Promise<HttpAnswer | undefined> {
    const token = parseQuery(knock.url).get('id');
    const isKnown = token !== undefined && this.connections.find(token, served.endpoint) !== undefined;
    return this.admit(served, knock, (visit) => this.transports.answer(visit), isKnown);
  }

  private async admit(
    served: ServedHub,
    { request, response, url }: Knock,
    wish: HubWish,
    isKnown = false,
  ): Promise<HttpAnswer | undefined> {
    const { doorman } = this;
    const admitted = await (isKnown ? doorman.readmit(served, request, response) : doorman.admit(served, request, response));
    return admitted.refusal ?? wish({ served, request, response, url, admitted });
  }

  private offersOf({ authenticationRefresh }: ResolvedHubOptions, { expiresAt }: Admitted): NegotiateOffers {
    return authenticationRefresh ? { tokenLifetimeSeconds: secondsUntil(expiresAt, this.connections.clock.date()) } : {};
  }

  private readonly negotiate = (visit: Visit): HttpAnswer => {
    const version = versionAsked(visit);
    return typeof version === 'number' ? this.reserve(visit, version) : version;
  };

  /** Whoever is promised a place is counted from now on, among those of its user and its address. */
  private reserve(visit: Visit, version: number): HttpAnswer {
    const { endpoint } = visit.served;
    const { refused, ticket } = this.connections.limits.expect(newcomerOf(visit));
    if (refused !== undefined) return refusedBy(refused);
    const mayResume = endpoint.canResume && asksToResume(parseQuery(visit.url), version);
    const reservation = this.connections.reserve(endpoint, version, visit.admitted, { mayResume, ticket });
    if (reservation === undefined) return this.tooMany(visit);
    return json(negotiateAnswer(version, reservation, endpoint.options.transports, this.offersOf(endpoint.options, visit.admitted)));
  }

  private tooMany(visit: Visit): HttpAnswer {
    const { limits, maximumReservations, untilVacancy } = this.connections;
    limits.tell('pendingNegotiations', maximumReservations, newcomerOf(visit));
    const { message } = limitErrors.tooManyNegotiations();
    return later(503, message, Math.ceil(untilVacancy / 1_000));
  }
}

/** What is wrong with a version the client is told. */
function versionAsked({ url, served }: Visit): number | HttpAnswer {
  try {
    return negotiateVersion(parseQuery(url), served.endpoint.options.minimumProtocolVersion);
  } catch (error) {
    return json(negotiateRefusal((error as Error).message));
  }
}
