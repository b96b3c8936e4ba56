import { Faults } from './ledger.mjs';

/** From the birth of the process until the server listens. The starting is all that happens. */
export async function start(server, { started }) {
  return {
    figures: { startMilliseconds: started.milliseconds, startCpuMilliseconds: started.cpuMicroseconds / 1_000 },
    details: {},
    faults: new Faults(),
    decoded: 0,
  };
}
