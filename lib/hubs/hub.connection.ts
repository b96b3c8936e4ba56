import type { Clock } from '../common/clock.js';
import { closeReason, type CloseReason } from '../common/close-reason.js';
import { callErrors, connectionErrors } from '../common/errors.js';
import { limitErrors } from '../common/limit-errors.js';
import type { Payload } from '../common/payload.js';
import type { Connection } from '../connections/connection.js';
import type { Output } from '../connections/output.js';
import { groupName, type Name } from '../delivery/address.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import type { CompletionMessage, HubMessage, InvocationMessage } from '../protocol/messages.js';
import type { CallSettings } from './client-proxy.js';
import { ClientResults } from './client-results.js';
import { GroupReadings } from './group-readings.js';
import { HubCallerContext } from './hub.caller-context.js';
import { HubCallerClients } from './hub.clients.js';
import type { HubCore, HubPeer } from './hub.core.js';
import type { HubFrames } from './hub.frames.js';
import { CallerGroups, HubGroups } from './hub.groups.js';
import type { HubSource } from './hub.source.js';
import type { PlacedMessage } from './kept-message.js';
import type { UploadingCall, Uploads } from './uploads.js';

/** Is told why. */
type Cancel = (reason: Error) => void;

const NOTHING: readonly Cancel[] = [];
const CANCELLED: readonly Cancel[] = [];

/** A connection that speaks a hub protocol; the member that delivery knows. */
export class HubConnection implements HubPeer {
  readonly encoding: HubProtocol;
  /**
   * The connection's own. In the memory of a server the peers of a broadcast are cold: each object on the way to their bytes is a wait of about 100 ns.
   * Without the connection and the socket of `ws` on it, a delivery to one of 2,000 takes 1.0 µs of JavaScript and not 1.25.
   */
  private readonly output: Output;
  readonly id: string;
  /** What hub methods see of it. */
  readonly context: HubCallerContext;
  private lastNames: ReadonlySet<Name> | undefined;
  /** By id, with what is to happen when they are cancelled. */
  private calls: Map<string, readonly Cancel[]> | undefined;
  /** How many streams to the client run, or may still come to. */
  downloads = 0;
  /** The streams of the client, where there ever was one. */
  uploads: Uploads | undefined;
  /** Told when an answer is waited for: it must not be left unread. */
  reader: { relieve(): void } | undefined;
  /** Told of what the client says, where somebody wants to know. */
  frames: HubFrames | undefined;
  private results: ClientResults | undefined;
  private groupReadings: GroupReadings | undefined;
  private callerGroups: CallerGroups | undefined;
  private callerClients: HubCallerClients | undefined;

  /**
   * @param encoding - the protocol that the handshake agreed on.
   * @param source - of this hub; other hubs are found by it, for `clients.of(…)`.
   * @param clientResultTimeout - how long an answer of the client is waited for, where nobody says otherwise.
   */
  constructor(
    readonly hub: HubCore,
    readonly connection: Connection,
    encoding: HubProtocol,
    readonly userIdentifier: string | undefined,
    private readonly source: HubSource,
    private readonly clientResultTimeout: number,
  ) {
    this.encoding = encoding;
    this.output = connection.output;
    this.id = connection.id;
    this.context = new HubCallerContext(this);
  }

  /** What one call sees of it: a call that runs keeps its user, whoever refreshes that meanwhile. */
  contextForCall(): HubCallerContext {
    const { identity, options } = this.connection;
    return options.authenticationRefresh ? new HubCallerContext(this, identity) : this.context;
  }

  get connectedAt(): Date {
    return this.connection.connectedAt;
  }

  /** Its groups. Made on first use, as {@link clients}: most connections never ask. */
  get groups(): CallerGroups {
    return (this.callerGroups ??= new CallerGroups(new HubGroups(this.source), this));
  }

  /** How far it is with what its groups are sent; only a hub with a history asks. */
  get readings(): GroupReadings {
    return (this.groupReadings ??= new GroupReadings(this));
  }

  /** The hub's clients as this one sees them. */
  get clients(): HubCallerClients {
    return (this.callerClients ??= new HubCallerClients(this.source, this.id));
  }

  /**
   * Writes a message for this peer alone.
   *
   * @throws what the protocol throws for a value that it cannot encode; nothing was written then.
   */
  write(message: HubMessage): void {
    this.connection.send(this.encoding.write(message));
  }

  get backlog(): number {
    return this.output.backlog;
  }

  deliver(payload: Payload): void {
    this.output.offer(payload);
  }

  hear(message: PlacedMessage): void {
    this.readings.hear(message);
  }

  left(group: string): void {
    this.groupReadings?.leave(group);
  }

  get clock(): Clock {
    return this.connection.clock;
  }

  /** Whether an answer of the client is waited for, or an acknowledgement. */
  get isAsked(): boolean {
    return this.results?.isAwaited === true || this.connection.awaitsAck;
  }

  invoke(message: InvocationMessage, { timeout = this.clientResultTimeout, signal }: CallSettings): Promise<unknown> {
    this.results ??= new ClientResults(this, this.hub.ground.limits.pendingClientResults, () =>
      this.hub.limited('pendingClientResults', this),
    );
    const answer = this.results.invoke(message, { timeout, signal });
    this.reader?.relieve();
    return answer;
  }

  /** The client has answered a call, or sent all of a stream. False where there is none. */
  complete(completion: CompletionMessage): boolean {
    return this.uploads?.complete(completion) === true || this.results?.complete(completion) === true;
  }

  /** @throws SignalRError where so many more streams would be too many. */
  checkStreams(more: number): void {
    const { streamsPerConnection } = this.hub.ground.limits;
    const running = this.downloads + (this.uploads?.size ?? 0);
    if (running + more <= streamsPerConnection) return;
    this.hub.limited('streamsPerConnection', this);
    throw limitErrors.tooManyStreams(streamsPerConnection);
  }

  /**
   * Begins the streams that come with a call.
   *
   * @throws SignalRError where there are too many, or one of that id.
   */
  beginUploads(call: UploadingCall & { invocationId?: string }, streamIds: readonly string[]): void {
    this.checkStreams(streamIds.length);
    this.uploads?.begin(call, streamIds);
    if (call.invocationId !== undefined) this.whenCancelled(call.invocationId, (reason) => this.uploads?.cancel(call, reason));
  }

  /** Takes the id of a call until it is answered. False when it is taken: an answer names its call by nothing else. */
  claim(invocationId: string | undefined): boolean {
    if (invocationId === undefined) return true;
    this.calls ??= new Map();
    if (this.calls.has(invocationId)) return false;
    this.calls.set(invocationId, NOTHING);
    return true;
  }

  /** Has something done when a call is cancelled, or ends with its connection; at once where that has happened. */
  whenCancelled(invocationId: string, cancel: Cancel): void {
    const known = this.calls?.get(invocationId);
    if (known === undefined || known === CANCELLED) cancel(this.whyCancelled());
    else this.calls?.set(invocationId, [...known, cancel]);
  }

  /** Whether a call was cancelled before it began. */
  isCancelled(invocationId: string): boolean {
    return this.calls?.get(invocationId) === CANCELLED;
  }

  /** The client no longer wants the answer of a call. False for one that is over, never was, or is cancelled already. */
  cancel(invocationId: string): boolean {
    const known = this.calls?.get(invocationId);
    if (known === undefined || known === CANCELLED) return false;
    this.calls?.set(invocationId, CANCELLED);
    for (const cancel of known) cancel(this.whyCancelled());
    return true;
  }

  /** Whether it was the client who wanted it so, or the end of the connection. */
  private whyCancelled(): Error {
    const { closeReason: end } = this.connection;
    return end === undefined ? callErrors.canceled() : connectionErrors.ended(end);
  }

  /** Answers a call; its id may be used again. */
  answer(completion: CompletionMessage): void {
    this.write(completion);
    this.calls?.delete(completion.invocationId);
  }

  /** Whether it is in a group, or was when it ended. */
  isIn(group: string): boolean {
    const name = groupName(group);
    return this.lastNames?.has(name) ?? this.hub.delivery.membership.has(this, name);
  }

  /** Becomes known to delivery. */
  enter(): void {
    this.hub.delivery.membership.enter(this);
  }

  /** Is known no longer; the names it had are kept for `onDisconnected`. */
  exit(): void {
    const { membership } = this.hub.delivery;
    this.lastNames = new Set(membership.namesOf(this));
    membership.exit(this);
    this.uploads?.end();
    for (const invocationId of this.calls?.keys() ?? []) this.cancel(invocationId);
    this.results?.end();
  }

  close(reason: CloseReason): void {
    this.connection.close(reason);
  }

  /** Ends the connection on the application's wish. */
  abort(): void {
    this.close(closeReason('aborted'));
  }
}
