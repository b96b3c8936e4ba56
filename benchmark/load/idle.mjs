import { setTimeout as delay } from 'node:timers/promises';
import { Faults } from './ledger.mjs';
import { openClients } from './open.mjs';

/** Connections that come and go before the count, so that what a server makes once is not counted. */
const WARM_UP = 50;
/** What follows an opening, timers and the like, is part of it. */
const AFTERMATH = 500;

/** Connections that are opened and then say nothing: what each has cost, and what each keeps. */
export async function idle(server, { port, dialect, scenario }) {
  const target = { port, dialect, isNegotiated: scenario.isNegotiated };
  await warmUp(target);
  const memory = await server.memory();
  const before = await server.usage();
  const clients = await openClients(scenario.connections, target);
  await delay(AFTERMATH);
  const after = await server.usage();
  const faults = listenFor(clients);
  const kept = (await server.memory()) - memory;
  for (const client of clients) client.close();
  return {
    figures: {
      connectMicroseconds: (after.total - before.total) / clients.length,
      kibibytes: kept / 1_024 / clients.length,
    },
    details: { connections: clients.length, systemShare: (after.system - before.system) / (after.total - before.total) },
    faults,
    decoded: 0,
  };
}

async function warmUp(target) {
  const clients = await openClients(WARM_UP, target);
  for (const client of clients) client.close();
  await delay(AFTERMATH);
}

/** Idle connections hear nothing, and nobody cuts them. */
function listenFor(clients) {
  const faults = new Faults();
  for (const client of clients) {
    client.onMessage = (_, bytes, start, end) => faults.note('wrong', bytes.toString('latin1', start, end));
    client.onFailure = (error) => faults.note('wrong', error.message);
  }
  return faults;
}
