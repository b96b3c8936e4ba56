import { isThenable } from '../common/thenable.js';
import { useErrors } from '../common/use-errors.js';

/** Anything less is seconds, as JWTs count them: as milliseconds it would be a day before March 1973. */
const LEAST_MILLISECONDS = 100_000_000_000;

/**
 * Until when somebody is authenticated, as a time of the wall clock in milliseconds; Infinity where nothing says so.
 *
 * @param said - a Date, or a number of seconds or milliseconds since 1970.
 * @throws TypeError for anything else.
 */
export function expiryOf(said: unknown): number {
  if (said === undefined || said === null) return Infinity;
  const time: unknown = said instanceof Date ? said.getTime() : said;
  if (typeof time === 'number' && !Number.isNaN(time)) return time < LEAST_MILLISECONDS ? time * 1_000 : time;
  if (isThenable(said)) void Promise.resolve(said).catch(() => undefined);
  throw useErrors.wrongExpiry(said);
}

/** The claim `exp` of a token, where authentication has left it on the user. */
export function claimedExpiry(user: unknown): number | undefined {
  const exp = (user as { exp?: unknown } | null | undefined)?.exp;
  return typeof exp === 'number' ? exp : undefined;
}
