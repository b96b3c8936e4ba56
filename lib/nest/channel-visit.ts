import type { ChannelVisit } from '../channels/dialect.js';
import type { OpeningRequest } from '../connections/connection.birth.js';

/** A request as a dialect sees it. */
export function visitOf(request: OpeningRequest & { originalUrl?: string }, parameter: string | undefined): ChannelVisit {
  const url = request.originalUrl ?? request.url ?? '';
  const start = url.indexOf('?');
  return { request, query: new URLSearchParams(start < 0 ? '' : url.slice(start)), parameter };
}
