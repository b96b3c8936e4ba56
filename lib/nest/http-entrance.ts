import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectionStore } from '../connections/connection.store.js';
import { negotiateAnswer, negotiateRefusal, negotiateVersion } from '../connections/negotiate.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import type { ApplicationCors } from './application-cors.js';
import type { AuthenticatedRequest, Doorman } from './connect-gate.js';
import { crossOrigin, isPreflight } from './cross-origin.js';
import { answerRequest, json, plain, type HttpAnswer } from './http-answer.js';
import { showBody } from './request-body.js';
import type { ServedAt, ServedHub } from './served-hub.js';
import { TransportEntrance, type Visit } from './transport-entrance.js';

/** What a middleware of Express or Fastify is called with. */
type Request = AuthenticatedRequest & { originalUrl?: string };

/** What a request wants of a hub, once it has passed the gate; nothing is answered where a transport has taken the response. */
interface Wish {
  readonly served: ServedHub;
  readonly answer: (visit: Visit) => HttpAnswer | undefined | Promise<HttpAnswer>;
}

const NEGOTIATE = '/negotiate';

/** The paths of all hubs as HTTP requests see them: negotiations, and the transports that are requests. */
export class HttpEntrance {
  private readonly transports: TransportEntrance;

  constructor(
    private readonly hubs: ServedAt,
    private readonly connections: ConnectionStore,
    private readonly doorman: Doorman,
    private readonly cors: ApplicationCors,
  ) {
    this.transports = new TransportEntrance(connections);
  }

  /** A middleware: answers what is for a hub, and hands on the rest. */
  readonly handle = (request: Request, response: ServerResponse, next: () => void): void => {
    const url = request.originalUrl ?? request.url ?? '/';
    const wish = this.wishOf(url, request);
    showBody(request);
    if (wish === undefined) next();
    else this.begin(wish, request, url, response);
  };

  /** Answers a preflight for a hub that says whose pages may connect: `enableCors` may say otherwise of the application's own, and comes first. */
  takesPreflight(request: Request, response: ServerResponse): boolean {
    const url = request.url ?? '/';
    const wish = isPreflight(request) ? this.wishOf(url, request) : undefined;
    if (wish === undefined || wish.served.origins.isDefault) return false;
    this.begin(wish, request, url, response);
    return true;
  }

  /** Whether a request is for a hub. */
  owns(request: IncomingMessage): boolean {
    return this.wishOf(request.url ?? '/', request) !== undefined;
  }

  /** A hub at the root leaves every request that names no connection to the application's own pages. */
  private wishOf(url: string, { method }: IncomingMessage): Wish | undefined {
    const path = parsePath(url);
    const served = this.hubs(path);
    if (served !== undefined && (path !== '/' || parseQuery(url).has('id')))
      return { served, answer: (visit) => this.transports.answer(visit) };
    if (!path.endsWith(NEGOTIATE)) return undefined;
    const negotiating = this.hubs(path.slice(0, -NEGOTIATE.length) || '/');
    if (negotiating === undefined) return undefined;
    return { served: negotiating, answer: method === 'POST' ? this.negotiate : () => plain(405) };
  }

  private begin(wish: Wish, request: Request, url: string, response: ServerResponse): void {
    void this.fulfil(wish, request, url, response).catch((error: unknown) => giveUp(error, wish.served, response));
  }

  /** Preflights come first: they bring nothing that a guard could know somebody by. */
  private async fulfil(wish: Wish, request: Request, url: string, response: ServerResponse): Promise<void> {
    const cors = crossOrigin(wish.served, request, response, this.cors);
    if (cors === 'answered') return;
    const answer = cors ?? (await this.answer(wish, request, url, response));
    // A connection that is kept alive would keep the server open.
    if (this.doorman.isClosed) response.shouldKeepAlive = false;
    if (answer === undefined) return;
    answerRequest(response, answer);
  }

  private async answer({ served, answer }: Wish, request: Request, url: string, response: ServerResponse): Promise<HttpAnswer | undefined> {
    const admitted = await this.doorman.admit(served.gate, served.endpoint, request, response);
    return admitted.refusal ?? answer({ served, request, response, url, admitted });
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

/** Headers that guards have written, or what wraps a response, may make it fail; its peer is not to wait for ever. */
function giveUp(error: unknown, { endpoint }: ServedHub, response: ServerResponse): void {
  endpoint.report('answering a request', error);
  response.destroy();
}
