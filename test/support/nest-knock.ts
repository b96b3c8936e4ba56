import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { ask } from './app-request.js';

/** The two doors of a hub. */
export type Door = 'negotiation' | 'upgrade';

export const doors: Door[] = ['negotiation', 'upgrade'];

/** What came back. */
export interface Knocked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed, where it is JSON. */
  readonly body: unknown;
}

/** Asks to be let in at a hub. A WebSocket that was granted is closed again. */
export async function knock(door: Door, hub: string, headers: Record<string, string> = {}, query = ''): Promise<Knocked> {
  if (door === 'upgrade') return upgrade(`${hub}${query && `?${query}`}`, headers);
  const answer = await ask('POST', `${hub}/negotiate?negotiateVersion=1${query && `&${query}`}`, headers);
  return { ...answer, body: parsed(answer.body, answer.headers) };
}

/** Negotiates, for what is to be done with the token. */
export async function negotiate(
  hub: string,
  headers: Record<string, string> = {},
): Promise<{ connectionId: string; connectionToken: string }> {
  const { status, body } = await knock('negotiation', hub, headers);
  if (status !== 200) throw new Error(`The negotiation was answered with ${status}.`);
  return body as { connectionId: string; connectionToken: string };
}

/** `Authorization` for somebody whose guards take the name for the token. */
export const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

async function upgrade(url: string, headers: Record<string, string>): Promise<Knocked> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers });
  socket.on('error', () => undefined);
  const response = await new Promise<IncomingMessage>((resolve) => {
    socket.once('upgrade', resolve);
    socket.once('unexpected-response', (_, refusal) => resolve(refusal));
  });
  const status = response.statusCode as number;
  const text = status === 101 ? '' : Buffer.concat(await response.toArray()).toString();
  socket.terminate();
  return { status, headers: response.headers, body: parsed(text, response.headers) };
}

function parsed(text: string, headers: IncomingHttpHeaders): unknown {
  return headers['content-type']?.startsWith('application/json') ? (JSON.parse(text) as unknown) : text;
}
