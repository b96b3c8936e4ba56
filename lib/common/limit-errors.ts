import { HubException, SignalRError } from './errors.js';
import type { LimitName } from './events.js';

/** The code of the error that a client is closed with that goes beyond a limit again and again. */
export const LIMIT = 'ERR_SIGNALR_LIMIT';

const limit = (message: string): SignalRError => new SignalRError(LIMIT, message);

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Whose connections a limit counts, as a client may know. */
const crowds = {
  connections: () => 'The server has as many connections as it takes.',
  connectionsPerUser: (maximum: number) => `The user has ${counted(maximum, 'connection')}, and may have no more.`,
  connectionsPerAddress: (maximum: number) => `The address has ${counted(maximum, 'connection')}, and may have no more.`,
};

/**
 * What limits refuse, in words for the client: what it has done, without the names of options and the ids of others. These are in the log, and in the
 * event `limited`.
 */
export const limitErrors = {
  crowded: (name: keyof typeof crowds, maximum: number) => limit(`${crowds[name](maximum)} Try again later.`),
  connectingTooFast: () => limit('More clients connect than the server takes in a second. Try again in a moment.'),
  tooManyNegotiations: () =>
    limit('More clients that have negotiated are still to connect than the server waits for. Try again in a moment.'),
  callingTooFast: (maximum: number) => new HubException(`Calls come faster than ${maximum} in a second. Call more slowly.`),
  tooManyStreams: (maximum: number) =>
    new HubException(`${counted(maximum, 'stream is', 'streams are')} running on this connection, and it may have no more.`),
  /** @param connectionId - for whoever adds it, who may be somebody else. */
  tooManyGroups: (connectionId: string, maximum: number) => {
    const groups = counted(maximum, 'group');
    const cause = new Error(`The connection ${connectionId} is in ${groups}, which is what the option limits.groupsPerConnection allows.`);
    return new SignalRError('ERR_SIGNALR_USE', `The connection is in ${groups}, and may be in no more.`, 'HubException', { cause });
  },
  /** To whoever asks, who is the application. */
  tooManyAsked: (maximum: number, what: 'call' | 'question') =>
    limit(
      `${counted(maximum, `${what} waits`, `${what}s wait`)} for the answer of this client, which is what the option limits.pendingClientResults allows.`,
    ),
  /**
   * For the log: the client hears that its connection is over.
   *
   * @param name - of what is limited in a second.
   */
  flood: (name: LimitName, maximum: number) => limit(`The client says far more than the ${maximum} a second of the option limits.${name}.`),
};
