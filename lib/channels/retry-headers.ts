import type { AnswerHeaders } from '../connections/exchange.js';
import type { SessionRefusal } from './dialect.js';

/** Says when it is worth trying again, where that is known. */
export function retryHeaders({ retryAfter }: SessionRefusal): AnswerHeaders {
  return retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
}
