import { ChannelException, FrameRefusal } from '../common/channel-errors.js';
import { asError, BindingError, SignalRError } from '../common/errors.js';
import { isUnauthorized, tellableText } from '../common/thrown.js';

/** What a handler gets of its signal, and may throw: nobody is waiting for it any more. */
const WITHDRAWN = ['ERR_SIGNALR_CANCELED', 'ERR_SIGNALR_LEFT', 'ERR_SIGNALR_CONNECTION_ENDED'];

/** What is said of a handler that failed. */
export interface ChannelFailure {
  /** The payload of the error that the client gets. */
  readonly payload: unknown;
  /** Whether it was meant for the client, and is no fault of the server. */
  readonly isExpected: boolean;
}

/**
 * What to say of what a handler threw, whatever that is: reading it may itself throw.
 *
 * @param crash - the reason that stands for what is nobody's business.
 * @param detailed - the option `enableDetailedErrors`.
 */
export function describeFailure(error: unknown, crash: string, detailed: boolean): ChannelFailure {
  try {
    return known(error) ?? { payload: crashed(error, crash, detailed), isExpected: false };
  } catch {
    return { payload: { reason: crash }, isExpected: false };
  }
}

function known(error: unknown): ChannelFailure | undefined {
  // By its name too: another copy of this package has another class.
  if (error instanceof ChannelException || (error as Partial<Error> | null)?.name === 'ChannelException')
    return { payload: (error as ChannelException).payload, isExpected: true };
  const reason = reasonOf(error);
  return reason === undefined ? undefined : { payload: { reason }, isExpected: true };
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof FrameRefusal) return error.message;
  if (error instanceof BindingError) return 'invalid payload';
  if (error instanceof SignalRError && WITHDRAWN.includes(error.code)) return 'canceled';
  return isUnauthorized(error) ? 'unauthorized' : tellableText(error);
}

function crashed(error: unknown, reason: string, detailed: boolean): object {
  if (!detailed) return { reason };
  const { name, message } = asError(error);
  return { reason, error: `${name}: ${message}` };
}
