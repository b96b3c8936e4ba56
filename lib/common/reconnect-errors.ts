import { invalidData, SignalRError } from './errors.js';

/** What goes wrong with clients that may come back after a break. Where ASP.NET Core has a text, it is that. */
export const reconnectErrors = {
  sequenceTooHigh: () => invalidData("Sequence ID greater than amount of messages we've received."),
  sequenceTooLow: (sequenceId: number) => invalidData(`A Sequence has the id ${sequenceId}; messages are numbered from 1.`),
  unexpectedSequence: () =>
    invalidData('A Sequence was sent where none is due: there is one, and it is the first message after a reconnect.'),
  wrongAck: (sequenceId: number, newest: number) =>
    invalidData(`An Ack has the id ${sequenceId}; the messages that can be acknowledged end with ${newest}.`),
  unacknowledged: (patience: number) =>
    new SignalRError(
      'ERR_SIGNALR_UNACKNOWLEDGED',
      `The client has acknowledged nothing for ${patience} ms, and more waits for it than the option statefulReconnect lets be kept.`,
    ),
  tooManyAway: (limit: 'resumable' | 'resumablePerUser', maximum: number) =>
    new SignalRError(
      'ERR_SIGNALR_LIMIT',
      `The connection was cut, and could not be kept for its client: ${maximum} are kept already, which is what the option limits.${limit} allows.`,
    ),
};
