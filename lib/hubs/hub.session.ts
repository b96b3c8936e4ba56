import { closeReason, failedBy, type CloseReason } from '../common/close-reason.js';
import { asError, connectionErrors, handshakeErrors, protocolErrors, SignalRError } from '../common/errors.js';
import type { Work } from '../common/lane.js';
import type { ConnectionHandler } from '../connections/connection.handler.js';
import type { Connection } from '../connections/connection.js';
import { isIdle, isSilent } from '../connections/heartbeat.js';
import { writeHandshakeResponse } from '../protocol/handshake.js';
import { MessageType, type CloseMessage, type HubMessage } from '../protocol/messages.js';
import { closeErrorText, describeFailure } from './call-errors.js';
import { CallPace } from './call-pace.js';
import { CallQueue, type CallBounds } from './call-queue.js';
import type { HubConnection } from './hub.connection.js';
import type { CallMessage, HubDispatcher } from './hub.dispatcher.js';
import { handshakeErrorText, NEWEST_VERSION, type Agreement, type Handshakes } from './hub.handshake.js';
import { Intake } from './intake.js';
import { Numbering } from './hub.numbering.js';
import type { ResolvedHubOptions } from './hub.options.js';
import { ReadBrake } from './read-brake.js';
import { UploadBacklog } from './upload-backlog.js';
import { Uploads } from './uploads.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import type { Payload } from '../common/payload.js';

/** What the sessions of one hub share. */
export interface SessionHome {
  readonly options: ResolvedHubOptions;
  readonly handshakes: Handshakes;
  readonly dispatcher: HubDispatcher;
  readonly callBounds: CallBounds;
  /** A ping in the bytes of a protocol, made once for all. */
  pingFor(protocol: HubProtocol): Payload;
  /** The member that a connection becomes once its protocol is known. */
  peerOf(connection: Connection, protocol: HubProtocol): HubConnection;
  /** All that comes before the first call, `onConnected` among it; rejects when the connection is refused. */
  welcome(peer: HubConnection): Promise<void>;
  /** Takes note of what failed and is no client's fault. */
  report(doing: string, error: unknown): void;
  /** Tells that a client was cut off, or has come back. */
  tell(event: 'interrupted' | 'resumed', connectionId: string): void;
  /** The end of a connection that was welcomed: its hook has run. */
  ended(peer: HubConnection, reason: CloseReason): void;
  /** The same for one that never was: it has ended before its handshake was done, or was refused. */
  neverCame(connectionId: string, reason: CloseReason): void;
}

/** The life of one hub connection, from its handshake to its goodbye. */
export class HubSession implements ConnectionHandler {
  private readonly intake: Intake;
  private readonly brake: ReadBrake;
  private readonly calls: CallQueue;
  private backlog: UploadBacklog | undefined;
  private readonly openedAt: number;
  private readonly pace: CallPace | undefined;
  private peer: HubConnection | undefined;
  /** Where the client may come back after a break. */
  private numbering: Numbering | undefined;
  /** Settles with whether the connection was welcomed. */
  private welcomed: Promise<boolean> | undefined;
  /** Set when nothing is read any more, and calls that came before are still done: the client goes, or has sent what cannot be read. */
  private leaving: CloseReason | undefined;
  private hasPinged = false;
  private isRenewalWaiting = false;

  constructor(
    private readonly home: SessionHome,
    private readonly connection: Connection,
  ) {
    const { maximumReceiveMessageSize } = home.options;
    this.intake = new Intake(connection, maximumReceiveMessageSize, this.received, (error) => this.broken(error));
    this.brake = new ReadBrake(this.intake, () => this.peer?.isAsked === true);
    const call: Work<CallMessage> = (message) => home.dispatcher.call(this.peer as HubConnection, message);
    this.calls = new CallQueue(home.callBounds, connection.clock, this.brake, call);
    this.openedAt = connection.clock.now();
    this.pace = CallPace.of(connection, home.callBounds.perSecond, home.dispatcher);
  }

  /** After a goodbye, or what cannot be read, nothing more is: the calls that came before may still take their time. */
  receive(bytes: Buffer): void {
    if (this.leaving === undefined) this.intake.push(bytes);
  }

  /** What the client called before it went is still done. */
  transportClosed(reason: CloseReason): void {
    if (reason.finishCalls && this.leaving === undefined) this.intake.finish();
    const isCut = this.peer !== undefined && this.leaving === undefined && this.intake.reader.isPartial;
    if (isCut) this.connection.close(failedBy(reason, reason.error ?? protocolErrors.partialMessage()));
    else this.connection.close(this.leaving ?? reason);
  }

  interrupted(): void {
    this.home.tell('interrupted', this.connection.id);
  }

  /** What had begun to come is sent again from its beginning. */
  resumed(): void {
    this.intake.reader.reset();
    if (this.peer !== undefined) this.connection.transport.setFormat(this.peer.encoding.transferFormat);
    this.numbering?.resumed();
    this.home.tell('resumed', this.connection.id);
  }

  tick(now: number): void {
    if (this.peer !== undefined) return this.beat(this.peer, now);
    if (now - this.openedAt >= this.home.options.handshakeTimeout) this.refuse(handshakeErrors.canceled());
  }

  /** The hook has its turn among the calls; several refreshes may share one. */
  renewed(): void {
    const { peer } = this;
    if (peer === undefined || this.leaving !== undefined || this.isRenewalWaiting) return;
    this.isRenewalWaiting = true;
    this.calls.insert(() => {
      this.isRenewalWaiting = false;
      return this.home.dispatcher.renewed(peer);
    });
  }

  finish(): Promise<void> | undefined {
    return this.calls.finish();
  }

  farewell(reason: CloseReason): string | Uint8Array | undefined {
    const { code, error, textForPeer, allowReconnect } = reason;
    const isFault = error !== undefined && code !== 'client-closed';
    return this.attempt('saying goodbye', () => {
      const text = isFault ? closeErrorText(error, this.home.options.enableDetailedErrors) : textForPeer;
      return this.peer?.encoding.write({ type: MessageType.Close, error: text, allowReconnect });
    });
  }

  async closed(reason: CloseReason): Promise<void> {
    if (!reason.finishCalls) this.calls.clear();
    if (this.peer === undefined) return this.home.neverCame(this.connection.id, reason);
    this.attempt('leaving the hub', () => this.peer?.exit());
    // onConnected may itself have ended the connection, before its promise was kept.
    await Promise.resolve();
    if (!(await this.welcomed)) return this.home.neverCame(this.connection.id, reason);
    await this.calls.done();
    await this.home.dispatcher.disconnected(this.peer, reason.error);
    this.home.ended(this.peer, reason);
  }

  private readonly received = (bytes: Buffer, start: number, end: number): void => {
    if (this.connection.closeReason !== undefined || this.leaving !== undefined) return;
    if (this.peer === undefined) return this.shakeHands(bytes, start, end);
    const message = this.peer.encoding.parse(bytes, start, end);
    if (message === undefined) return;
    this.peer.frames?.heard(message, end - start);
    if (this.numbering?.admits(message) !== false) this.dispatch(this.peer, message, end - start);
  };

  private shakeHands(bytes: Buffer, start: number, end: number): void {
    const agreed = this.home.handshakes.agree(bytes, start, end);
    const { protocol } = agreed;
    this.checkFormat(protocol);
    const peer = this.home.peerOf(this.connection, protocol);
    this.intake.reader.framing = protocol.framing;
    this.connection.transport.setFormat(protocol.transferFormat);
    this.connection.send(writeHandshakeResponse());
    this.beginNumbering(agreed);
    this.peer = peer;
    peer.reader = this;
    this.welcomed = this.welcome(peer);
  }

  private checkFormat({ name, transferFormat }: HubProtocol): void {
    if (transferFormat === 'binary' && this.connection.transport.isTextOnly === true) throw handshakeErrors.binaryOnText(name);
  }

  /** A client that says an older version has thought better of it. */
  private beginNumbering({ protocol, version }: Agreement): void {
    const { statefulReconnect } = this.home.options;
    if (statefulReconnect === false || !this.connection.mayResume || version < NEWEST_VERSION) return;
    this.numbering = new Numbering(this.connection, protocol, statefulReconnect);
  }

  /** Calls that arrive meanwhile wait in the lane. */
  private async welcome(peer: HubConnection): Promise<boolean> {
    try {
      await this.home.welcome(peer);
    } catch (error) {
      if (!describeFailure('onConnected', error, false, peer.id).isExpected) this.home.report('running onConnected', error);
      peer.close(closeReason('connect-failed', { error: asError(error) }));
      return false;
    }
    this.calls.open();
    return true;
  }

  /** Acks and sequences that nobody asked for are skipped. */
  private dispatch(peer: HubConnection, message: HubMessage, size: number): void {
    switch (message.type) {
      case MessageType.Invocation:
      case MessageType.StreamInvocation:
        return this.park(message, size);
      case MessageType.StreamItem:
        return peer.uploads?.receive(message, size);
      case MessageType.Ping:
        this.hasPinged = true;
        return this.pace?.bear(peer);
      case MessageType.Completion:
        return peer.complete(message) ? undefined : this.pace?.bear(peer);
      case MessageType.CancelInvocation:
        return peer.cancel(message.invocationId) ? undefined : this.pace?.bear(peer);
      case MessageType.Close:
        return this.leave(message);
      default:
        return this.pace?.bear(peer);
    }
  }

  private park(message: CallMessage, size: number): void {
    if (this.calls.isFinishing) return;
    const peer = this.peer as HubConnection;
    if (this.pace?.admits(peer, message) === false) return;
    if (!peer.claim(message.invocationId)) return this.home.dispatcher.refuse(peer, message);
    if (!message.streamIds?.length || this.beginUploads(peer, message, message.streamIds)) this.calls.push(message, size);
  }

  /** From now on: the items may come before the call's turn. */
  private beginUploads(peer: HubConnection, message: CallMessage, streamIds: readonly string[]): boolean {
    try {
      peer.uploads ??= this.makeUploads(peer);
      peer.beginUploads(message, streamIds);
      return true;
    } catch (error) {
      this.home.dispatcher.fail(peer, message, error);
      return false;
    }
  }

  private makeUploads(peer: HubConnection): Uploads {
    const { streamBufferCapacity, uploadBacklog, uploadItemTimeout } = this.home.options;
    this.backlog = new UploadBacklog(peer, streamBufferCapacity, uploadBacklog, this.brake, (error) => this.unread(error));
    return new Uploads(this.backlog, uploadItemTimeout);
  }

  /** That the client gives up, or fails, is no news for the log. */
  private unread(error: unknown): void {
    if (!describeFailure('', error, false).isExpected) this.home.report('reading an upload', error);
  }

  /** What is waited for, an answer or an acknowledgement, may stand behind what the client has sent before. */
  relieve(): void {
    this.calls.relieve();
    this.backlog?.relieve();
  }

  private beat(peer: HubConnection, now: number): void {
    peer.uploads?.tick(now);
    this.numbering?.tick();
    if (!this.connection.isAway) this.keepAlive(peer, now);
  }

  private keepAlive(peer: HubConnection, now: number): void {
    const { connection } = this;
    if (connection.transport.hasInherentKeepAlive === true) return;
    const { keepAliveInterval, clientTimeoutInterval } = this.home.options;
    if (this.hasPinged && isSilent(connection, now, clientTimeoutInterval))
      this.connection.close(closeReason('failed', { error: connectionErrors.clientTimeout(clientTimeoutInterval) }));
    else if (isIdle(connection, now, keepAliveInterval))
      this.attempt('sending a ping', () => connection.sendOnce(this.home.pingFor(peer.encoding)));
  }

  /** Protocols and backplanes may be the application's own: what they throw must not stop the end of a connection, or the tick of all others. */
  private attempt<T>(doing: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.home.report(doing, error);
      return undefined;
    }
  }

  /** What the client called before it said goodbye is still done and answered. */
  private leave({ error }: CloseMessage): void {
    this.closeAfterCalls(closeReason('client-closed', error ? { error: connectionErrors.closedByClient(error) } : undefined));
  }

  private closeAfterCalls(reason: CloseReason): void {
    this.leaving = reason;
    this.numbering?.stop();
    this.peer?.uploads?.end();
    void this.calls.done().then(() => this.connection.close(reason));
  }

  private broken(error: unknown): void {
    if (!(error instanceof SignalRError)) this.home.report('reading a message', error);
    if (this.peer === undefined) this.refuse(error);
    else if (error instanceof SignalRError) this.closeAfterCalls(closeReason('failed', { error, finishCalls: true }));
    else this.connection.close(closeReason('internal-error', { error: asError(error) }));
  }

  private refuse(error: unknown): void {
    this.connection.send(writeHandshakeResponse(handshakeErrorText(error, this.home.options.enableDetailedErrors)));
    this.connection.close(closeReason('handshake-failed', { error: asError(error) }));
  }
}
