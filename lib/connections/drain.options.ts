import { optionErrors } from '../common/errors.js';
import { count, milliseconds, Rule, Together } from '../common/options.js';

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
   * begin. Streams are not waited for, in neither direction. It has to be less than `timeout`, or 0.
   * @default 5_000 // 5 seconds; `timeout` where that is less
   */
  grace?: number;
  /**
   * How long all of it may take, the hooks of the connections among it. What is left then is cut.
   * @default 25_000 // 25 seconds: an orchestrator gives a process 30
   */
  timeout?: number;
}

/** {@link DrainOptions} with every default filled in. */
export type ResolvedDrainOptions = Readonly<Required<DrainOptions>>;

/** The options before they are fitted together: only what somebody has said can be wrong. */
type Said = Omit<ResolvedDrainOptions, 'grace'> & Pick<DrainOptions, 'grace'>;

const GRACE = milliseconds(5_000, 0);
const saidGrace = new Rule<number | undefined>(undefined, GRACE.allowed, GRACE.accepts);

export const drainOptions = new Together(
  { batch: count(2_000, 1), interval: milliseconds(1_000, 0), grace: saidGrace, timeout: milliseconds(25_000, 0) },
  fitTimes,
);

/** The calls would be cut before their time. */
function fitTimes({ grace, timeout, ...others }: Said, from: string): ResolvedDrainOptions {
  if (grace !== undefined && grace > 0 && grace >= timeout)
    throw optionErrors.notLess('drain.grace', grace, { name: 'drain.timeout', value: timeout }, from);
  return Object.freeze({ ...others, grace: grace ?? Math.min(GRACE.fallback, timeout), timeout });
}
