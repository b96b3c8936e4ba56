import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** The headers that say that there is a body. */
const SIGNS = ['content-length', 'transfer-encoding'] as const;

const hidden = new WeakMap<IncomingMessage, Partial<Record<(typeof SIGNS)[number], string>>>();

/**
 * Makes a request look as if it had no body, so that parsers leave it alone: what they make of a stream of messages cannot be turned back into
 * its bytes, and they read it at once however fast it is needed.
 */
export function hideBody(request: IncomingMessage): void {
  const signs: Partial<Record<(typeof SIGNS)[number], string>> = {};
  for (const sign of SIGNS) {
    if (request.headers[sign] !== undefined) signs[sign] = request.headers[sign];
    Reflect.deleteProperty(request.headers, sign);
  }
  hidden.set(request, signs);
}

/** Undoes {@link hideBody}, where that was done. */
export function showBody(request: IncomingMessage): void {
  Object.assign(request.headers, hidden.get(request));
}

/**
 * The bytes of a body. Where it was not hidden in time a parser may have read it: then what that has kept of them.
 *
 * @returns undefined where they are lost: a parsed document is not what was sent.
 */
export function bodyOf(request: IncomingMessage & { body?: unknown; rawBody?: unknown }): Readable | undefined {
  if (!request.readableDidRead && !request.readableEnded) return request;
  const kept = [request.rawBody, request.body].find((one) => Buffer.isBuffer(one) || typeof one === 'string');
  if (kept !== undefined) return Readable.from([Buffer.from(kept as string)]);
  if (request.readableEnded) return request.readableDidRead ? undefined : Readable.from([]);
  return request;
}
