import { request } from 'node:http';
import { Client } from './client.mjs';
import { HttpClient } from './http-client.mjs';

/** How many connections are being opened at a time: enough to keep a server busy, and far from filling its queue. */
const PARALLEL = 64;

/**
 * Opens so many connections and settles when all of them may send.
 *
 * @param target - `transport` where it is another one than WebSockets; `isNegotiated` where these negotiate.
 */
export async function openClients(count, { port, dialect, transport, isNegotiated = mustNegotiate(dialect, transport) }) {
  const clients = [];
  const openOne = async () => {
    const path = isNegotiated ? `${dialect.path}?id=${await negotiate(port, dialect)}` : dialect.path;
    clients.push(
      await openClient(() => (transport === undefined ? new Client(port, dialect, path) : new HttpClient(port, dialect, path, transport))),
    );
  };
  let left = count;
  const openNext = async () => {
    while (left-- > 0) await openOne();
  };
  await Promise.all(Array.from({ length: PARALLEL }, openNext));
  return clients;
}

/** Settles with the client when it may send. */
export function openClient(create) {
  return new Promise((resolve, reject) => {
    const client = create();
    client.onReady = resolve;
    client.onFailure = reject;
  });
}

function mustNegotiate({ negotiation }, transport) {
  return transport !== undefined || negotiation !== undefined;
}

/** Asks how to connect, on a connection of its own as every new client does, and returns the token. */
export function negotiate(port, { path, negotiation = '' }) {
  const url = `${path}/negotiate?negotiateVersion=1&${negotiation}`;
  const options = { host: '127.0.0.1', port, path: url, method: 'POST', agent: false };
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => resolve(readJson(response)));
    asked.on('error', reject);
    asked.end();
  }).then(({ connectionToken }) => connectionToken);
}

async function readJson(response) {
  let text = '';
  for await (const part of response) text += part;
  return JSON.parse(text);
}
