import { callSafely, type Listener } from './chain.emitter.js';
import { after } from './chain.timer.js';

/** How a push may end. */
export type PushStatus = 'ok' | 'error' | 'timeout';

/** A message to the server, and what has become of it. */
export class Push {
  private outcome: { readonly status: PushStatus; readonly payload: unknown } | undefined;
  private readonly listeners: [status: PushStatus | 'any', listener: Listener][] = [];
  private readonly stopWaiting: () => void;
  private isForgotten = false;

  /** @internal */
  constructor(
    readonly event: string,
    readonly payload: unknown,
    timeout: number,
  ) {
    this.stopWaiting = after(timeout, () => this.settle('timeout', {}));
  }

  /**
   * Calls back when the push ends so, at once where it has: with the server's reply; for `error` with its reason, which is
   * `{ reason: 'connection lost' }` where the message may not have arrived; after `timeout` without a reply.
   */
  on(status: PushStatus, listener: Listener): this {
    const { outcome } = this;
    if (outcome === undefined) this.listeners.push([status, listener]);
    else if (outcome.status === status) queueMicrotask(() => callSafely(listener, [outcome.payload]));
    return this;
  }

  /** Whether it has ended. */
  get isSettled(): boolean {
    return this.outcome !== undefined;
  }

  /** @internal */
  whenSettled(listener: () => void): void {
    this.listeners.push(['any', listener]);
  }

  /** @internal Ends it, once. */
  settle(status: PushStatus, payload: unknown): void {
    if (this.outcome !== undefined) return;
    this.outcome = { status, payload };
    this.stopWaiting();
    for (const [wanted, listener] of this.listeners.splice(0))
      if (wanted === 'any' || (wanted === status && !this.isForgotten)) callSafely(listener, [payload]);
  }

  /** @internal Nobody wants to know any more how it ends. */
  forget(): void {
    this.isForgotten = true;
    this.settle('timeout', {});
  }
}
