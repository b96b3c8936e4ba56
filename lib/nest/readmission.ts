import type { IncomingMessage } from 'node:http';
import type { Readmission } from '../channels/session.token.js';
import { frameErrors } from '../common/channel-errors.js';
import type { AuthenticatedRequest, ConnectGate } from './connect-gate.js';

/**
 * Asks who opened a session once more, with another token in place of the first.
 *
 * @param identify - says who a user is; throws what the application throws.
 * @returns undefined where nobody asks who somebody is.
 */
export function readmissionAt(gate: ConnectGate, identify: (user: unknown) => string | undefined): Readmission | undefined {
  if (!gate.asksWho) return undefined;
  return async (request, token) => {
    const verdict = await gate.check(withToken(request, token), undefined);
    if (verdict.refusal !== undefined) throw frameErrors.unauthorized();
    return { user: verdict.user, userIdentifier: identify(verdict.user) };
  };
}

/** What guards leave on it stays off the request itself, which others look at meanwhile. */
function withToken(request: IncomingMessage, token: string): AuthenticatedRequest {
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  return Object.create(request, {
    headers: { value: headers, writable: true, enumerable: true, configurable: true },
    user: { value: undefined, writable: true, enumerable: true, configurable: true },
  }) as AuthenticatedRequest;
}
