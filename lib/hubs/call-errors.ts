import { asError, BindingError, CallRefusal, HubException } from '../common/errors.js';

const SERVER_ERROR = 500;

/**
 * The sentence that a caller gets for what its call threw.
 *
 * @param detailed - the option `enableDetailedErrors`.
 * @see signalr.md §2.5
 */
export function callErrorText(target: string, error: unknown, detailed: boolean): string {
  if (error instanceof CallRefusal) return error.message;
  const base =
    error instanceof BindingError
      ? `Failed to invoke '${target}' due to an error on the server.`
      : `An unexpected error occurred invoking '${target}' on the server.`;
  return base + errorDetail(error, detailed);
}

/** The sentence of a close message for what ended a connection. */
export function closeErrorText(error: unknown, detailed: boolean): string {
  return `Connection closed with an error.${errorDetail(error, detailed)}`;
}

/** Whether the error was meant for the caller, and is no fault of the server. */
export function isExpected(error: unknown): boolean {
  return error instanceof CallRefusal || error instanceof BindingError || tellableText(error) !== undefined;
}

/** What may be told of an error, with a space in front; nothing of one that is nobody's business. */
export function errorDetail(error: unknown, detailed: boolean): string {
  const tellable = tellableText(error);
  if (tellable !== undefined) return ` HubException: ${tellable}`;
  if (!detailed) return '';
  const { name, message } = asError(error);
  return ` ${name}: ${message}`;
}

/**
 * What a handler wanted its caller to read: the message of a HubException, of a WsException or of an HttpException below 500. They are known
 * by their shape, so that no Nest package has to be there, and none of its copies is the wrong one.
 */
function tellableText(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof HubException || error.name === 'HubException') return error.message;
  const { getStatus, getError } = error as { getStatus?: unknown; getError?: unknown };
  if (typeof getError === 'function') return error.message;
  return typeof getStatus === 'function' && Number(getStatus.call(error)) < SERVER_ERROR ? error.message : undefined;
}
