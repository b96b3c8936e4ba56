import { dialectErrors, frameErrors } from '../common/channel-errors.js';
import { closeReason, type CloseReason } from '../common/close-reason.js';
import { asError, SignalRError } from '../common/errors.js';
import { limitErrors } from '../common/limit-errors.js';
import { Pace } from '../common/pace.js';
import type { ChannelCall } from './channel.call.js';
import type { ChannelFrames } from './channel.frames.js';
import type { ResolvedEndpointOptions } from './channel.options.js';
import type { ChannelFrame, EventFrame, FrameRef, JoinFrame, LeaveFrame } from './frames.js';
import { refuse } from './seat.js';
import type { SessionRequests } from './session.requests.js';
import type { SessionTopics, TopicsHome } from './session.topics.js';

/** What cannot be read, what is too large, and too much of everything, as codes of a WebSocket's close frame. */
const UNREADABLE = 1007;
const TOO_MUCH = 1008;
const TOO_LARGE = 1009;

/** The session that is spoken to. */
export interface InputHome extends TopicsHome {
  readonly options: ResolvedEndpointOptions;
  /** Made anew each time; undefined where nobody wants to know of frames. */
  readonly frames: ChannelFrames | undefined;
  close(reason: CloseReason): void;
}

/** What one client says: its documents as frames, and each frame to where it belongs. */
export class SessionInput {
  private readonly frames: ChannelFrames | undefined;
  private readonly pace: Pace | undefined;
  /** Of frames that are never refused: they count by themselves, so that events are not refused for them. */
  private readonly asides: Pace | undefined;
  /** Calls that the client may cancel, by the refs of their frames. */
  private readonly calls = new Map<FrameRef, ChannelCall>();

  constructor(
    private readonly home: InputHome,
    private readonly topics: SessionTopics,
    private readonly requests: SessionRequests,
  ) {
    const { clock, limits } = home.core.ground;
    this.frames = home.frames;
    this.pace = Pace.of(clock, limits.eventsPerSecond);
    this.asides = Pace.of(clock, limits.eventsPerSecond);
  }

  /** Reads a document; never throws. */
  receive(bytes: Buffer, isBinary: boolean): void {
    try {
      const { maximumReceiveMessageSize: maximum } = this.home.options;
      if (maximum > 0 && bytes.length > maximum) throw dialectErrors.tooLarge(maximum);
      for (const frame of this.home.codec.decode(bytes, isBinary)) this.take(frame, bytes.length);
    } catch (error) {
      this.broken(error);
    }
  }

  /** The call of an event begins. Only what has to be answered can be cancelled. */
  began({ ref, isRequest }: EventFrame, call: ChannelCall): void {
    if (isRequest === true) this.calls.set(ref, call);
  }

  /** An event was answered. */
  answered(ref: FrameRef): void {
    this.calls.get(ref)?.over();
    this.calls.delete(ref);
  }

  private take(frame: ChannelFrame, size: number): void {
    if (this.home.isClosed) return;
    this.frames?.heard(frame, size);
    switch (frame.kind) {
      case 'heartbeat':
        return this.countAside() ? this.home.reply(frame, 'ok', undefined) : undefined;
      case 'answer':
        return this.requests.complete(frame) ? undefined : void this.countAside();
      case 'cancel':
        return this.cancel(frame.ref);
      default:
        if (this.pace === undefined || this.isInPace(this.pace, frame)) this.topics.take(frame, size);
    }
  }

  private isInPace(pace: Pace, frame: JoinFrame | LeaveFrame | EventFrame): boolean {
    const step = pace.step();
    if (step === 'fine') return true;
    this.home.limited('eventsPerSecond');
    refuse(this.home, frame, frameErrors.tooManyEvents());
    if (step === 'flood') this.closeFlood(pace);
    return false;
  }

  /** Each event may be cancelled once. */
  private cancel(ref: FrameRef): void {
    const call = this.calls.get(ref);
    if (call === undefined || call.isCanceled) this.countAside();
    else call.cancel();
  }

  /** Whether there were not too many of them. */
  private countAside(): boolean {
    const { asides } = this;
    if (asides?.step() !== 'flood') return true;
    this.home.limited('eventsPerSecond');
    this.closeFlood(asides);
    return false;
  }

  private broken(error: unknown): void {
    if (error instanceof SignalRError) return this.fail(error, error.code === 'ERR_SIGNALR_MESSAGE_SIZE' ? TOO_LARGE : UNREADABLE);
    this.home.report('reading a message', error);
    this.home.close(closeReason('internal-error', { error: asError(error) }));
  }

  private closeFlood({ perSecond }: Pace): void {
    this.fail(limitErrors.flood('eventsPerSecond', perSecond), TOO_MUCH, true);
  }

  /** What came before is still dealt with. */
  private fail(error: SignalRError, codeForPeer: number, isFlood = false): void {
    this.home.close(closeReason('failed', { error, codeForPeer, textForPeer: error.message, finishCalls: true, isFlood }));
  }
}
