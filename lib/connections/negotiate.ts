import { negotiateErrors } from '../common/errors.js';
import type { RequestQuery } from './request-query.js';

/** What a transport offers, as it stands in the answer to a negotiation. */
export interface AvailableTransport {
  readonly transport: string;
  readonly transferFormats: readonly ('Text' | 'Binary')[];
}

/** The transports that are served, in the order in which clients try them. */
export const availableTransports: readonly AvailableTransport[] = [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }];

/** The newest version of the negotiation that is spoken; a client that asks for a newer one gets this one. */
const NEWEST_VERSION = 1;

/**
 * Which version of the negotiation to answer with.
 *
 * @throws SignalRError whose message is for the client, when it asks for no number or for less than `minimum`.
 * @see signalr.md §1.2
 */
export function negotiateVersion(query: RequestQuery, minimum: number): number {
  const asked = query.get('negotiateversion');
  if (asked !== undefined && !isInt32(asked)) throw negotiateErrors.notAnInteger();
  const version = Number(asked ?? 0);
  if (version < minimum || version < 0) throw negotiateErrors.versionNotSupported(version);
  return Math.min(version, NEWEST_VERSION);
}

/** The answer to "how may I connect", as JSON text. Up to version 0 the id is what a client connects with, and the token stays unsaid. */
export function negotiateAnswer(version: number, names: { id: string; token: string }): string {
  return JSON.stringify({
    negotiateVersion: version,
    connectionId: names.id,
    connectionToken: version > 0 ? names.token : undefined,
    availableTransports,
  });
}

/** A refusal that official clients understand: they look for it in an answer with status 200. */
export function negotiateRefusal(error: string): string {
  return JSON.stringify({ error });
}

function isInt32(text: string): boolean {
  return /^\s*[+-]?\d+\s*$/.test(text) && Number(text) >= -0x8000_0000 && Number(text) <= 0x7fff_ffff;
}
