import { isObservable, lastValueFrom } from 'rxjs';
import { channelUseErrors, frameErrors } from '../common/channel-errors.js';
import { isThenable } from '../common/thenable.js';
import { ChannelCall, type CallPlace } from './channel.call.js';
import type { ChannelCore } from './channel.core.js';
import type { ChannelEndpointDescriptor, ChannelHandler, IncomingHandler } from './channel.descriptor.js';
import { describeFailure } from './channel.failure.js';
import type { EventFrame, FrameStatus, JoinFrame } from './frames.js';
import type { LeaveReason } from './leave-reason.js';
import { ChannelReply } from './message-meta.js';
import { ownHandler } from './own-handler.js';
import type { TopicMember } from './topic.member.js';

/** Who answers the client. */
export interface Answering {
  /** Never throws: what cannot be written is answered with an error. */
  reply(frame: EventFrame, status: FrameStatus, payload: unknown): void;
  /** The call of an event begins; it may be cancelled until it ends. */
  began(frame: EventFrame, call: ChannelCall): void;
}

/** Runs the handlers of an endpoint's channels. */
export class ChannelDispatcher {
  /** When events began to be handled, where somebody wants to know. */
  private readonly began = new WeakMap<EventFrame, number>();

  constructor(
    private readonly core: ChannelCore,
    private readonly endpoint: ChannelEndpointDescriptor,
    private readonly detailedErrors: boolean,
  ) {}

  /** Asks whether somebody may come in; rejects where not. */
  async join(member: TopicMember, handler: ChannelHandler, { args, meta }: JoinFrame): Promise<unknown> {
    await this.endpoint.dialect.services?.join(member);
    return valueOf(await handler(new ChannelCall(member, 'join', args, { meta })));
  }

  /** Tells the channel that a socket has left; what that throws is reported. */
  async left(member: TopicMember, reason: LeaveReason): Promise<void> {
    const { topic, served } = member;
    try {
      await served.channel.leaves.find(topic)?.(new ChannelCall(member, 'leave', [], { reason }));
    } catch (error) {
      this.report(`running @Leave for '${topic}'`, error);
    }
  }

  /** Handles an event, whatever becomes of it: it never throws and never rejects. */
  event(member: TopicMember, frame: EventFrame, home: Answering): void | Promise<void> {
    let handler: IncomingHandler | undefined;
    try {
      handler = this.handlerFor(member, frame.event);
      this.begin(frame);
      const call = new ChannelCall(member, frame.event, frame.args, frame);
      home.began(frame, call);
      const result = handler.handle(call);
      if (isThenable(result) || isObservable(result)) return this.settle(member, frame, home, handler, result);
      this.succeed(member, frame, home, handler, result);
    } catch (error) {
      this.fail(member, frame, home, handler, error);
    }
  }

  /** Runs the hook of a session that begins; what it throws refuses it. */
  async connected(session: CallPlace): Promise<void> {
    await this.endpoint.onConnected?.(new ChannelCall(session, 'connected', [session.caller]));
  }

  /** Runs the hook of a session that has ended; what it throws is reported. */
  async disconnected(session: CallPlace, reason: object): Promise<void> {
    try {
      await this.endpoint.onDisconnected?.(new ChannelCall(session, 'disconnected', [session.caller, reason]));
    } catch (error) {
      this.report('running onDisconnected', error);
    }
  }

  private handlerFor(member: TopicMember, event: string): IncomingHandler {
    const { guard } = member.served.channel;
    const service = this.endpoint.dialect.services?.events.get(event);
    if (service !== undefined)
      return ownHandler(event, (payload) => service.serve(member, payload), service.asksGuards === true ? undefined : guard);
    const own = member.handlerOf(event);
    if (own !== undefined) return own;
    const handler = member.served.channel.incoming.find(event);
    if (handler === undefined || !member.mayUse(handler)) throw frameErrors.unmatchedEvent();
    return handler;
  }

  private async settle(member: TopicMember, frame: EventFrame, home: Answering, handler: IncomingHandler, result: unknown): Promise<void> {
    try {
      this.succeed(member, frame, home, handler, await valueOf(await result));
    } catch (error) {
      this.fail(member, frame, home, handler, error);
    }
  }

  private succeed(member: TopicMember, frame: EventFrame, home: Answering, handler: IncomingHandler, result: unknown): void {
    const { reply } = handler;
    if (isStream(result)) throw channelUseErrors.streamReturned(frame.event);
    if (reply === 'channel' && result !== undefined) this.answerAll(member, frame, home, result);
    else if (result !== undefined || frame.isRequest === true) home.reply(frame, 'ok', result);
    this.tell(member, frame, handler, undefined);
  }

  /** The client that asked sees that it was heard; the answer comes to it as to everybody else. */
  private answerAll(member: TopicMember, frame: EventFrame, home: Answering, result: unknown): void {
    const { payload, meta } = result instanceof ChannelReply ? result : new ChannelReply(result, {});
    const sent = this.core.broadcast({ isShared: true, topic: member.topic, event: frame.event, args: [payload], meta });
    sent.catch((error: unknown) => this.report(`answering '${frame.event}' to all of '${member.topic}'`, error));
    home.reply(frame, 'ok', undefined);
  }

  private fail(member: TopicMember, frame: EventFrame, home: Answering, handler: IncomingHandler | undefined, error: unknown): void {
    if (handler !== undefined) member.release(handler);
    const { payload, isExpected } = describeFailure(error, 'internal error', this.detailedErrors);
    home.reply(frame, 'error', payload);
    if (!isExpected) this.report(`handling '${frame.event}' in '${member.topic}'`, error);
    this.tell(member, frame, handler, error);
  }

  private report(doing: string, error: unknown): void {
    this.core.report(this.endpoint.name, doing, error);
  }

  private begin(frame: EventFrame): void {
    const { events, clock } = this.core.ground;
    if (events.has('invoked')) this.began.set(frame, clock.now());
  }

  private tell({ session }: TopicMember, frame: EventFrame, handler: IncomingHandler | undefined, error: unknown): void {
    const { events, clock } = this.core.ground;
    if (!events.has('invoked')) return;
    const began = this.began.get(frame);
    const duration = began === undefined ? undefined : clock.now() - began;
    events.emit('invoked', { endpoint: this.endpoint.name, connectionId: session.id, method: handler?.name, duration, error });
  }
}

/** An Observable stands for its last value, as with controllers. */
function valueOf(result: unknown): unknown {
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

function isStream(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  return Symbol.asyncIterator in result || typeof (result as Partial<ReadableStream>).getReader === 'function';
}
