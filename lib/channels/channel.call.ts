import { channelErrors } from '../common/channel-errors.js';
import type { Cancel } from '../common/clock.js';
import { whenAborted } from '../common/when-aborted.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
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
  /** Whether the client waits for the answer, and may stop to. */
  readonly isRequest?: boolean;
}

const NONE: CallDetails = {};

/** One call of a handler on its way to the method. */
export class ChannelCall {
  /** Kept here by whoever compiled the handler, for the length of the call. */
  context: unknown = undefined;
  readonly arguments: readonly unknown[];
  private aborter: AbortController | undefined;
  private stopFollowing: Cancel | undefined;

  /** @param target - the event, or what happens: 'join', 'leave', 'opened', 'closed', 'connected', 'disconnected'. */
  constructor(
    /** Where it comes from. */
    readonly place: CallPlace,
    readonly target: string,
    given: readonly unknown[],
    private readonly details: CallDetails = NONE,
  ) {
    this.arguments = given;
  }

  get caller(): object {
    return this.place.caller;
  }

  get owner(): object {
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

  /** Aborted when the caller is gone, and, of a request, when the client cancels it. */
  get signal(): AbortSignal {
    if (this.details.isRequest !== true) return this.place.signal;
    if (this.aborter === undefined) this.follow(this.place.signal, (this.aborter = new AbortController()));
    return this.aborter.signal;
  }

  get isCanceled(): boolean {
    return this.aborter?.signal.aborted === true;
  }

  /** The client wants no result any more. */
  cancel(): void {
    (this.aborter ??= new AbortController()).abort(channelErrors.canceled());
  }

  /** It was answered. */
  over(): void {
    this.stopFollowing?.();
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

  /** AbortSignal.any would leave something with the caller's signal for each call there ever was. */
  private follow(signal: AbortSignal, aborter: AbortController): void {
    if (signal.aborted) aborter.abort(signal.reason);
    else this.stopFollowing = whenAborted(signal, () => aborter.abort(signal.reason));
  }
}
