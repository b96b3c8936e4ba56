import type { ChannelOffer, SessionRefusal } from '../channels/dialect.js';
import type { Session } from '../channels/session.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Entrant } from '../connections/exchange.js';
import type { ServedChannels } from './channel.registry.js';
import type { Doorman } from './connect-gate.js';
import type { HttpAnswer } from './http-answer.js';

/** Who wants to become a session. */
export interface Candidate {
  readonly request: OpeningRequest | undefined;
  readonly admitted: Entrant;
  readonly offer: ChannelOffer;
}

/** Asks `onConnected`, but waits for it no longer than the handshake may take. */
export async function prepareInTime(
  { entry, endpoint }: ServedChannels,
  { request, admitted, offer }: Candidate,
  doorman: Doorman,
): Promise<Session | SessionRefusal | { readonly refusal: HttpAnswer }> {
  const asked = entry.prepare(request, admitted, offer);
  const prepared = await doorman.within(asked, endpoint.options.handshakeTimeout);
  // Whoever is let in after that finds nobody.
  if (isTooLate(prepared)) void asked.then((late) => late.refusal ?? entry.abandon(late));
  return prepared;
}

function isTooLate({ refusal }: { readonly refusal?: unknown }): boolean {
  return refusal !== undefined && typeof refusal !== 'string';
}
