import type { ConnectionStore } from '../connections/connection.store.js';
import { negotiateAnswer, negotiateRefusal, negotiateVersion } from '../connections/negotiate.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import type { Doorman } from './connect-gate.js';
import { json, plain, type HttpAnswer } from './http-answer.js';
import type { Knock, WishFinder } from './http-entrance.js';
import type { ServedAt, ServedHub } from './served.js';
import { TransportEntrance, type Visit } from './transport-entrance.js';

/** What somebody wants of a hub who has passed the gate. */
type HubWish = (visit: Visit) => HttpAnswer | undefined | Promise<HttpAnswer>;

const NEGOTIATE = '/negotiate';

/** The paths of all hubs as HTTP requests see them: negotiations, and the transports that are requests. */
export class HubRequests {
  private readonly transports: TransportEntrance;

  constructor(
    private readonly hubs: ServedAt,
    private readonly connections: ConnectionStore,
    private readonly doorman: Doorman,
  ) {
    this.transports = new TransportEntrance(connections);
  }

  /** A hub at the root leaves every request that names no connection to the application's own pages. */
  readonly find: WishFinder = (url, { method }) => {
    const path = parsePath(url);
    const served = this.hubs(path);
    if (served !== undefined && (path !== '/' || parseQuery(url).has('id')))
      return { served, answer: (knock) => this.admit(served, knock, (visit) => this.transports.answer(visit)) };
    if (!path.endsWith(NEGOTIATE)) return undefined;
    const negotiating = this.hubs(path.slice(0, -NEGOTIATE.length) || '/');
    if (negotiating === undefined) return undefined;
    const wish = method === 'POST' ? this.negotiate : (): HttpAnswer => plain(405);
    return { served: negotiating, answer: (knock) => this.admit(negotiating, knock, wish) };
  };

  private async admit(served: ServedHub, { request, response, url }: Knock, wish: HubWish): Promise<HttpAnswer | undefined> {
    const admitted = await this.doorman.admit(served, request, response);
    return admitted.refusal ?? wish({ served, request, response, url, admitted });
  }

  private readonly negotiate = ({ url, served: { endpoint }, admitted }: Visit): HttpAnswer => {
    try {
      const { minimumProtocolVersion, transports } = endpoint.options;
      const version = negotiateVersion(parseQuery(url), minimumProtocolVersion);
      const reservation = this.connections.reserve(endpoint, version, admitted.userIdentifier);
      return reservation === undefined
        ? plain(503, 'Too many connections are being negotiated.')
        : json(negotiateAnswer(version, reservation, transports));
    } catch (error) {
      return json(negotiateRefusal((error as Error).message));
    }
  };
}
