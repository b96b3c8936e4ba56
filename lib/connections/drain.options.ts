import { count, milliseconds, type Resolved } from '../common/options.js';

/** How the connections end when the application does. Times in milliseconds. */
export interface DrainOptions {
  /**
   * So many connections are told at a time that they may come back: the others wait for the next batch, and are served meanwhile.
   * @default 2_000
   */
  batch?: number;
  /**
   * How long after one batch the next one comes, give or take a quarter by chance: servers that end together do not send all their clients away in
   * step. The first batch never waits, and a long row of them moves faster where `timeout` would come before its end.
   * @default 1_000 // 1 second
   */
  interval?: number;
  /**
   * How long calls that run may take to their end before their client is told; their answers still reach it. Those that wait for their turn do not
   * begin. Streams are not waited for, in neither direction.
   * @default 5_000 // 5 seconds
   */
  grace?: number;
  /**
   * How long all of it may take, the hooks of the connections among it. What is left then is cut.
   * @default 25_000 // 25 seconds: an orchestrator gives a process 30
   */
  timeout?: number;
}

export const drainOptions = {
  batch: count(2_000, 1),
  interval: milliseconds(1_000, 0),
  grace: milliseconds(5_000, 0),
  timeout: milliseconds(25_000, 0),
};

/** {@link DrainOptions} with every default filled in. */
export type ResolvedDrainOptions = Resolved<typeof drainOptions>;
