import { request } from 'node:http';
import { Client } from './client.mjs';

/** How many connections are being opened at a time: enough to keep a server busy, and far from filling its queue. */
const PARALLEL = 64;

/** Opens so many connections and settles when all of them may send. */
export async function openClients(count, { port, dialect, isNegotiated = false }) {
  const clients = [];
  const openOne = async () => {
    const path = isNegotiated ? `${dialect.path}?id=${await negotiate(port, dialect.path)}` : dialect.path;
    clients.push(await openClient(port, dialect, path));
  };
  let left = count;
  const openNext = async () => {
    while (left-- > 0) await openOne();
  };
  await Promise.all(Array.from({ length: PARALLEL }, openNext));
  return clients;
}

function openClient(port, dialect, path) {
  return new Promise((resolve, reject) => {
    const client = new Client(port, dialect, path);
    client.onReady = resolve;
    client.onFailure = reject;
  });
}

/** Asks how to connect, on a connection of its own as every new client does, and returns the token. */
function negotiate(port, path) {
  const options = { host: '127.0.0.1', port, path: `${path}/negotiate?negotiateVersion=1`, method: 'POST', agent: false };
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
