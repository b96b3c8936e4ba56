import { channelErrors, channelUseErrors } from '../common/channel-errors.js';
import type { Cancel } from '../common/clock.js';
import { closeReason, type CloseReason } from '../common/close-reason.js';
import { connectionErrors } from '../common/errors.js';
import type { Payload } from '../common/payload.js';
import type { ConnectionHandler } from '../connections/connection.handler.js';
import type { Connection } from '../connections/connection.js';
import type { Entrant } from '../connections/exchange.js';
import { isSilent } from '../connections/heartbeat.js';
import type { PreparedMessage } from '../delivery/prepared-message.js';
import type { CallPlace, ChannelCall } from './channel.call.js';
import type { ChannelPeer } from './channel.delivery.js';
import type { ServedPattern } from './channel.descriptor.js';
import type { ChannelMessage } from './channel.message.js';
import { ChannelSession, type ChannelSocket } from './channel.socket.js';
import type { AskSettings } from './ask-settings.js';
import type { ChannelDocument } from './dialect.js';
import type { AnsweredFrame, EventFrame, FrameStatus } from './frames.js';
import { LeaveReason } from './leave-reason.js';
import { SessionIdentity } from './session.identity.js';
import { SessionInput, type InputHome } from './session.input.js';
import { SessionOutput } from './session.output.js';
import { SessionRequests, type RequestsHome } from './session.requests.js';
import { SessionToken, type TokenHome } from './session.token.js';
import { SessionTopics } from './session.topics.js';
import type { TopicMember } from './topic.member.js';

/** One client of an endpoint, from before its connection to after it. */
export class Session extends SessionIdentity implements ConnectionHandler, ChannelPeer, CallPlace, InputHome, RequestsHome, TokenHome {
  readonly caller: ChannelSession = new ChannelSession(this);
  private readonly output = new SessionOutput(this);
  private readonly topics = new SessionTopics(this);
  private readonly requests = new SessionRequests(this);
  private readonly input = new SessionInput(this, this.topics, this.requests);
  private connection: Connection | undefined;
  /** Made on first use: most sessions keep the one that they came with. */
  private access: SessionToken | undefined;
  /** Why it ended before it had a connection. */
  private earlyEnd: CloseReason | undefined;
  private hasBegun = false;
  private aborter: AbortController | undefined;
  private expires = Infinity;
  private lastSocket = 0;

  get signal(): AbortSignal {
    return this.connection?.signal ?? (this.aborter ??= new AbortController()).signal;
  }

  get isAsked(): boolean {
    return this.requests.isAwaited;
  }

  /** Why it ends or has ended. */
  get closeReason(): CloseReason | undefined {
    return this.earlyEnd ?? this.connection?.closeReason;
  }

  get isClosed(): boolean {
    return this.closeReason !== undefined;
  }

  /** It has a connection. */
  attach(connection: Connection): void {
    this.connection = connection;
  }

  /** Its connection stands: what was said to it goes out, and it joins what it is to join. */
  begin(): void {
    const connection = this.connection as Connection;
    if (this.earlyEnd !== undefined) return connection.close(this.earlyEnd);
    this.core.delivery.membership.enter(this);
    this.core.sessions.add(this);
    this.hasBegun = true;
    this.home.tell('connected', this);
    this.output.attach(connection);
    for (const topic of this.offer.joins ?? []) {
      this.topics.take({ kind: 'join', topic, ref: null, joinRef: null, args: [this.params] }, 0);
    }
  }

  receive(bytes: Buffer, isBinary: boolean): void {
    this.input.receive(bytes, isBinary);
  }

  transportClosed(reason: CloseReason): void {
    this.close(reason);
  }

  tick(now: number): void {
    const { connection } = this;
    if (connection === undefined) return;
    if (now >= this.expires) this.close(closeReason('disconnected', { error: channelErrors.expired(), allowReconnect: true }));
    else if (this.isIdle(connection, now))
      this.close(closeReason('failed', { error: channelErrors.idle(this.options.clientTimeoutInterval) }));
  }

  finish(): Promise<void> | undefined {
    return this.topics.finish();
  }

  farewell(): undefined {}

  closeCode(reason: CloseReason): number {
    return this.home.dialect.closeCode(reason);
  }

  /** The session is over: whoever is in a topic leaves it, and then the endpoint hears of it. */
  async closed(reason: CloseReason): Promise<void> {
    await this.dissolve(reason);
    await this.home.dispatcher.disconnected(this, reason);
    this.home.ended(this, reason, this.hasBegun ? 'disconnected' : 'unconnected');
  }

  /** Leaves all topics, when what runs there is done. */
  async dissolve(reason: CloseReason): Promise<void> {
    this.endEarly(reason);
    this.core.delivery.membership.exit(this);
    this.core.sessions.delete(this);
    this.topics.depart();
    this.requests.end();
    if (!reason.finishCalls) this.topics.clear();
    await this.patiently(this.topics.idle());
    this.topics.clear();
    await this.topics.leave();
  }

  close(reason: CloseReason): void {
    if (this.connection !== undefined) this.connection.close(reason);
    else this.endEarly(reason);
  }

  /** No topic is a session's. */
  prepare(): void {}

  /** A message to a session is for its socket in one topic, or for all of its sockets. */
  take({ message }: PreparedMessage<ChannelMessage>): void {
    const { topic } = message;
    for (const member of this.joinedMembers()) if (topic === undefined || member.topic === topic) member.tell(message);
  }

  get backlog(): number {
    return this.output.backlog;
  }

  deliver(payload: Payload): void {
    this.output.offer(payload);
  }

  send(document: ChannelDocument | Payload): void {
    this.output.send(document);
  }

  write(frame: AnsweredFrame, status: FrameStatus, payload: unknown): ChannelDocument | undefined {
    return this.output.write(frame, status, payload);
  }

  reply(frame: AnsweredFrame, status: FrameStatus, payload: unknown): void {
    if (frame.kind === 'event') this.input.answered(frame.ref);
    this.output.reply(frame, status, payload);
  }

  began(frame: EventFrame, call: ChannelCall): void {
    this.input.began(frame, call);
  }

  ask(member: TopicMember, event: string, args: readonly unknown[], settings: AskSettings): Promise<unknown> {
    return this.requests.ask(member, event, args, settings);
  }

  relieve(): void {
    this.topics.relieve();
  }

  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  overflow(): void {
    this.close(closeReason('failed', { error: connectionErrors.tooSlow(this.maximumWaiting), peerCanHear: false }));
  }

  makeSocketId(): string {
    return `${this.id}.${++this.lastSocket}`;
  }

  find(topic: string): ServedPattern | undefined {
    return this.home.find(topic);
  }

  sockets(): ChannelSocket[] {
    return this.topics.members.map(({ caller }) => caller);
  }

  socket(topic: string): ChannelSocket | undefined {
    return this.topics.find(topic)?.caller;
  }

  join(topic: string): Promise<ChannelSocket> {
    return this.topics.join(topic);
  }

  dismiss(member: TopicMember, reason: LeaveReason): void {
    this.topics.dismiss(member, reason, false);
  }

  crash(member: TopicMember): void {
    this.topics.dismiss(member, LeaveReason.Close, true);
  }

  disconnect(code: number | undefined, reason: string | undefined): void {
    if (code !== undefined && !isCloseCode(code)) throw channelUseErrors.wrongCode(code);
    this.close(closeReason('disconnected', { allowReconnect: code !== NORMAL, codeForPeer: code, textForPeer: reason }));
  }

  expireAfter(milliseconds: number): void {
    if (typeof milliseconds !== 'number' || Number.isNaN(milliseconds)) throw channelUseErrors.wrongExpiry(milliseconds);
    this.expires = this.core.ground.clock.now() + milliseconds;
  }

  renew(token: string): Promise<void> {
    return (this.access ??= new SessionToken(this)).renew(token);
  }

  become({ user, userIdentifier }: Entrant): void {
    this.countFor(userIdentifier);
    this.name(user);
    if (userIdentifier === this.userIdentifier) return;
    const { membership } = this.core.delivery;
    membership.exit(this);
    this.userIdentifier = userIdentifier;
    membership.enter(this);
  }

  joined(member: TopicMember): void {
    this.home.tell('joined', this, member);
  }

  left(member: TopicMember): void {
    this.home.tell('left', this, member);
  }

  async patiently(work: Promise<void>): Promise<void> {
    const { clock, disconnectTimeout } = this.core.ground;
    let cancel: Cancel | undefined;
    const patience = new Promise<void>((resolve) => (cancel = clock.after(disconnectTimeout, resolve)));
    await Promise.race([work, patience]);
    cancel?.();
  }

  report(doing: string, error: unknown): void {
    this.home.report(doing, error);
  }

  private joinedMembers(): TopicMember[] {
    return this.topics.members.filter(({ status }) => status === 'joined');
  }

  private isIdle(connection: Connection, now: number): boolean {
    const { clientTimeoutInterval } = this.options;
    if (clientTimeoutInterval === 0 || connection.transport.hasInherentKeepAlive === true) return false;
    return isSilent(connection, now, clientTimeoutInterval);
  }

  /** Without a connection there is nothing yet that would have to be closed. */
  private endEarly(reason: CloseReason): void {
    if (this.isClosed) return;
    this.earlyEnd = reason;
    this.aborter?.abort(connectionErrors.ended(reason));
  }
}

const NORMAL = 1000;

/** Those that an endpoint may send: RFC 6455 §7.4. */
function isCloseCode(code: unknown): boolean {
  if (typeof code !== 'number' || !Number.isInteger(code)) return false;
  return (code >= 3000 && code <= 4999) || (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006));
}
