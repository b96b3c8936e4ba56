import { ChannelException } from '../common/channel-errors.js';
import { closeReason, type CloseReason } from '../common/close-reason.js';
import { FrameNotes } from '../common/frame-notes.js';
import { tellableText } from '../common/thrown.js';
import type { ConnectionHandler } from '../connections/connection.handler.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Connection } from '../connections/connection.js';
import type { Endpoint } from '../connections/endpoint.js';
import type { Entrant } from '../connections/exchange.js';
import type { Loss } from '../connections/held-back.js';
import { withoutLastSlash } from '../connections/request-query.js';
import type { ChannelCore } from './channel.core.js';
import type { ChannelEndpointDescriptor, ServedPattern } from './channel.descriptor.js';
import { ChannelDispatcher } from './channel.dispatcher.js';
import type { ResolvedEndpointOptions } from './channel.options.js';
import type { ChannelDialect, ChannelOffer, SessionRefusal } from './dialect.js';
import { PatternTable } from './patterns.js';
import type { SessionHome, SessionIdentity } from './session.identity.js';
import { Session } from './session.js';
import type { Readmission } from './session.token.js';
import { TopicMember } from './topic.member.js';

/** What may wait where the size of a message has no bound, in bytes. */
const PARKED_WITHOUT_LIMIT = 65_536;

/** What a client reads that is not let in for no reason of its own. */
const FORBIDDEN = 'Forbidden';
const FORBIDDEN_STATUS = 403;

/** The place where clients of channels connect, in one dialect. */
export class ChannelEndpoint implements Endpoint, SessionHome {
  readonly speaksDocuments = true;
  readonly name: string;
  readonly path: string;
  readonly dialect: ChannelDialect;
  readonly dispatcher: ChannelDispatcher;
  readonly parkedBytes: number;
  private readonly channels: PatternTable<ServedPattern>;

  constructor(
    readonly descriptor: ChannelEndpointDescriptor,
    readonly core: ChannelCore,
    readonly options: ResolvedEndpointOptions,
  ) {
    this.name = descriptor.name;
    this.path = withoutLastSlash(descriptor.path);
    this.dialect = descriptor.dialect;
    this.dispatcher = new ChannelDispatcher(core, descriptor, options.enableDetailedErrors);
    this.parkedBytes = options.maximumReceiveMessageSize * 2 || PARKED_WITHOUT_LIMIT;
    const served = descriptor.channels.flatMap((channel) => channel.patterns.map((pattern) => ({ pattern, channel })));
    this.channels = new PatternTable(served.map((one) => [one.pattern, one]));
  }

  /** Somebody who is still to be let in. */
  newcomer(request: OpeningRequest | undefined, entrant: Entrant, offer: ChannelOffer): Session {
    return new Session(this, request, entrant, offer);
  }

  /** Asks whether somebody may come in; never rejects. */
  async welcome(session: Session): Promise<SessionRefusal | undefined> {
    try {
      await this.dispatcher.connected(session);
      return undefined;
    } catch (error) {
      const words = wordsOf(error);
      if (words === undefined) this.report('running onConnected', error);
      return this.refuse(session, words);
    }
  }

  /** What it has joined meanwhile it leaves again. */
  async refuse(session: Session, refusal = FORBIDDEN): Promise<SessionRefusal> {
    await session.dissolve(closeReason('connect-failed'));
    return { refusal, status: FORBIDDEN_STATUS };
  }

  /** @param prepared - the session that this connection is for. */
  open(connection: Connection, prepared: unknown): ConnectionHandler {
    const session = prepared as Session;
    session.attach(connection);
    return session;
  }

  notesFor(connectionId: string): FrameNotes | undefined {
    return FrameNotes.of(this.core.ground.events, this.name, connectionId);
  }

  get readmit(): Readmission | undefined {
    return this.descriptor.readmit;
  }

  /** A socket that is in no topic, and whose session has no connection: who says something by it hears nothing. */
  visitor(request: OpeningRequest, entrant: Entrant, offer: ChannelOffer, topic: string): TopicMember | undefined {
    const served = this.find(topic);
    if (served === undefined) return undefined;
    const member = new TopicMember(new Session(this, request, entrant, offer), served, topic, null, undefined);
    member.status = 'left';
    return member;
  }

  find(topic: string): ServedPattern | undefined {
    return this.channels.find(topic);
  }

  /** The application says who a user is, and may fail at it. */
  identify(user: unknown): string | undefined {
    return this.core.ground.userIdProvider(user);
  }

  report(doing: string, error: unknown): void {
    this.core.report(this.descriptor.name, doing, error);
  }

  tell(event: 'connected' | 'joined' | 'left', { id, userIdentifier }: SessionIdentity, member?: TopicMember): void {
    const { events } = this.core.ground;
    if (!events.has(event)) return;
    const known = { endpoint: this.descriptor.name, connectionId: id };
    if (event === 'connected') events.emit('connected', { ...known, userIdentifier });
    else events.emit(event, { ...known, topic: (member as TopicMember).topic });
  }

  dropped({ id }: Connection, loss: Loss): void {
    const { events } = this.core.ground;
    if (events.has('dropped')) events.emit('dropped', { endpoint: this.descriptor.name, connectionId: id, ...loss });
  }

  ended({ id }: SessionIdentity, { code, error }: CloseReason, event: 'disconnected' | 'unconnected'): void {
    const { events } = this.core.ground;
    if (events.has(event)) events.emit(event, { endpoint: this.descriptor.name, connectionId: id, code, error });
  }
}

/** What `onConnected` wanted the client to read; undefined for an error that is nobody's business, or cannot be read. */
function wordsOf(error: unknown): string | undefined {
  try {
    return error instanceof ChannelException ? error.message : tellableText(error);
  } catch {
    return undefined;
  }
}
