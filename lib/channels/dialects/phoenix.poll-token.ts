import type { Connection } from '../../connections/connection.js';
import type { Exchange } from '../../connections/exchange.js';

/** Stands before the token of a session: applications call their own tokens by the same name, and phoenix.js sends both. */
const PREFIX = 'lp.';

const POLL_TOKEN = /^lp\.[\w-]{22}$/;

/** By which a client names its session. */
export function writePollToken({ token }: Connection): string {
  return PREFIX + token;
}

/**
 * The token of the session that a request is for, as the connection has it; phoenix.js puts it last in the query, and newer ones in a header.
 *
 * @returns undefined for a request that names none.
 */
export function readPollToken({ headers, query }: Exchange): string | undefined {
  const named = [headers['x-phoenix-longpoll-token'] ?? query.getAll('token')].flat().at(-1) ?? '';
  return POLL_TOKEN.test(named) ? named.slice(PREFIX.length) : undefined;
}

/** The application's own token among the parameters of that name. */
export function userTokenIn(query: URLSearchParams): string | undefined {
  return query.getAll('token').find((token) => !POLL_TOKEN.test(token));
}
