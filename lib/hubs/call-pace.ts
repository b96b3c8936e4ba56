import type { Clock } from '../common/clock.js';
import { closeReason, type CloseReason } from '../common/close-reason.js';
import type { HubException } from '../common/errors.js';
import { limitErrors } from '../common/limit-errors.js';
import { Pace } from '../common/pace.js';
import type { HubConnection } from './hub.connection.js';
import type { CallMessage, HubDispatcher } from './hub.dispatcher.js';

/** The connection that calls. */
interface CallingConnection {
  readonly clock: Clock;
  close(reason: CloseReason): void;
}

/** So many messages a second that call nothing no client sends by mistake, however slowly it may call. */
const IDLE_TALK = 100;

/** How fast the calls of one connection come. Every call counts, whether there is such a method or not. */
export class CallPace {
  /** What every call is answered that comes too fast. Made once: with a stack for each, errors took a tenth of all that a flood cost. */
  private tooFast: HubException | undefined;

  private constructor(
    private readonly pace: Pace,
    private readonly idleTalk: Pace,
    private readonly dispatcher: HubDispatcher,
    private readonly connection: CallingConnection,
  ) {}

  /** @returns undefined where no pace is too fast. */
  static of(connection: CallingConnection, perSecond: number, dispatcher: HubDispatcher): CallPace | undefined {
    const pace = Pace.of(connection.clock, perSecond);
    return pace && new CallPace(pace, new Pace(connection.clock, Math.max(perSecond, IDLE_TALK)), dispatcher, connection);
  }

  /** Whether a call comes slowly enough; one that does not is answered, and whoever floods is closed. */
  admits(peer: HubConnection, message: CallMessage): boolean {
    const step = this.pace.step();
    if (step === 'fine') return true;
    peer.hub.limited('invocationsPerSecond', peer);
    this.dispatcher.refuse(peer, message, (this.tooFast ??= limitErrors.callingTooFast(this.pace.perSecond)));
    if (step === 'flood') this.closeFlood();
    return false;
  }

  /** Takes note of a message that calls nothing: of a ping, or of what is for nobody. It costs little, and is never refused. */
  bear(peer: HubConnection): void {
    if (this.idleTalk.step() !== 'flood') return;
    peer.hub.limited('invocationsPerSecond', peer);
    this.closeFlood();
  }

  /** Who comes back by itself would go on as before. */
  private closeFlood(): void {
    const error = limitErrors.flood('invocationsPerSecond', this.pace.perSecond);
    this.connection.close(closeReason('failed', { error, allowReconnect: false, isFlood: true }));
  }
}
