import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Connection } from '../connections/connection.js';
import type { Admitted } from './connect-gate.js';

/**
 * A later request of a connection, by the user whose it is: a poll, a resume. Where it brings a newer token, and that is allowed, it is a refresh as
 * well; one that is late changes nothing.
 */
export function renewByNewerToken(connection: Connection, request: OpeningRequest, admitted: Admitted): void {
  if (!connection.options.authenticationRefresh || connection.identity.knows(request.headers.authorization)) return;
  connection.renew({ ...admitted, request });
}
