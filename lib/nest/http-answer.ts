import { STATUS_CODES, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** An answer to an HTTP request, or to an upgrade that is refused. */
export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A sentence, or nothing, as plain text. */
export function plain(status: number, body = ''): HttpAnswer {
  return { status, type: 'text/plain', body };
}

/** @param retryAfter - when it is worth trying again, in seconds. */
export function later(status: number, body: string, retryAfter: number): HttpAnswer {
  return { ...plain(status, body), headers: { 'Retry-After': String(retryAfter) } };
}

/** Behind a balancer another server answers already, and one that is started again does so in a moment. */
export const SHUTTING_DOWN = later(503, 'The server is shutting down.', 1);

/** JSON text that is there already. */
export function json(body: string): HttpAnswer {
  return { status: 200, type: 'application/json', body };
}

/** A document, as Nest answers errors. */
export function document(status: number, body: object): HttpAnswer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) ?? 'null' };
}

/** Sends an answer to a request. */
export function answerRequest(response: ServerResponse, { status, type, body, headers }: HttpAnswer): void {
  if (response.destroyed) return;
  // A guard has begun an answer of its own.
  if (response.headersSent) return void response.end();
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': length, 'Cache-Control': 'no-store', ...headers });
  response.end(body);
}

/**
 * Sends an answer to an upgrade that is not granted, and ends its socket: a peer that does not end its own side would hold it for ever.
 *
 * @param headers - what guards have written; the answer's own win over them.
 */
export function answerUpgrade(socket: Duplex, { status, type, body, headers: own }: HttpAnswer, headers: OutgoingHttpHeaders = {}): void {
  const all = { ...headers, ...own, connection: 'close', 'content-type': type, 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(all).flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}`));
  socket.once('finish', () => socket.destroy());
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n'));
}
