import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '../../common/clock.js';
import type { ReadTurns } from './read-turns.js';

/** How long a peer that floods is not read, and hears nothing, before it is told that it is over, in milliseconds. */
export const DETENTION = 1_000;

/**
 * The wait of one peer that floods. Whoever comes back at once has a new allowance each time, and opening a connection costs more than all that the
 * allowance held.
 */
export class Detention {
  private cancel: Cancel | undefined;
  private sayGoodbye: (() => void) | undefined;

  constructor(
    turns: ReadTurns,
    private readonly stream: Duplex,
  ) {
    turns.pause();
    stream.cork();
  }

  /** Says goodbye when it has lasted long enough. */
  endWith(sayGoodbye: () => void, clock: Clock): void {
    this.sayGoodbye = sayGoodbye;
    this.cancel = clock.after(DETENTION, () => this.end());
  }

  /** Ends it now; once. */
  end(): void {
    const { sayGoodbye } = this;
    if (sayGoodbye === undefined) return;
    this.sayGoodbye = undefined;
    this.cancel?.();
    this.stream.uncork();
    sayGoodbye();
  }
}
