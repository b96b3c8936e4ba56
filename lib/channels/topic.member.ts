import { channelErrors, channelUseErrors } from '../common/channel-errors.js';
import { Payload } from '../common/payload.js';
import type { Slowness } from '../common/slowness.js';
import { isThenable } from '../common/thenable.js';
import { unlessUnheard } from '../common/unheard-rejection.js';
import { groupName, type Name } from '../delivery/address.js';
import type { Encoding, PreparedMessage } from '../delivery/prepared-message.js';
import type { AskSettings } from './ask-settings.js';
import { ChannelCall, type CallPlace } from './channel.call.js';
import type { ChannelCore, ChannelLimit } from './channel.core.js';
import type { ChannelPeer } from './channel.delivery.js';
import type { ChannelHandler, IncomingHandler, ServedPattern } from './channel.descriptor.js';
import { slownessIn, type ChannelMessage } from './channel.message.js';
import { ChannelSocket, type SessionView, type SocketHandler, type SocketStatus, type SocketView } from './channel.socket.js';
import type { ChannelCodec, ChannelDocument } from './dialect.js';
import type { ServedSocket } from './dialect.services.js';
import type { FrameRef } from './frames.js';
import { LeaveReason } from './leave-reason.js';
import { MessageCopies } from './message-copies.js';
import { ownHandler, OwnHandlers } from './own-handler.js';
import { starOf } from './patterns.js';
import { SocketPresence } from './presence.socket.js';
import { SocketOutput } from './socket.output.js';

const DONE = Promise.resolve();

/** The session that a socket belongs to. */
export interface MemberHome extends SessionView {
  readonly core: ChannelCore;
  readonly codec: ChannelCodec;
  /** How many bytes may wait for a socket. */
  readonly maximumWaiting: number;
  readonly userIdentifier: string | undefined;
  /** Whether all of its sockets are told who is in their topics, whatever their channels say. */
  readonly keepsPresence: boolean;
  readonly backlog: number;
  makeSocketId(): string;
  send(document: ChannelDocument | Payload): void;
  /** The same for what may be dropped, where the client is too slow. */
  deliver(payload: Payload): void;
  /** Asks the client; see {@link ChannelSocket.request}. */
  ask(member: TopicMember, event: string, args: readonly unknown[], settings: AskSettings): Promise<unknown>;
  /** Takes another token; see {@link SessionToken}. */
  renew(token: string): Promise<void>;
  /** Takes a socket out of its topic on the application's wish. */
  dismiss(member: TopicMember, reason: LeaveReason): void;
  /** Takes a socket out of its topic because something went wrong with it. */
  crash(member: TopicMember): void;
  /** Reports that a limit has refused something. */
  limited(limit: ChannelLimit): void;
  /** Ends the session: more waits for it than may. */
  overflow(): void;
  report(doing: string, error: unknown): void;
}

/** One join of one topic by one session: the member that delivery knows, and what is behind a `ChannelSocket`. */
export class TopicMember implements ChannelPeer, CallPlace, SocketView, ServedSocket {
  readonly id: string;
  /** What is for a user is for that user's sessions. */
  readonly userIdentifier = undefined;
  readonly caller: ChannelSocket;
  readonly output: SocketOutput;
  /** Where its channel keeps that. */
  readonly presence: SocketPresence | undefined;
  status: SocketStatus = 'joining';
  /** How far it has come: let in by `@Join`, so that `@Leave` runs for it; counted among the sockets of its topic; answered. */
  stage: 'asking' | 'admitted' | 'counted' | 'joined' = 'asking';
  private aborter: AbortController | undefined;
  private dataOfUser: Map<unknown, unknown> | undefined;
  private own: OwnHandlers | undefined;
  private names: Set<Name> | undefined;

  constructor(
    readonly session: MemberHome,
    readonly served: ServedPattern,
    readonly topic: string,
    readonly joinRef: FrameRef,
    readonly params: unknown,
  ) {
    this.id = session.makeSocketId();
    this.caller = new ChannelSocket(this);
    this.output = new SocketOutput(session.maximumWaiting, () => session.overflow());
    if (served.channel.presence || session.keepsPresence) this.presence = new SocketPresence(this, served.channel, session.core.presence);
  }

  get opener(): SessionView {
    return this.session;
  }

  get encoding(): Encoding<ChannelMessage> {
    return this.session.codec.encoding;
  }

  get backlog(): number {
    return this.session.backlog;
  }

  get subtopic(): string {
    return starOf(this.served.pattern, this.topic);
  }

  get isGuarded(): boolean {
    return this.served.channel.isGuarded;
  }

  get nameLength(): number {
    return this.session.core.ground.limits.nameLength;
  }

  get presenceKey(): string {
    return this.session.userIdentifier ?? this.id;
  }

  get data(): Map<unknown, unknown> {
    return (this.dataOfUser ??= new Map());
  }

  /** Aborted when it leaves. */
  get signal(): AbortSignal {
    this.aborter ??= new AbortController();
    if (this.isLeft) this.aborter.abort(channelErrors.left(this.topic));
    return this.aborter.signal;
  }

  /** Whether it leaves, or has left. */
  get isLeft(): boolean {
    return this.status === 'leaving' || this.status === 'left';
  }

  /** From now on it hears what is said in its topic, and to the names that it was given. */
  enter(): void {
    const { membership } = this.session.core.delivery;
    membership.enter(this);
    for (const name of [groupName(this.topic), ...(this.names ?? [])]) membership.join(this, name);
  }

  /** Gives it one more name beside that of its topic; a client cannot do so. */
  addName(name: Name): void {
    this.names = (this.names ?? new Set()).add(name);
    this.session.core.delivery.membership.join(this, name);
  }

  removeName(name: Name): void {
    this.names?.delete(name);
    this.session.core.delivery.membership.leave(this, name);
  }

  /** From now on it gets nothing more. */
  end(): void {
    this.status = 'leaving';
    this.aborter?.abort(channelErrors.left(this.topic));
  }

  /** Nothing that is said in the topic reaches it any more, and nobody finds it there. */
  exit(): void {
    this.session.core.delivery.membership.exit(this);
    this.presence?.exit();
  }

  deliver(payload: Payload): void {
    if (this.output.isDirect) this.session.deliver(payload);
    else this.output.say(() => this.session.deliver(payload), payload.data.length);
  }

  prepare(prepared: PreparedMessage<ChannelMessage>): void {
    const handler = this.served.channel.outgoing.find(prepared.message.event);
    if (handler === undefined) prepared.payloadFor(this.encoding);
    else MessageCopies.of(prepared.message);
  }

  /**
   * What its channel's handler makes of a message; where there is none for it, the same as everybody gets. What names no topic is said in its own.
   */
  take(prepared: PreparedMessage<ChannelMessage>): void {
    const { topic, event, args, slowness } = prepared.message;
    if (topic === undefined) return void this.push(event, args, slowness);
    const handler = this.served.channel.outgoing.find(prepared.message.event);
    if (handler === undefined) this.deliver(prepared.payloadFor(this.encoding));
    else this.output.say(() => this.filter(prepared.message, handler), MessageCopies.of(prepared.message).size);
  }

  /** What its dialect cannot write was told to nobody, and is not missed. */
  takeMissed(prepared: PreparedMessage<ChannelMessage>): void {
    if (this.isLeft) return;
    try {
      this.take(prepared);
    } catch (error) {
      this.report(`telling a client of '${this.topic}' what it has missed`, error);
    }
  }

  push(event: string, args: readonly unknown[], slowness?: Partial<Slowness>): Promise<void> {
    if (this.status === 'left') return DONE;
    const payload = new Payload(this.session.codec.push(this, event, args), slownessIn(this.topic, event, slowness));
    this.output.say(() => this.session.deliver(payload), payload.data.length);
    return DONE;
  }

  /** What was said to its session; never throws. */
  tell({ event, args, slowness }: ChannelMessage): void {
    const push = (): Promise<void> => this.push(event, args, slowness);
    void unlessUnheard(push, (error) => this.report(`pushing '${event}'`, error));
  }

  request(event: string, args: readonly unknown[], settings: AskSettings): Promise<unknown> {
    return this.session.ask(this, event, args, settings);
  }

  broadcast(event: string, args: readonly unknown[], isForItself: boolean): Promise<void> {
    const except = isForItself ? undefined : new Set([this.id]);
    const send = (): Promise<void> => this.session.core.broadcast({ isShared: true, topic: this.topic, event, args }, except);
    if (this.status !== 'joining') return send();
    this.output.say(() => void unlessUnheard(send, (error) => this.report(`broadcasting '${event}'`, error)), 0);
    return DONE;
  }

  track(meta: unknown, key: unknown): Promise<void> {
    return this.trackable().track(meta, key);
  }

  update(meta: unknown): Promise<void> {
    return this.trackable().update(meta);
  }

  untrack(): Promise<void> {
    return this.trackable().untrack();
  }

  listen(event: string, handler: SocketHandler, isOnce: boolean): void {
    (this.own ??= new OwnHandlers()).set(ownHandler(event, handler, this.served.channel.guard, isOnce));
  }

  forget(event: string): void {
    this.own?.forget(event);
  }

  /** The handler of its own for an event; see {@link OwnHandlers.find}. */
  handlerOf(event: string): IncomingHandler | undefined {
    return this.own?.find(event);
  }

  /** See {@link OwnHandlers.mayUse}. */
  mayUse(handler: IncomingHandler): boolean {
    return !handler.isOnce || (this.own ??= new OwnHandlers()).mayUse(handler);
  }

  /** See {@link OwnHandlers.release}. */
  release(handler: IncomingHandler): void {
    this.own?.release(handler);
  }

  async askGuards(event: string, payload: unknown): Promise<void> {
    await this.served.channel.guard?.(new ChannelCall(this, event, [payload]));
  }

  renew(token: string): Promise<void> {
    return this.session.renew(token);
  }

  leave(): void {
    this.session.dismiss(this, LeaveReason.Leave);
  }

  report(doing: string, error: unknown): void {
    this.session.report(doing, error);
  }

  private trackable(): SocketPresence {
    if (this.presence === undefined) throw channelUseErrors.noPresence(this.served.channel.name);
    return this.presence;
  }

  /** Never throws or rejects: a recipient that cannot be told what is said learns that something is missing. */
  private filter(message: ChannelMessage, handler: ChannelHandler): void | Promise<void> {
    try {
      const own = handler(new ChannelCall(this, message.event, MessageCopies.of(message).make()));
      if (!isThenable(own)) return this.sendOwn(message, own);
      return Promise.resolve(own)
        .then((payload) => this.sendOwn(message, payload))
        .catch((error: unknown) => this.failed(message.event, error));
    } catch (error) {
      this.failed(message.event, error);
    }
  }

  /** Nothing is sent where the handler has returned nothing. */
  private sendOwn({ event, offset, slowness }: ChannelMessage, payload: unknown): void {
    if (payload === undefined || this.status === 'left') return;
    const document = this.session.codec.push(this, event, [payload], offset);
    this.session.deliver(new Payload(document, slownessIn(this.topic, event, slowness)));
  }

  private failed(event: string, error: unknown): void {
    this.report(`running @HandleOut for '${event}' in '${this.topic}'`, error);
    // Who hears what comes after it comes back from there, and never gets it.
    this.output.clear();
    this.session.crash(this);
  }
}
