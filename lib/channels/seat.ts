import { FrameRefusal, frameErrors } from '../common/channel-errors.js';
import type { PreparedMessage } from '../delivery/prepared-message.js';
import type { Answering, ChannelDispatcher } from './channel.dispatcher.js';
import type { ServedPattern } from './channel.descriptor.js';
import { describeFailure } from './channel.failure.js';
import type { ChannelMessage } from './channel.message.js';
import type { TopicHistory } from './channel.options.js';
import type { ChannelSocket } from './channel.socket.js';
import type { ChannelDocument } from './dialect.js';
import type { AnsweredFrame, EventFrame, FrameRef, FrameStatus, JoinFrame, LeaveFrame } from './frames.js';
import { readPosition, withRecovery } from './history.arrival.js';
import { LeaveReason } from './leave-reason.js';
import { TopicMember, type MemberHome } from './topic.member.js';

/** The server takes a socket out of its topic. */
export interface Dismissal {
  readonly kind: 'dismissal';
  readonly member: TopicMember;
  readonly reason: LeaveReason;
  /** Whether it is because something went wrong with it. */
  readonly isCrash: boolean;
}

/** The server joins in the client's place, and wants to know how that went. */
export interface ServerJoin extends JoinFrame {
  readonly joined: (socket: ChannelSocket) => void;
  readonly refused: (error: unknown) => void;
}

/** What is done with one topic of one session, one after the other. */
export type SeatTask = JoinFrame | ServerJoin | LeaveFrame | EventFrame | Dismissal;

/** The session that a seat belongs to. */
export interface SeatHome extends MemberHome, Answering {
  readonly dispatcher: ChannelDispatcher;
  readonly detailedErrors: boolean;
  /** The channel of a topic, under the pattern that fits it best. */
  find(topic: string): ServedPattern | undefined;
  /** The answer to a frame, where it has one; throws what cannot be written for. */
  write(frame: AnsweredFrame, status: FrameStatus, payload: unknown): ChannelDocument | undefined;
  /** Answers a frame, and with an error where the answer cannot be written. */
  reply(frame: AnsweredFrame, status: FrameStatus, payload: unknown): void;
  /** Waits for the application, but not for ever. */
  patiently(work: Promise<void>): Promise<void>;
  /** Told of sockets that have joined. */
  joined(member: TopicMember): void;
  /** Told of sockets that had joined, and have left. */
  left(member: TopicMember): void;
}

/** One topic of one session: its joins and leaves, and what comes between them. */
export class Seat {
  /** The socket that has joined, or is about to. */
  member: TopicMember | undefined;

  constructor(
    private readonly home: SeatHome,
    readonly topic: string,
  ) {}

  /** Does one thing; never throws or rejects. */
  run(task: SeatTask): void | Promise<void> {
    switch (task.kind) {
      case 'join':
        return this.join(task);
      case 'leave':
        return this.leaveFor(task);
      case 'event':
        return this.handle(task);
      case 'dismissal':
        return this.dismiss(task);
    }
  }

  /** The socket leaves; nothing is said to the client. */
  async leave(reason: LeaveReason): Promise<void> {
    const { member, home } = this;
    if (member === undefined) return;
    this.member = undefined;
    this.depart(member);
    const { stage, served } = member;
    if (stage !== 'asking') await home.patiently(home.dispatcher.left(member, reason));
    member.status = 'left';
    member.output.clear();
    if (stage === 'counted' || stage === 'joined') home.core.topicsOf(served.channel).leave(this.topic);
    if (stage === 'joined') home.left(member);
  }

  /** From now on nothing that is said in the topic reaches the socket. */
  depart(member: TopicMember): void {
    member.end();
    member.exit();
  }

  private async join(frame: JoinFrame | ServerJoin): Promise<void> {
    // Who has gone meanwhile need not be asked.
    if (this.home.isClosed) return refuse(this.home, frame, frameErrors.closed());
    if (this.member !== undefined) await this.replace(this.member, frame);
    try {
      await this.admit(frame);
    } catch (error) {
      await this.leave(LeaveReason.Close);
      refuse(this.home, frame, error, 'join crashed');
    }
  }

  private async replace(member: TopicMember, frame: JoinFrame | ServerJoin): Promise<void> {
    await this.leave(LeaveReason.Rejoin);
    this.tellClosed(member, LeaveReason.Rejoin, frame);
  }

  private async admit(frame: JoinFrame | ServerJoin): Promise<void> {
    const { home, topic } = this;
    const served = home.find(topic);
    const handler = served?.channel.joins.find(topic);
    if (served === undefined || handler === undefined) throw frameErrors.unmatchedTopic();
    const member = new TopicMember(home, served, topic, frame.joinRef, frame.args[0]);
    this.member = member;
    await member.presence?.enter();
    const payload = await home.dispatcher.join(member, handler, frame);
    member.stage = 'admitted';
    const reply = home.write(frame, 'ok', payload);
    member.stage = 'counted';
    await home.core.topicsOf(served.channel).enter(topic);
    if (served.channel.history === undefined) this.enter(member, frame, reply, []);
    else await this.recover(member, frame, served.channel.history, payload);
  }

  /** The client is told what it has missed, before what is said from now on. */
  private recover(member: TopicMember, frame: JoinFrame | ServerJoin, options: TopicHistory, payload: unknown): Promise<void> {
    const { core, maximumWaiting } = this.home;
    const visit = { topic: this.topic, since: readPosition(member.params), maximum: maximumWaiting };
    return core.history.admit(visit, options, (recovery, missed) =>
      this.enter(member, frame, this.home.write(frame, 'ok', withRecovery(payload, recovery)), missed),
    );
  }

  /** The client sees the reply first, then what it has missed, and then what was said to it meanwhile. */
  private enter(
    member: TopicMember,
    frame: JoinFrame | ServerJoin,
    reply: ChannelDocument | undefined,
    missed: readonly PreparedMessage<ChannelMessage>[],
  ): void {
    // The connection may have ended meanwhile.
    if (this.home.isClosed) throw frameErrors.closed();
    member.stage = 'joined';
    if (!member.isLeft) {
      member.status = 'joined';
      member.enter();
    }
    if (reply !== undefined) this.home.send(reply);
    for (const message of missed) member.takeMissed(message);
    member.output.open();
    member.presence?.welcome();
    this.home.joined(member);
    if ('joined' in frame) frame.joined(member.caller);
  }

  private async leaveFor(frame: LeaveFrame): Promise<void> {
    const { member } = this;
    if (member !== undefined && isStale(member, frame.joinRef)) return;
    await this.leave(LeaveReason.Leave);
    this.home.reply(frame, 'ok', undefined);
    if (member !== undefined) this.tellClosed(member, LeaveReason.Leave, frame);
  }

  private handle(frame: EventFrame): void | Promise<void> {
    const { member, home } = this;
    if (member === undefined) return refuse(home, frame, frameErrors.unmatchedTopic());
    if (member.isLeft || isStale(member, frame.joinRef)) return;
    const known = frame.joinRef == null ? { ...frame, joinRef: member.joinRef } : frame;
    return home.dispatcher.event(member, known, home);
  }

  private async dismiss({ member, reason, isCrash }: Dismissal): Promise<void> {
    if (member !== this.member) return;
    await this.leave(reason);
    const crash = isCrash ? this.home.codec.crash(member) : undefined;
    if (crash === undefined) this.tellClosed(member, reason);
    else this.home.send(crash);
  }

  private tellClosed(member: TopicMember, reason: LeaveReason, cause?: JoinFrame | LeaveFrame): void {
    const document = this.home.codec.close(member, reason, cause);
    if (document !== undefined) this.home.send(document);
  }
}

/** Whether a client that names its join means another one than this: it has overtaken what ended that. */
function isStale({ joinRef }: TopicMember, named: FrameRef): boolean {
  return named !== undefined && named !== null && named !== joinRef;
}

/** Says to the client, or to who has joined in its place, that nothing comes of it. */
export function refuse(
  home: SeatHome,
  frame: JoinFrame | ServerJoin | LeaveFrame | EventFrame,
  error: unknown,
  crash = 'internal error',
): void {
  if ('refused' in frame) return frame.refused(error);
  const { payload, isExpected } = describeFailure(error, crash, home.detailedErrors);
  const isOfNoJoin = error instanceof FrameRefusal && error.isOfNoJoin;
  home.reply(isOfNoJoin ? { ...frame, isOfNoJoin } : frame, 'error', payload);
  if (!isExpected) home.report(`joining '${frame.topic}'`, error);
}
