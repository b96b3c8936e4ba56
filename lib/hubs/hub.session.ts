import type { Cancel } from '../common/clock.js';
import { closeReason, type CloseReason } from '../common/close-reason.js';
import { asError, connectionErrors, handshakeErrors, protocolErrors, SignalRError } from '../common/errors.js';
import { Lane } from '../common/lane.js';
import type { ConnectionHandler } from '../connections/connection.handler.js';
import type { Connection } from '../connections/connection.js';
import { isIdle, isSilent } from '../connections/heartbeat.js';
import { FrameReader, textFraming } from '../protocol/framing.js';
import { writeHandshakeResponse } from '../protocol/handshake.js';
import { MessageType, type CloseMessage, type HubMessage } from '../protocol/messages.js';
import { closeErrorText, describeFailure } from './call-errors.js';
import type { HubConnection } from './hub.connection.js';
import type { CallMessage, HubDispatcher } from './hub.dispatcher.js';
import { handshakeErrorText, type Handshakes } from './hub.handshake.js';
import type { ResolvedHubOptions } from './hub.options.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import type { Payload } from '../common/payload.js';

/** So many times more calls may wait while the client is asked something. */
const ASKED = 16;

/** What the sessions of one hub share. */
export interface SessionHome {
  readonly options: ResolvedHubOptions;
  readonly handshakes: Handshakes;
  readonly dispatcher: HubDispatcher;
  /** How many bytes of calls may wait for their turn before the connection is not read any more. */
  readonly parkedCalls: number;
  /** How long the end of a connection waits for its calls, in milliseconds. */
  readonly patience: number;
  /** A ping in the bytes of a protocol, made once for all. */
  pingFor(protocol: HubProtocol): Payload;
  /** The member that a connection becomes once its protocol is known. */
  peerOf(connection: Connection, protocol: HubProtocol): HubConnection;
  /** All that comes before the first call, `onConnected` among it; rejects when the connection is refused. */
  welcome(peer: HubConnection): Promise<void>;
  /** Takes note of what failed and is no client's fault. */
  report(doing: string, error: unknown): void;
  /** The end of a connection that was welcomed: its hook has run. */
  ended(peer: HubConnection, reason: CloseReason): void;
}

/** The life of one hub connection, from its handshake to its goodbye. */
export class HubSession implements ConnectionHandler {
  private readonly reader: FrameReader;
  private readonly lane: Lane<CallMessage>;
  private readonly openedAt: number;
  private peer: HubConnection | undefined;
  /** Settles with whether the connection was welcomed. */
  private welcomed: Promise<boolean> | undefined;
  /** Set when nothing is read any more, and calls that came before are still done: the client goes, or has sent what cannot be read. */
  private leaving: CloseReason | undefined;
  private over: Promise<void> | undefined;
  private hasPinged = false;
  private isPaused = false;

  constructor(
    private readonly home: SessionHome,
    private readonly connection: Connection,
  ) {
    const { maximumReceiveMessageSize, maximumParallelInvocationsPerClient } = home.options;
    this.reader = new FrameReader(textFraming, maximumReceiveMessageSize);
    this.lane = new Lane(maximumParallelInvocationsPerClient, (message) => this.call(message));
    this.openedAt = connection.clock.now();
  }

  /** After a goodbye, or what cannot be read, nothing more is: the calls that came before may still take their time. */
  receive(bytes: Buffer): void {
    if (this.leaving !== undefined) return;
    try {
      this.reader.push(bytes, this.received);
    } catch (error) {
      this.broken(error);
    }
  }

  transportClosed(reason: CloseReason): void {
    const isCut = this.peer !== undefined && this.leaving === undefined && this.reader.isPartial;
    if (isCut) this.connection.close({ ...reason, code: 'failed', error: reason.error ?? protocolErrors.partialMessage() });
    else this.connection.close(this.leaving ?? reason);
  }

  tick(now: number): void {
    if (this.peer !== undefined) return this.keepAlive(this.peer, now);
    if (now - this.openedAt >= this.home.options.handshakeTimeout) this.refuse(handshakeErrors.canceled());
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
    if (!reason.finishCalls) this.lane.clear();
    if (this.peer === undefined) return;
    this.attempt('leaving the hub', () => this.peer?.exit());
    // onConnected may itself have ended the connection, before its promise was kept.
    await Promise.resolve();
    if (!(await this.welcomed)) return;
    await this.callsDone();
    await this.home.dispatcher.disconnected(this.peer, reason.error);
    this.home.ended(this.peer, reason);
  }

  private readonly received = (bytes: Buffer, start: number, end: number): void => {
    if (this.connection.closeReason !== undefined || this.leaving !== undefined) return;
    if (this.peer === undefined) return this.shakeHands(bytes, start, end);
    const message = this.peer.encoding.parse(bytes, start, end);
    if (message !== undefined) this.dispatch(message, end - start);
  };

  private shakeHands(bytes: Buffer, start: number, end: number): void {
    const protocol = this.home.handshakes.agree(bytes, start, end);
    this.checkFormat(protocol);
    const peer = this.home.peerOf(this.connection, protocol);
    this.reader.framing = protocol.framing;
    this.connection.transport.setFormat(protocol.transferFormat);
    this.connection.send(writeHandshakeResponse());
    this.peer = peer;
    peer.reader = this;
    this.welcomed = this.welcome(peer);
  }

  private checkFormat({ name, transferFormat }: HubProtocol): void {
    if (transferFormat === 'binary' && this.connection.transport.isTextOnly === true) throw handshakeErrors.binaryOnText(name);
  }

  /** Calls that arrive meanwhile wait in the lane. */
  private async welcome(peer: HubConnection): Promise<boolean> {
    try {
      await this.home.welcome(peer);
    } catch (error) {
      if (!describeFailure('onConnected', error, false).isExpected) this.home.report('running onConnected', error);
      peer.close(closeReason('connect-failed', { error: asError(error) }));
      return false;
    }
    this.lane.open();
    return true;
  }

  /** Acks and sequences that nobody asked for are skipped. */
  private dispatch(message: HubMessage, size: number): void {
    switch (message.type) {
      case MessageType.Invocation:
      case MessageType.StreamInvocation:
        return this.park(message, size);
      case MessageType.Ping:
        this.hasPinged = true;
        return;
      case MessageType.Completion:
        return this.peer?.complete(message);
      case MessageType.CancelInvocation:
        return this.peer?.cancel(message.invocationId);
      case MessageType.Close:
        return this.leave(message);
      default:
    }
  }

  /** A client that calls faster than its calls are done is held back by its own network. */
  private park(message: CallMessage, size: number): void {
    const peer = this.peer as HubConnection;
    if (!peer.claim(message.invocationId)) return this.home.dispatcher.refuse(peer, message);
    this.lane.push(message, size);
    const most = peer.isAsked ? ASKED * this.home.parkedCalls : this.home.parkedCalls;
    if (this.isPaused || this.lane.waitingSize <= most) return;
    this.isPaused = true;
    this.connection.pause();
  }

  /** The call that runs may wait for an answer that stands behind other calls: these are read, up to a bound. */
  relieve(): void {
    if (!this.isPaused || this.lane.waitingSize > ASKED * this.home.parkedCalls) return;
    this.isPaused = false;
    this.connection.resume();
  }

  private call(message: CallMessage): void | Promise<void> {
    if (this.isPaused && this.lane.waitingSize <= this.home.parkedCalls / 2) {
      this.isPaused = false;
      this.connection.resume();
    }
    return this.home.dispatcher.call(this.peer as HubConnection, message);
  }

  private keepAlive(peer: HubConnection, now: number): void {
    const { connection } = this;
    if (connection.transport.hasInherentKeepAlive === true) return;
    const { keepAliveInterval, clientTimeoutInterval } = this.home.options;
    if (this.isPaused) connection.lastReceived = now;
    if (this.hasPinged && isSilent(connection, now, clientTimeoutInterval)) this.fail(connectionErrors.clientTimeout());
    else if (isIdle(connection, now, keepAliveInterval))
      this.attempt('sending a ping', () => peer.deliver(this.home.pingFor(peer.encoding)));
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
    const reason = closeReason('client-closed', error ? { error: connectionErrors.closedByClient(error) } : undefined);
    this.closeAfterCalls(reason);
  }

  private closeAfterCalls(reason: CloseReason): void {
    this.leaving = reason;
    void this.callsDone().then(() => this.connection.close(reason));
  }

  /** Waits for the calls that have come, but not for ever; once, whoever asks: nothing comes after that. */
  private callsDone(): Promise<void> {
    return (this.over ??= this.waitForCalls());
  }

  private async waitForCalls(): Promise<void> {
    if (this.lane.isIdle) return;
    let cancel: Cancel | undefined;
    const patience = new Promise<void>((resolve) => (cancel = this.connection.clock.after(this.home.patience, resolve)));
    await Promise.race([this.lane.idle(), patience]);
    cancel?.();
    // What has not begun by now never does: its connection is about to be gone.
    this.lane.clear();
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

  private fail(error: Error): void {
    this.connection.close(closeReason('failed', { error }));
  }
}
