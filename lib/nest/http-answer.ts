import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** An answer to an HTTP request, or to an upgrade that is refused. */
export interface HttpAnswer {
  readonly status: number;
  readonly type: 'text/plain' | 'application/json';
  readonly body: string;
}

const reasons: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  409: 'Conflict',
};

/** A sentence, or nothing, as plain text. */
export function plain(status: number, body = ''): HttpAnswer {
  return { status, type: 'text/plain', body };
}

/** A document. */
export function json(body: string): HttpAnswer {
  return { status: 200, type: 'application/json', body };
}

/** Sends an answer to a request. */
export function answerRequest(response: ServerResponse, { status, type, body }: HttpAnswer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store' });
  response.end(body);
}

/** Sends an answer to an upgrade that is not granted, and ends its socket. */
export function answerUpgrade(socket: Duplex, { status, type, body }: HttpAnswer): void {
  const head = `HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.on('error', () => undefined);
  socket.end(`${head}\r\n\r\n${body}`);
}
