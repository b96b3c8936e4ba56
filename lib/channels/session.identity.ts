import { frameErrors } from '../common/channel-errors.js';
import type { CloseReason } from '../common/close-reason.js';
import type { FrameNotes } from '../common/frame-notes.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Ticket } from '../connections/ticket.js';
import type { Entrant } from '../connections/exchange.js';
import { randomName } from '../connections/random-name.js';
import type { Encoding } from '../delivery/prepared-message.js';
import type { ChannelCore, ChannelLimit } from './channel.core.js';
import type { ServedPattern } from './channel.descriptor.js';
import type { ChannelDispatcher } from './channel.dispatcher.js';
import { ChannelFrames } from './channel.frames.js';
import type { ChannelMessage } from './channel.message.js';
import type { ResolvedEndpointOptions } from './channel.options.js';
import type { ChannelCodec, ChannelDialect, ChannelOffer } from './dialect.js';
import type { Readmission } from './session.token.js';
import type { TopicMember } from './topic.member.js';

/** The endpoint of a session. */
export interface SessionHome {
  readonly name: string;
  readonly path: string;
  readonly core: ChannelCore;
  readonly dialect: ChannelDialect;
  readonly dispatcher: ChannelDispatcher;
  readonly options: ResolvedEndpointOptions;
  /** How many bytes of frames of one session may wait for their turn. */
  readonly parkedBytes: number;
  /** Asks who somebody is that brings another token; undefined where nobody asks. */
  readonly readmit: Readmission | undefined;
  /** Where its frames are told; undefined where nobody wants to know. */
  notesFor(connectionId: string): FrameNotes | undefined;
  /** The channel of a topic, under the pattern that fits it best. */
  find(topic: string): ServedPattern | undefined;
  report(doing: string, error: unknown): void;
  /** Told of what happens to sessions and their sockets. */
  tell(event: 'connected' | 'joined' | 'left', session: SessionIdentity, member?: TopicMember): void;
  /** Told of the end of one that `connected` was told of, or of one that never came so far. */
  ended(session: SessionIdentity, reason: CloseReason, event: 'disconnected' | 'unconnected'): void;
}

/** Who a session is, and where. */
export abstract class SessionIdentity {
  /** It was let in. */
  readonly refusal = undefined;
  readonly id = randomName();
  readonly token = randomName();
  /** Hooks of a session are about no topic. */
  readonly topic = undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly codec: ChannelCodec;
  /** What it holds among the connections that are counted, where they are. */
  ticket: Ticket | undefined;
  userIdentifier: string | undefined;
  user: unknown;
  /** The user whom the way in has named last; the application may have said something else since. */
  private named: unknown;
  private dataOfUser: Map<unknown, unknown> | undefined;

  constructor(
    protected readonly home: SessionHome,
    readonly request: OpeningRequest | undefined,
    entrant: Entrant,
    protected readonly offer: ChannelOffer,
  ) {
    this.user = this.named = entrant.user;
    this.userIdentifier = entrant.userIdentifier;
    this.codec = offer.codec;
    this.params = offer.params;
  }

  /** Told of what the client says, where somebody wants to know. */
  get frames(): ChannelFrames | undefined {
    const notes = this.home.notesFor(this.id);
    return notes && new ChannelFrames(notes, this.home);
  }

  get opener(): this {
    return this;
  }

  get core(): ChannelCore {
    return this.home.core;
  }

  get endpoint(): string {
    return this.home.path;
  }

  get dialect(): string {
    return this.home.dialect.name;
  }

  get dispatcher(): ChannelDispatcher {
    return this.home.dispatcher;
  }

  get options(): ResolvedEndpointOptions {
    return this.home.options;
  }

  get detailedErrors(): boolean {
    return this.home.options.enableDetailedErrors;
  }

  get keepsPresence(): boolean {
    return this.home.dialect.services?.keepsPresence === true;
  }

  get readmit(): Readmission | undefined {
    return this.home.readmit;
  }

  get parkedBytes(): number {
    return this.home.parkedBytes;
  }

  get maximumWaiting(): number {
    return this.home.options.outbox.maximum;
  }

  get encoding(): Encoding<ChannelMessage> {
    return this.codec.encoding;
  }

  get data(): Map<unknown, unknown> {
    return (this.dataOfUser ??= new Map());
  }

  limited(limit: ChannelLimit): void {
    this.core.limited(this.home.name, limit, this);
  }

  /**
   * It is to be this user's.
   *
   * @throws FrameRefusal where that would be one connection of it too many.
   */
  protected countFor(userIdentifier: string | undefined): void {
    if (this.ticket?.become(userIdentifier) !== false) return;
    this.core.limited(this.home.name, 'connectionsPerUser', { id: this.id, userIdentifier });
    throw frameErrors.tooManyOfUser();
  }

  /** The way in names somebody once more. Where that is nobody, whom the application has named stays. */
  protected name(user: unknown): void {
    if (user != null || this.user === this.named) this.user = user;
    this.named = user;
  }
}
