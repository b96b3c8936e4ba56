import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectionStore } from '../connections/connection.store.js';
import { negotiateAnswer, negotiateRefusal, negotiateVersion } from '../connections/negotiate.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { AuthenticatedRequest, Doorman } from './connect-gate.js';
import { answerRequest, json, plain, type HttpAnswer } from './http-answer.js';
import type { ServedAt, ServedHub } from './served-hub.js';

/** What a middleware of Express or Fastify is called with. */
type Request = AuthenticatedRequest & { originalUrl?: string };

/** What a request wants of a hub, once it has passed the gate. */
interface Wish {
  readonly served: ServedHub;
  readonly answer: (request: Request, url: string, served: ServedHub, userIdentifier: string | undefined) => HttpAnswer;
}

const NEGOTIATE = '/negotiate';

/** The paths of all hubs as HTTP requests see them: negotiations, and the refusals of what is not served there. */
export class HttpEntrance {
  constructor(
    private readonly hubs: ServedAt,
    private readonly connections: ConnectionStore,
    private readonly doorman: Doorman,
  ) {}

  /** A middleware: answers what is for a hub, and hands on the rest. */
  readonly handle = (request: Request, response: ServerResponse, next: () => void): void => {
    const url = request.originalUrl ?? request.url ?? '/';
    const wish = this.wishOf(url, request);
    if (wish === undefined) next();
    else void this.fulfil(wish, request, url, response).catch((error: unknown) => giveUp(error, wish.served, response));
  };

  /** Whether a request is for a hub. */
  owns(request: IncomingMessage): boolean {
    return this.wishOf(request.url ?? '/', request) !== undefined;
  }

  /** A hub at the root leaves every request that names no connection to the application's own pages. */
  private wishOf(url: string, { method }: IncomingMessage): Wish | undefined {
    const path = parsePath(url);
    const served = this.hubs(path);
    if (served !== undefined && (path !== '/' || parseQuery(url).has('id'))) return { served, answer: this.refuse };
    if (!path.endsWith(NEGOTIATE)) return undefined;
    const negotiating = this.hubs(path.slice(0, -NEGOTIATE.length) || '/');
    if (negotiating === undefined) return undefined;
    return { served: negotiating, answer: method === 'POST' ? this.negotiate : () => plain(405) };
  }

  private async fulfil({ served, answer }: Wish, request: Request, url: string, response: ServerResponse): Promise<void> {
    const admission = await this.doorman.admit(served.gate, served.endpoint, request, response);
    // A connection that is kept alive would keep the server open.
    if (this.doorman.isClosed) response.shouldKeepAlive = false;
    answerRequest(response, admission.refusal ?? answer(request, url, served, admission.userIdentifier));
  }

  private readonly negotiate = (
    _request: Request,
    url: string,
    { endpoint }: ServedHub,
    userIdentifier: string | undefined,
  ): HttpAnswer => {
    try {
      const version = negotiateVersion(parseQuery(url), endpoint.options.minimumProtocolVersion);
      const reservation = this.connections.reserve(endpoint, version, userIdentifier);
      return reservation === undefined
        ? plain(503, 'Too many connections are being negotiated.')
        : json(negotiateAnswer(version, reservation));
    } catch (error) {
      return json(negotiateRefusal((error as Error).message));
    }
  };

  /** WebSockets come as upgrades; a request at the hub's own path is for a transport that is not served, or a mistake. */
  private readonly refuse = ({ method, headers }: Request, url: string, { endpoint }: ServedHub): HttpAnswer => {
    if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') return plain(405);
    const token = parseQuery(url).get('id');
    if (!token) return plain(400, 'Connection ID required');
    if (!this.knows(token, endpoint)) return plain(404, 'No Connection with that ID');
    if (method === 'POST') return plain(405, 'POST requests are not allowed for WebSocket connections.');
    if (method === 'DELETE') return plain(400, 'Cannot terminate this connection using the DELETE endpoint.');
    const transport = headers.accept?.includes('text/event-stream') ? 'ServerSentEvents' : 'LongPolling';
    return plain(404, `${transport} transport not supported by this end point type`);
  };

  private knows(token: string, endpoint: HubEndpoint): boolean {
    return this.connections.isLive(token, endpoint) || this.connections.reserved(token, endpoint) !== undefined;
  }
}

/** Headers that guards have written, or what wraps a response, may make it fail; its peer is not to wait for ever. */
function giveUp(error: unknown, { endpoint }: ServedHub, response: ServerResponse): void {
  endpoint.report('answering a request', error);
  response.destroy();
}
