import { negotiateErrors } from '../common/errors.js';
import { transportNames } from './connection.options.js';
import type { RequestQuery } from './request-query.js';
import type { TransportName } from './transport.js';

const formats: Record<TransportName, readonly ('Text' | 'Binary')[]> = {
  WebSockets: ['Text', 'Binary'],
  ServerSentEvents: ['Text'],
  LongPolling: ['Text', 'Binary'],
};

/** The newest version of the negotiation that is spoken; a client that asks for a newer one gets this one. */
const NEWEST_VERSION = 1;

/** What clients count seconds in has 32 bits. */
const LONGEST_LIFETIME = 0x7fff_ffff;

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

/** What a negotiation may offer beside the transports. */
export interface NegotiateOffers {
  /** Set where the client may refresh its token. */
  readonly tokenLifetimeSeconds?: number | undefined;
}

/** Whether the client wants to come back after a break. It needs a token that nobody else knows, which the first version has not. */
export function asksToResume(query: RequestQuery, version: number): boolean {
  return version > 0 && query.get('usestatefulreconnect')?.trim().toLowerCase() === 'true';
}

/** What a negotiation hands out. */
interface NegotiatedNames {
  readonly id: string;
  readonly token: string;
  /** Whether the client may come back after a break; it is told only that it may. */
  readonly mayResume?: boolean;
}

/** The answer to "how may I connect", as JSON text. Up to version 0 the id is what a client connects with, and the token stays unsaid. */
export function negotiateAnswer(
  version: number,
  names: NegotiatedNames,
  served: readonly TransportName[],
  { tokenLifetimeSeconds }: NegotiateOffers = {},
): string {
  return JSON.stringify({
    useStatefulReconnect: names.mayResume || undefined,
    negotiateVersion: version,
    connectionId: names.id,
    connectionToken: version > 0 ? names.token : undefined,
    tokenLifetimeSeconds: version > 0 ? tokenLifetimeSeconds : undefined,
    availableTransports: transportNames
      .filter((transport) => served.includes(transport))
      .map((transport) => ({ transport, transferFormats: formats[transport] })),
  });
}

/** How long a token is good for, as clients are told it: whole seconds that they can count; undefined for one that has no end. */
export function secondsUntil(expiresAt: number, now: Date): number | undefined {
  if (expiresAt === Infinity) return undefined;
  return Math.min(Math.max(Math.floor((expiresAt - now.getTime()) / 1_000), 0), LONGEST_LIFETIME);
}

/** A refusal that official clients understand: they look for it in an answer with status 200. */
export function negotiateRefusal(error: string): string {
  return JSON.stringify({ error });
}

function isInt32(text: string): boolean {
  return /^\s*[+-]?\d+\s*$/.test(text) && Number(text) >= -0x8000_0000 && Number(text) <= 0x7fff_ffff;
}
