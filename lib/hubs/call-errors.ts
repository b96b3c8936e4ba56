import { asError, BindingError, callErrors, CallRefusal, ClientGoneError, SignalRError } from '../common/errors.js';
import { isUnauthorized, tellableText } from '../common/thrown.js';

/** What a reader of uploads, or of a signal, is told when the client wants no more. */
const WITHDRAWN = ['ERR_SIGNALR_CANCELED', 'ERR_SIGNALR_CONNECTION_ENDED'];

/** What is said of a call that failed. */
export interface Failure {
  /** The sentence that the caller gets. */
  readonly text: string;
  /** Whether it was meant for the caller, and is no fault of the server. */
  readonly isExpected: boolean;
}

/**
 * What to say of what a call threw, whatever that is: reading it may itself throw.
 *
 * @param detailed - the option `enableDetailedErrors`.
 * @param callerId - its caller's: one who has left without an answer is what happens to any server.
 * @see signalr.md §2.5
 */
export function describeFailure(target: string, error: unknown, detailed: boolean, callerId?: string): Failure {
  try {
    const isGone = error instanceof ClientGoneError && error.connectionId === callerId;
    return { text: callErrorText(target, error, detailed), isExpected: isGone || isExpected(error) };
  } catch {
    return { text: baseText(target, undefined), isExpected: false };
  }
}

/** The same for a stream that failed when its method had returned already. */
export function describeStreamFailure(error: unknown, detailed: boolean): Failure {
  const text = `An error occurred on the server while streaming results.${errorDetail(error, detailed)}`;
  try {
    return { text, isExpected: isExpected(error) };
  } catch {
    return { text, isExpected: false };
  }
}

/** The sentence of a close message for what ended a connection. */
export function closeErrorText(error: unknown, detailed: boolean): string {
  return `Connection closed with an error.${errorDetail(error, detailed)}`;
}

/** Whether an error was meant for the caller, or is that the caller has gone: no fault of the server. */
function isExpected(error: unknown): boolean {
  if (error instanceof SignalRError && WITHDRAWN.includes(error.code)) return true;
  return error instanceof CallRefusal || error instanceof BindingError || isUnauthorized(error) || tellableText(error) !== undefined;
}

function callErrorText(target: string, error: unknown, detailed: boolean): string {
  if (error instanceof CallRefusal) return error.message;
  return isUnauthorized(error) ? callErrors.unauthorized(target).message : baseText(target, error) + errorDetail(error, detailed);
}

function baseText(target: string, error: unknown): string {
  if (error instanceof BindingError) return `Failed to invoke '${target}' due to an error on the server.`;
  return `An unexpected error occurred invoking '${target}' on the server.`;
}

/** What may be told of an error, with a space in front; nothing of one that is nobody's business, or throws when it is read. */
export function errorDetail(error: unknown, detailed: boolean): string {
  try {
    return readDetail(error, detailed);
  } catch {
    return '';
  }
}

function readDetail(error: unknown, detailed: boolean): string {
  const tellable = tellableText(error);
  if (tellable !== undefined) return ` HubException: ${tellable}`;
  if (!detailed) return '';
  const { name, message } = asError(error);
  return ` ${name}: ${message}`;
}
