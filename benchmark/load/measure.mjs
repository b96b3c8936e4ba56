import { setTimeout as delay } from 'node:timers/promises';

/** How long the last answers may take, in milliseconds. */
const PATIENCE = 10_000;
/** How long to listen, when all is answered, for what nobody has asked for. */
const AFTERMATH = 50;

/**
 * Puts a load on a server for a while and says what an operation has cost.
 *
 * @remarks
 * The load comes to rest before and after: the server's own count of its CPU time then belongs to exactly the operations that were counted,
 * with nothing half done at either edge.
 * @param load - `begin()` sends until `end()`; `flight` knows what is under way; `operations` have been done and checked.
 */
export async function measure(load, server, { warmUp, seconds, patience = PATIENCE }) {
  await runFor(load, warmUp, patience);
  const before = await server.usage();
  const operationsBefore = load.operations;
  const own = process.cpuUsage();
  const began = performance.now();
  await runFor(load, seconds, patience);
  const elapsed = (performance.now() - began) * 1_000;
  const after = await server.usage();
  const { user, system } = process.cpuUsage(own);
  const operations = load.operations - operationsBefore;
  await delay(AFTERMATH);
  return {
    figures: { cpuMicroseconds: (after.total - before.total) / operations },
    details: {
      operations,
      perSecond: Math.round((operations / elapsed) * 1e6),
      systemShare: (after.system - before.system) / (after.total - before.total),
      serverCores: (after.total - before.total) / elapsed,
      loadCores: (user + system) / elapsed,
    },
  };
}

async function runFor(load, seconds, patience) {
  load.begin();
  await delay(seconds * 1_000);
  load.end();
  await load.flight.empty(patience);
}
