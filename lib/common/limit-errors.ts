import { HubException, SignalRError } from './errors.js';
import type { LimitName } from './events.js';

const limit = (message: string): SignalRError => new SignalRError('ERR_SIGNALR_LIMIT', message);

/** Whose connections a limit counts. */
const whose = { connections: 'of this server', connectionsPerUser: 'of one user', connectionsPerAddress: 'from one address' };

/** What limits refuse, in words for the client. */
export const limitErrors = {
  crowded: (name: keyof typeof whose, maximum: number) =>
    limit(`${maximum} connections ${whose[name]} are open, which is what the option limits.${name} allows. Close one, or try again later.`),
  connectingTooFast: (maximum: number) =>
    limit(`More clients connect than the ${maximum} a second of the option limits.connectionsPerSecond. Try again in a moment.`),
  tooManyNegotiations: (maximum: number) =>
    limit(`${maximum} clients that have negotiated are still to connect, which is what the option limits.pendingNegotiations allows.`),
  callingTooFast: (maximum: number) =>
    new HubException(`More calls come than the ${maximum} a second of the option limits.invocationsPerSecond. Call more slowly.`),
  /** @param name - of what is limited in a second. */
  flood: (name: LimitName, maximum: number) => limit(`The client says far more than the ${maximum} a second of the option limits.${name}.`),
};
