import { channelErrors } from '../common/channel-errors.js';
import type { OpeningRequest } from '../connections/connection.js';
import type { LeaveReason } from './leave-reason.js';
import { MessageMeta } from './message-meta.js';

/** Whose request opened the session that a call belongs to. */
export interface CallOpener {
  readonly request?: OpeningRequest | undefined;
  user?: unknown;
}

/** Where calls come from. */
export interface CallPlace {
  /** Who a handler is called for: a `ChannelSocket`, a `ChannelSession`, or what stands for a topic's. */
  readonly caller: object;
  readonly opener: CallOpener;
  /** Undefined for what happens to a session. */
  readonly topic: string | undefined;
  /** Aborted when the caller is gone. Made on first use, for an AbortController is dear. */
  readonly signal: AbortSignal;
  /** Takes note of what failed and is no client's fault. */
  report(doing: string, error: unknown): void;
}

/** What only some calls have. */
export interface CallDetails {
  readonly reason?: LeaveReason;
  readonly meta?: MessageMeta;
}

const NONE: CallDetails = {};

/** One call of a handler on its way to the method. */
export class ChannelCall {
  /** Kept here by whoever compiled the handler, for the length of the call. */
  context: unknown = undefined;
  readonly arguments: readonly unknown[];
  private aborter: AbortController | undefined;
  private ownSignal: AbortSignal | undefined;

  /** @param target - the event, or what happens: 'join', 'leave', 'opened', 'closed', 'connected', 'disconnected'. */
  constructor(
    private readonly place: CallPlace,
    readonly target: string,
    given: readonly unknown[],
    private readonly details: CallDetails = NONE,
  ) {
    this.arguments = given;
  }

  get caller(): object {
    return this.place.caller;
  }

  /** Who has opened the session, and by which request. */
  get opener(): CallOpener {
    return this.place.opener;
  }

  get topic(): string | undefined {
    return this.place.topic;
  }

  /** The payload; all arguments where there are several. */
  get data(): unknown {
    return this.arguments.length > 1 ? this.arguments : this.arguments[0];
  }

  get reason(): LeaveReason | undefined {
    return this.details.reason;
  }

  get meta(): MessageMeta {
    return this.details.meta ?? new MessageMeta();
  }

  /** Aborted when the client cancels the call, and when the caller is gone. */
  get signal(): AbortSignal {
    return (this.ownSignal ??= AbortSignal.any([this.cancelling.signal, this.place.signal]));
  }

  /** The client wants no result any more. */
  cancel(): void {
    this.cancelling.abort(channelErrors.canceled());
  }

  /** A handler's answer is one value. */
  get wantsStream(): false {
    return false;
  }

  report(doing: string, error: unknown): void {
    this.place.report(doing, error);
  }

  /** For one value there is always room. */
  room(): undefined {}

  private get cancelling(): AbortController {
    return (this.aborter ??= new AbortController());
  }
}
