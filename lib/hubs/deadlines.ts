import type { Cancel, Clock } from '../common/clock.js';
import { callErrors } from '../common/errors.js';
import type { HubCall } from './hub.call.js';
import { abandon, isStream } from './streams.js';

interface Running {
  readonly ends: number;
  expire(): void;
}

/** The calls of a hub that are to be done in time. Each has as long as the others, so they run out in the order in which they began. */
export class Deadlines {
  private readonly running = new Set<Running>();
  private stopTicking: Cancel | undefined;

  /** @param timeout - how long a call may take, in milliseconds, to the second. */
  constructor(
    private readonly clock: Clock,
    private readonly timeout: number,
  ) {}

  /** Settles as the call does. When its time is over it rejects, and what the call comes to afterwards is nobody's any more. */
  watch(call: HubCall, result: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const running = this.begin(call, reject);
      const settle = (tell: () => unknown, late: () => unknown): void => {
        call.settled();
        void (this.end(running) ? tell() : late());
      };
      result.then(
        (value) =>
          settle(
            () => resolve(value),
            () => leave(value),
          ),
        (error: Error) =>
          settle(
            () => reject(error),
            () => undefined,
          ),
      );
    });
  }

  private begin(call: HubCall, reject: (error: Error) => void): Running {
    const expire = (): void => {
      const error = callErrors.tookTooLong(this.timeout);
      call.giveUp(error);
      reject(error);
    };
    const running = { ends: this.clock.now() + this.timeout, expire };
    this.running.add(running);
    this.stopTicking ??= this.clock.onTick(this.tick);
    return running;
  }

  /** @returns whether it was in time. */
  private end(running: Running): boolean {
    const isInTime = this.running.delete(running);
    if (this.running.size > 0) return isInTime;
    this.stopTicking?.();
    this.stopTicking = undefined;
    return isInTime;
  }

  private readonly tick = (now: number): void => {
    for (const running of this.running) {
      if (running.ends > now) return;
      this.end(running);
      running.expire();
    }
  };
}

/** Nobody is told of what it fails for: the call has its answer. */
function leave(result: unknown): void {
  if (isStream(result)) abandon(result).catch(() => undefined);
}
