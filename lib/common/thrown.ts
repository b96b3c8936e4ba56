import { HubException } from './errors.js';

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const SERVER_ERROR = 500;

/**
 * What a handler wanted its caller to read: the message of a HubException, of a WsException or of an HttpException below 500. They are known
 * by their shape, so that no Nest package has to be there, and none of its copies is the wrong one.
 */
export function tellableText(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof HubException || error.name === 'HubException') return error.message;
  if (typeof (error as { getError?: unknown }).getError === 'function') return error.message;
  return Number(statusOf(error)) < SERVER_ERROR ? httpText(error) : undefined;
}

/** Whether an error says that somebody may not do what they asked for. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof Error && [UNAUTHORIZED, FORBIDDEN].includes(Number(statusOf(error)));
}

function statusOf(error: Error & { getStatus?: () => unknown }): unknown {
  try {
    return typeof error.getStatus === 'function' ? error.getStatus() : undefined;
  } catch {
    return undefined;
  }
}

/** A ValidationPipe keeps what it found in the answer that a controller would give, and only says "Bad Request" in the message. */
function httpText(error: Error & { getResponse?: () => unknown }): string {
  const { message } = (error.getResponse?.() ?? {}) as { message?: unknown };
  return Array.isArray(message) ? message.join('; ') : error.message;
}
