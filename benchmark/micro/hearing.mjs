import { setImmediate as turn } from 'node:timers/promises';

/** More turns of the event loop than it takes to write to any crowd. */
const TURNS = 1_000;

/** Waits until the last of a crowd has heard so much: who is not among the first is written to in later turns. */
export async function untilHeard(last, due) {
  for (let turns = 0; turns < TURNS && last.heard < due; turns++) await turn();
}
