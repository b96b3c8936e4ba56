import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request whose path goes out as it is written: `fetch` tidies it. */
export async function ask(method: string, url: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const [, origin, path] = /^(http:\/\/[^/]+)(.*)$/s.exec(url) as unknown as [string, string, string];
  const { hostname, port } = new URL(origin);
  const outgoing = request({ hostname, port, method, path, headers, agent: false });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer> & { statusCode: number; headers: IncomingHttpHeaders }];
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return { status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks).toString() };
}

/** A bare socket to the server at `url`, for what no client would send. */
export async function rawSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  await once(socket, 'connect');
  return socket;
}

/** The socket of a WebSocket whose client answers nothing, a close neither; it is half open, so that it is the test that ends it. */
export async function silentWebSocket(url: string): Promise<Socket> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.on('error', () => undefined);
  const head = [`GET ${pathname} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  socket.write([...head, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''].join('\r\n'));
  await once(socket, 'data');
  return socket;
}
