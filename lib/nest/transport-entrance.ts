import type { ServerResponse } from 'node:http';
import { closeReason } from '../common/close-reason.js';
import { asError } from '../common/errors.js';
import { Connection } from '../connections/connection.js';
import type { Newcomer, Refused } from '../connections/connection.limits.js';
import type { ConnectionStore, Reservation } from '../connections/connection.store.js';
import { isSameUser } from '../connections/identity.js';
import { parseQuery } from '../connections/request-query.js';
import type { TransportName } from '../connections/transport.js';
import { LongPollingTransport } from '../connections/transports/long-polling.js';
import type { PostOutcome } from '../connections/transports/posted-bodies.js';
import { ServerSentEventsTransport } from '../connections/transports/server-sent-events.js';
import type { Admitted, AuthenticatedRequest } from './connect-gate.js';
import { later, plain, type HttpAnswer } from './http-answer.js';
import { bodyOf } from './request-body.js';
import { renewByNewerToken } from './renewal.js';
import { linkUser } from './request-user.js';
import type { ServedHub } from './served.js';

/** A request at the path of a hub that has passed the gate. */
export interface Visit {
  readonly served: ServedHub;
  readonly request: AuthenticatedRequest;
  readonly response: ServerResponse;
  /** As the client wrote it. */
  readonly url: string;
  readonly admitted: Admitted;
}

/** Whoever has the token: a client that is connected, or one that has only negotiated. */
export type Owner = Connection | Reservation;

export const UNKNOWN_ID = plain(404, 'No Connection with that ID');
export const ANOTHER_USER = plain(403, 'The connection was negotiated by another user.');
export const ANOTHER_TRANSPORT = plain(400, 'Cannot change transports mid-connection');

const outcomes: Record<PostOutcome, HttpAnswer> = {
  read: plain(200),
  broken: plain(400),
  ended: plain(404),
  refused: plain(503, 'Too many requests of this connection are waiting.'),
};

/** The transports that are requests: event streams, polls, what is posted, and their end. */
export class TransportEntrance {
  constructor(private readonly connections: ConnectionStore) {}

  /** @returns the answer; undefined where the response belongs to a transport from now on. */
  answer(visit: Visit): HttpAnswer | undefined | Promise<HttpAnswer> {
    const { served, request, url, admitted } = visit;
    const { method } = request;
    if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') return plain(405);
    const token = parseQuery(url).get('id');
    if (!token) return plain(400, 'Connection ID required');
    const owner = this.connections.ownerOf(token, served.endpoint);
    if (owner === undefined) return UNKNOWN_ID;
    if (!isOwner(served, owner, admitted)) return ANOTHER_USER;
    if (method === 'GET') return this.lead(visit, owner);
    return method === 'POST' ? post(visit, owner) : terminate(owner);
  }

  /** The way down: an event stream, or a poll. */
  private lead(visit: Visit, owner: Owner): HttpAnswer | undefined {
    const { request, response, served } = visit;
    const name = wantsEvents(request) ? 'ServerSentEvents' : 'LongPolling';
    if (!served.endpoint.options.transports.includes(name)) return notServed(name);
    // Who has gone meanwhile needs no transport, and whom a guard has answered gets none.
    if (response.destroyed || response.headersSent) return UNKNOWN_ID;
    if (!(owner instanceof Connection)) return this.open(visit, owner, name);
    const { transport } = owner;
    if (transport.name !== name) return ANOTHER_TRANSPORT;
    if (!(transport instanceof LongPollingTransport && transport.take(response))) return plain(409);
    renewByNewerToken(owner, request, visit.admitted);
    return undefined;
  }

  private open(visit: Visit, place: Reservation, name: TransportName): HttpAnswer | undefined {
    const { served, request, response, admitted } = visit;
    const { endpoint } = served;
    const refused = this.connections.limits.turnAway(newcomerOf(visit));
    if (refused !== undefined) return refusedBy(refused);
    const transport = name === 'LongPolling' ? this.polling(served) : this.events(served, response);
    this.connections.claim(place);
    const birth = { ...admitted, id: place.id, token: place.token, request, ticket: place.ticket };
    const connection = this.connections.open(endpoint, transport, endpoint.options, birth);
    linkUser(request, connection);
    begin(transport, connection, response);
    return undefined;
  }

  private polling({ endpoint: { options } }: ServedHub): LongPollingTransport {
    const { clock, disconnectTimeout } = this.connections;
    const times = { pollTimeout: options.longPolling.pollTimeout, sendTimeout: options.transportSendTimeout, disconnectTimeout };
    return new LongPollingTransport(times, clock);
  }

  private events({ endpoint: { options } }: ServedHub, response: ServerResponse): ServerSentEventsTransport {
    return new ServerSentEventsTransport(response, options.transportSendTimeout, this.connections.clock);
  }
}

/** Whether a request comes from the user who has negotiated; where nobody is asked who they are, the token is all there is. */
export function isOwner({ gate }: ServedHub, owner: Owner, admitted: Admitted): boolean {
  return !gate.asksWho || isSameUser(owner, admitted);
}

/** The answer to whom a limit refuses a connection now. */
export function refusedBy({ status, error, retryAfter }: Refused): HttpAnswer {
  return later(status, error.message, retryAfter);
}

/** Whoever visits, as limits see it. */
export function newcomerOf({ served, request, admitted }: Pick<Visit, 'served' | 'request' | 'admitted'>): Newcomer {
  return { endpoint: served.endpoint.name, userIdentifier: admitted.userIdentifier, request };
}

export function notServed(name: TransportName): HttpAnswer {
  return plain(404, `${name} transport not supported by this end point type`);
}

/** What fails here must not leave a connection behind that nobody will ever end. */
function begin(transport: LongPollingTransport | ServerSentEventsTransport, connection: Connection, response: ServerResponse): void {
  try {
    transport.serve(connection, response);
  } catch (error) {
    connection.close(closeReason('internal-error', { error: asError(error), peerCanHear: false }));
    throw error;
  }
}

/** A body is read straight into its connection, as fast as that takes it, and kept nowhere. */
async function post({ request }: Visit, owner: Owner): Promise<HttpAnswer> {
  if (!(owner instanceof Connection)) return UNKNOWN_ID;
  const { transport } = owner;
  if (!(transport instanceof LongPollingTransport || transport instanceof ServerSentEventsTransport))
    return plain(405, 'POST requests are not allowed for WebSocket connections.');
  const body = bodyOf(request);
  return body === undefined ? plain(400, 'A parser has taken the body of this request.') : outcomes[await transport.post(body)];
}

function terminate(owner: Owner): HttpAnswer {
  const transport = owner instanceof Connection ? owner.transport : undefined;
  if (!(transport instanceof LongPollingTransport)) return plain(400, 'Cannot terminate this connection using the DELETE endpoint.');
  transport.terminate();
  return plain(202);
}

function wantsEvents({ headers }: AuthenticatedRequest): boolean {
  return /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(headers.accept ?? '');
}
