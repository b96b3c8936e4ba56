import { closeReason } from '../common/close-reason.js';
import type { Cancel } from '../common/clock.js';
import type { Connection } from './connection.js';
import type { ConnectionStore } from './connection.store.js';
import type { ResolvedDrainOptions } from './drain.options.js';

const SHUTDOWN = closeReason('shutdown');

/** By how much of the interval a batch comes too early or too late, at the most. */
const JITTER = 0.25;

/** Whoever is to know how the end goes. */
export interface DrainWitness {
  /** So many connections are told to go from now on. */
  drainBegins(connections: number): void;
  /** So many were ended while their calls were running, since these have had their time, in milliseconds. */
  graceIsOver(connections: number, grace: number): void;
}

/** The end of all connections: batch by batch, so that their clients do not come back to another server all at once. */
export class Drain {
  /** @param random - from 0 up to 1. */
  constructor(
    private readonly connections: ConnectionStore,
    private readonly options: ResolvedDrainOptions,
    private readonly random: () => number = Math.random,
  ) {}

  /**
   * Settles when every connection has ended, its hooks are done and its peer has taken what was said to it, or the time is over; what is left then
   * is cut.
   *
   * @param last - what comes when all have gone, in the same time.
   */
  async run(last: () => Promise<void>, witness?: DrainWitness): Promise<void> {
    const all = this.connections.all;
    witness?.drainBegins(all.length);
    // Without an HTTP server nothing else may keep the process alive, and the application's own hooks come after this.
    const isDone = await this.within(this.options.timeout, this.endAll(all, witness).then(last), 'keeps-alive');
    if (!isDone) for (const connection of this.connections.unfinished) cut(connection);
  }

  private async endAll(all: readonly Connection[], witness: DrainWitness | undefined): Promise<void> {
    const { batch, grace } = this.options;
    const ends: Promise<number>[] = [];
    for (let first = 0; first < all.length; first += batch) {
      if (first > 0) await this.pause(Math.ceil(all.length / batch));
      ends.push(this.end(all.slice(first, first + batch)));
    }
    const late = (await Promise.all(ends)).reduce((sum, count) => sum + count, 0);
    if (late > 0) witness?.graceIsOver(late, grace);
    // Somebody may have been on the way in when the doors were shut.
    for (const connection of this.connections.all) connection.close(SHUTDOWN);
    // There is no server any more that they could flood again.
    for (const { transport } of this.connections.unfinished) transport.discharge?.();
    await this.connections.allGone();
  }

  /** The last of the batches has to have its grace before the time is over. */
  private pause(batches: number): Promise<void> {
    const { clock } = this.connections;
    const { interval, grace, timeout } = this.options;
    const pace = Math.min(interval, Math.max(0, timeout - grace) / batches);
    const wait = pace * (1 - JITTER + 2 * JITTER * this.random());
    return new Promise((resolve) => void clock.after(wait, resolve));
  }

  /** Whoever runs no call is told at once, the others when their calls are done, or have had their time: the number of these comes back. */
  private async end(batch: readonly Connection[]): Promise<number> {
    const finishing = batch.flatMap((connection) => finish(connection) ?? []);
    if (finishing.length > 0) await this.within(this.options.grace, Promise.all(finishing));
    const late = batch.filter(({ closeReason: reason }) => reason === undefined);
    for (const connection of late) connection.close(SHUTDOWN);
    return late.length;
  }

  /** Whether some work was done in time. */
  private async within(limit: number, work: Promise<unknown>, life?: 'keeps-alive'): Promise<boolean> {
    let cancel: Cancel | undefined;
    const late = new Promise<false>((resolve) => (cancel = this.connections.clock.after(limit, () => resolve(false), life)));
    const isDone = await Promise.race([work.then(() => true), late]);
    cancel?.();
    return isDone;
  }
}

function finish(connection: Connection): Promise<void> | undefined {
  const finished = connection.closeReason === undefined ? connection.handler.finish?.() : undefined;
  if (finished === undefined) connection.close(SHUTDOWN);
  return finished?.then(() => connection.close(SHUTDOWN));
}

function cut(connection: Connection): void {
  connection.close(SHUTDOWN);
  connection.transport.cut?.();
}
