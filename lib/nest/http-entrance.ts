import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectionStore } from '../connections/connection.store.js';
import { negotiateAnswer, negotiateRefusal, negotiateVersion } from '../connections/negotiate.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import { answerRequest, json, plain, type HttpAnswer } from './http-answer.js';

/** What a middleware of Express or Fastify is called with. */
type Request = IncomingMessage & { originalUrl?: string };

const NEGOTIATE = '/negotiate';

/** The paths of all hubs as HTTP requests see them: negotiations, and the refusals of what is not served there. */
export class HttpEntrance {
  /** @param endpointAt - finds a hub by its path in small letters. */
  constructor(
    private readonly endpointAt: (path: string) => HubEndpoint | undefined,
    private readonly connections: ConnectionStore,
  ) {}

  /** A middleware: answers what is for a hub, and hands on the rest. */
  readonly handle = (request: Request, response: ServerResponse, next: () => void): void => {
    const answer = this.answerTo(request, request.originalUrl ?? request.url ?? '/');
    if (answer === undefined) next();
    else answerRequest(response, answer);
  };

  private answerTo(request: Request, url: string): HttpAnswer | undefined {
    const path = parsePath(url);
    const endpoint = this.endpointAt(path);
    if (endpoint !== undefined) return this.refuse(request, url, endpoint);
    if (!path.endsWith(NEGOTIATE)) return undefined;
    const negotiating = this.endpointAt(path.slice(0, -NEGOTIATE.length) || '/');
    return negotiating && this.negotiate(request, url, negotiating);
  }

  private negotiate({ method }: Request, url: string, endpoint: HubEndpoint): HttpAnswer {
    if (method !== 'POST') return plain(405);
    try {
      const version = negotiateVersion(parseQuery(url), endpoint.options.minimumProtocolVersion);
      const reservation = this.connections.reserve(endpoint, version);
      return reservation === undefined
        ? plain(503, 'Too many connections are being negotiated.')
        : json(negotiateAnswer(version, reservation));
    } catch (error) {
      return json(negotiateRefusal((error as Error).message));
    }
  }

  /** WebSockets come as upgrades; a request at the hub's own path is for a transport that is not served, or a mistake. */
  private refuse({ method, headers }: Request, url: string, endpoint: HubEndpoint): HttpAnswer {
    if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') return plain(405);
    const token = parseQuery(url).get('id');
    if (token === undefined) return plain(400, 'Connection ID required');
    const isLive = this.connections.isLive(token, endpoint);
    if (!isLive && !this.connections.isReserved(token, endpoint)) return plain(404, 'No Connection with that ID');
    if (method === 'POST') return plain(405, 'POST requests are not allowed for WebSocket connections.');
    if (method === 'DELETE') return plain(400, 'Cannot terminate this connection using the DELETE endpoint.');
    const transport = headers.accept?.includes('text/event-stream') ? 'ServerSentEvents' : 'LongPolling';
    return plain(404, `${transport} transport not supported by this end point type`);
  }
}
