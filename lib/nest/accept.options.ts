import { useErrors } from '../common/use-errors.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { TransferFormat } from '../protocol/hub-protocol.js';

/** What is known of a connection that does not come over HTTP. */
export interface AcceptOptions {
  /** Who it is; what `caller.user` is. The application has made sure of that. */
  readonly user?: unknown;
  /** The request that led to it, where there was one; what `caller.request` is, and whose `user` it is where no other is given. */
  readonly request?: OpeningRequest & { user?: unknown };
  /**
   * What can be carried: 'text' alone, so that MessagePack is refused, or 'binary' alone, so that a WebSocket is sent JSON as bytes too. Of channels
   * the dialect says what is text.
   * @default both: text as text, and bytes as bytes
   */
  readonly transferFormat?: TransferFormat;
  /** Ends the connection when it is aborted. */
  readonly signal?: AbortSignal;
}

const ACCEPT_OPTIONS: readonly string[] = ['user', 'request', 'transferFormat', 'signal'];

/** Before a connection is opened that nobody would end. */
export function checkAcceptOptions(options: AcceptOptions | null): void {
  if (typeof options !== 'object' || options === null) throw useErrors.noOptions(options);
  const unknown = Object.keys(options).find((name) => !ACCEPT_OPTIONS.includes(name));
  if (unknown !== undefined) throw useErrors.unknownOption(unknown, 'accept', ACCEPT_OPTIONS);
  const { request, signal } = options;
  if (request !== undefined && typeof request?.headers !== 'object') throw useErrors.noRequest(request);
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw useErrors.noSignal(signal);
}
