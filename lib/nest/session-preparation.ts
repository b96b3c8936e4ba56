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
): Promise<Session | SessionRefusal> {
  const asked = entry.prepare(request, admitted, offer);
  const prepared = await doorman.within(asked, endpoint.options.handshakeTimeout);
  if (prepared.refusal === undefined || typeof prepared.refusal === 'string') return prepared;
  // Whoever is let in after that finds nobody.
  void asked.then((late) => late.refusal ?? entry.abandon(late));
  return refusalOf(prepared.refusal);
}

function refusalOf({ status, body, headers }: HttpAnswer): SessionRefusal {
  const retryAfter = headers?.['Retry-After'];
  return { refusal: body, status, retryAfter: retryAfter === undefined ? undefined : Number(retryAfter) };
}
