import type { Clock } from '../common/clock.js';
import { closeReason, type CloseReason } from '../common/close-reason.js';
import { limitErrors } from '../common/limit-errors.js';
import { Pace } from '../common/pace.js';
import type { HubConnection } from './hub.connection.js';
import type { CallMessage, HubDispatcher } from './hub.dispatcher.js';

/** The connection that calls. */
interface CallingConnection {
  readonly clock: Clock;
  close(reason: CloseReason): void;
}

/** How fast the calls of one connection come. Every call counts, whether there is such a method or not. */
export class CallPace {
  private constructor(
    private readonly pace: Pace,
    private readonly dispatcher: HubDispatcher,
    private readonly connection: CallingConnection,
  ) {}

  /** @returns undefined where no pace is too fast. */
  static of(connection: CallingConnection, perSecond: number, dispatcher: HubDispatcher): CallPace | undefined {
    const pace = Pace.of(connection.clock, perSecond);
    return pace && new CallPace(pace, dispatcher, connection);
  }

  /** Whether a call comes slowly enough; one that does not is answered, and whoever floods is closed. */
  admits(peer: HubConnection, message: CallMessage): boolean {
    const step = this.pace.step();
    if (step === 'fine') return true;
    const { perSecond } = this.pace;
    peer.hub.limited('invocationsPerSecond', peer);
    this.dispatcher.refuse(peer, message, limitErrors.callingTooFast(perSecond));
    // Who comes back by itself would go on as before.
    if (step === 'flood')
      this.connection.close(closeReason('failed', { error: limitErrors.flood('invocationsPerSecond', perSecond), allowReconnect: false }));
    return false;
  }
}
