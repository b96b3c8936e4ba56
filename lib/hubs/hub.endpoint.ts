import type { CloseReason } from '../common/close-reason.js';
import { FrameNotes } from '../common/frame-notes.js';
import { useErrors } from '../common/use-errors.js';
import type { Payload } from '../common/payload.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionHandler } from '../connections/connection.handler.js';
import { isSomebody } from '../connections/identity.js';
import type { Endpoint } from '../connections/endpoint.js';
import type { Loss } from '../connections/held-back.js';
import { PreparedMessage } from '../delivery/prepared-message.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import { MessageType, type HubMessage } from '../protocol/messages.js';
import type { CallBounds } from './call-queue.js';
import { HubConnection } from './hub.connection.js';
import type { HubCore } from './hub.core.js';
import type { HubDescriptor } from './hub.descriptor.js';
import { HubDispatcher } from './hub.dispatcher.js';
import { HubFrames } from './hub.frames.js';
import { joinUserGroups } from './hub.groups.js';
import { Handshakes } from './hub.handshake.js';
import type { ResolvedHubOptions } from './hub.options.js';
import { HubSession, type SessionHome } from './hub.session.js';
import type { HubSource } from './hub.source.js';

/** What may wait where the size of a message has no bound, in bytes. */
const PARKED_WITHOUT_LIMIT = 65_536;

/** The place where the clients of one hub connect. */
export class HubEndpoint implements Endpoint, SessionHome {
  readonly name: string;
  readonly path: string;
  readonly handshakes: Handshakes;
  readonly dispatcher: HubDispatcher;
  readonly callBounds: CallBounds;
  private hasWarned = false;
  private readonly ping = new PreparedMessage<HubMessage>({ type: MessageType.Ping });

  /** @param source - of this hub; other hubs are found by it, for `clients.of(…)` inside hub methods. */
  constructor(
    readonly descriptor: HubDescriptor,
    readonly core: HubCore,
    readonly options: ResolvedHubOptions,
    private readonly source: HubSource,
  ) {
    this.name = core.name;
    this.path = descriptor.path;
    this.handshakes = new Handshakes(options.protocols);
    this.dispatcher = new HubDispatcher(core, descriptor, options.enableDetailedErrors, options.handlerTimeout);
    this.callBounds = {
      perSecond: core.ground.limits.invocationsPerSecond,
      width: options.maximumParallelInvocationsPerClient,
      parked: options.maximumReceiveMessageSize * 2 || PARKED_WITHOUT_LIMIT,
      patience: core.ground.disconnectTimeout,
    };
  }

  /** Whether a client may come back after a break; over WebSockets alone. */
  get canResume(): boolean {
    const { statefulReconnect, transports } = this.options;
    return statefulReconnect !== false && transports.includes('WebSockets');
  }

  open(connection: Connection): ConnectionHandler {
    return new HubSession(this, connection);
  }

  pingFor(protocol: HubProtocol): Payload {
    return this.ping.payloadFor(protocol);
  }

  peerOf(connection: Connection, protocol: HubProtocol): HubConnection {
    const userIdentifier = this.core.ground.userIdProvider(connection.user);
    const peer = new HubConnection(this.core, connection, protocol, userIdentifier, this.source, this.options.clientResultTimeout);
    const notes = this.notesFor(connection.id);
    if (notes !== undefined) peer.frames = new HubFrames(notes, this.dispatcher);
    return peer;
  }

  notesFor(connectionId: string): FrameNotes | undefined {
    return FrameNotes.of(this.core.ground.events, this.name, connectionId);
  }

  async welcome(peer: HubConnection): Promise<void> {
    peer.enter();
    await joinUserGroups(this.core, peer);
    await this.dispatcher.connected(peer);
    const { events } = this.core.ground;
    if (events.has('connected')) events.emit('connected', { ...this.eventOf(peer), userIdentifier: peer.userIdentifier });
  }

  /** Who a user is; throws what the application throws. */
  identify(user: unknown): string | undefined {
    const userIdentifier = this.core.ground.userIdProvider(user);
    if (userIdentifier === undefined && isSomebody(user)) this.warnOfNameless();
    return userIdentifier;
  }

  /** Until when a user is authenticated; throws what the application throws. See {@link HubGround.expiresAt}. */
  expiryOf(user: unknown, said?: unknown): number {
    return this.core.ground.expiresAt(user, said);
  }

  report(doing: string, error: unknown): void {
    this.core.report(doing, error);
  }

  tell(event: 'interrupted' | 'resumed', connectionId: string): void {
    const { events } = this.core.ground;
    if (events.has(event)) events.emit(event, { endpoint: this.core.name, connectionId });
  }

  dropped({ id }: Connection, loss: Loss): void {
    const { events } = this.core.ground;
    if (events.has('dropped')) events.emit('dropped', { endpoint: this.core.name, connectionId: id, ...loss });
  }

  neverCame(connectionId: string, { code, error }: CloseReason): void {
    const { events } = this.core.ground;
    if (events.has('unconnected')) events.emit('unconnected', { endpoint: this.core.name, connectionId, code, error });
  }

  ended(peer: HubConnection, { code, error }: CloseReason): void {
    const { events } = this.core.ground;
    if (events.has('disconnected')) events.emit('disconnected', { ...this.eventOf(peer), code, error });
  }

  /** Once: it is no client's fault. Where nobody brings newer tokens a connection keeps the user that it was opened by. */
  private warnOfNameless(): void {
    if (!this.options.authenticationRefresh || this.hasWarned) return;
    this.hasWarned = true;
    this.report('telling users apart', useErrors.namelessUser());
  }

  private eventOf(peer: HubConnection): { endpoint: string; connectionId: string } {
    return { endpoint: this.core.name, connectionId: peer.id };
  }
}
