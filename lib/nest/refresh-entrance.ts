import { closeReason } from '../common/close-reason.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionStore } from '../connections/connection.store.js';
import { isSameUser } from '../connections/identity.js';
import { secondsUntil } from '../connections/negotiate.js';
import { parseQuery } from '../connections/request-query.js';
import type { Admitted, Doorman } from './connect-gate.js';
import { document, json, plain, type HttpAnswer } from './http-answer.js';
import type { Knock } from './http-entrance.js';
import type { ServedHub } from './served.js';

/** The codes that clients know, with their statuses; signalr.md §1.12. */
const DISABLED = refusal(404, 'refresh_disabled');
const NO_TOKEN = refusal(400, 'missing_connection_token');
const NOT_FOUND = refusal(404, 'connection_not_found');
const TOO_OLD = refusal(400, 'unsupported_negotiate_version');
const UNKNOWN_USER = refusal(401, 'invalid_token');
const REJECTED = refusal(403, 'permission_change_rejected');

/** The door of clients that bring a newer token for a connection that goes on. */
export class RefreshEntrance {
  constructor(
    private readonly connections: ConnectionStore,
    private readonly doorman: Doorman,
  ) {}

  /** The guards have the first word, as at every door. */
  async answer(served: ServedHub, { request, response, url }: Knock): Promise<HttpAnswer> {
    if (request.method !== 'POST') return plain(405);
    if (!served.endpoint.options.authenticationRefresh) return DISABLED;
    const admitted = await this.doorman.readmit(served, request, response);
    if (admitted.refusal !== undefined) return translated(admitted.refusal);
    const connection = this.find(served, parseQuery(url).get('id'));
    if ('status' in connection) return connection;
    if (!this.isAuthenticated(admitted)) return UNKNOWN_USER;
    if (!isSameUser(connection, admitted)) return end(connection);
    connection.renew({ ...admitted, request });
    return this.accepted(connection);
  }

  private find({ endpoint }: ServedHub, token: string | undefined): Connection | HttpAnswer {
    if (!token) return NO_TOKEN;
    const connection = this.connections.find(token, endpoint);
    if (connection === undefined || connection.closeReason !== undefined) return NOT_FOUND;
    return connection.token === connection.id ? TOO_OLD : connection;
  }

  /** Who is let in as nobody, or with a token that has expired, has authenticated nothing. */
  private isAuthenticated({ isSomebody, expiresAt }: Admitted): boolean {
    return isSomebody && expiresAt > this.connections.clock.date().getTime();
  }

  /** Of who the connection is now: a refresh that was late has changed nothing. */
  private accepted({ identity, clock }: Connection): HttpAnswer {
    return json(JSON.stringify({ tokenLifetimeSeconds: secondsUntil(identity.expiresAt, clock.date()) }));
  }
}

/** Everything else about the connection belongs to the user it had. */
function end(connection: Connection): HttpAnswer {
  connection.close(closeReason('user-changed'));
  return REJECTED;
}

/** What guards answer to others is nothing that these clients could read. */
function translated(answer: HttpAnswer): HttpAnswer {
  if (answer.status === 503) return answer;
  return answer.status === 401 ? UNKNOWN_USER : REJECTED;
}

function refusal(status: number, error: string): HttpAnswer {
  return document(status, { error });
}
