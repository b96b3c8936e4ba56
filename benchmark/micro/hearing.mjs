import { setImmediate as turn } from 'node:timers/promises';

/** More turns of the event loop than it takes to write to any crowd. */
const TURNS = 1_000;

/** Waits until all has been said that there is to say, to whomever. */
export async function quiet() {
  for (let turns = 0; turns < TURNS; turns++) await turn();
}

/** Waits until the last of a crowd has heard so much: who is not among the first is written to in later turns. */
export async function untilHeard(last, due) {
  for (let turns = 0; turns < TURNS && last.heard < due; turns++) await turn();
}
