import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Counts, Load, Usage } from './harness.js';

let server: WebSocketServer | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

/** Cuts every client off. */
export function cutAll(): void {
  for (const client of server?.clients ?? []) client.terminate();
}

/** Serves each client like that until the test is over or another server takes its place, and says at which port. */
export async function listen(serve: (socket: WebSocket) => void): Promise<number> {
  server?.close();
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' }).on('connection', serve);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const usage = (): Promise<Usage> => Promise.resolve({ user: 0, system: 0, total: 0 });
/** What never comes is waited for twice in each test, and so long that a busy machine loses nothing else: these files take some seconds. */
const timing = { warmUp: 0.005, seconds: 0.005, patience: 400 };

/** Puts a short load on a server, and says what was noticed. */
export async function notice(load: Load, job: Omit<Parameters<Load>[1], 'timing'>): Promise<Counts> {
  const { faults } = await load({ usage }, { ...job, timing });
  return faults.toJSON();
}
