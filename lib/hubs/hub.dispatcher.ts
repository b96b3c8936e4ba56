import { callErrors, type SignalRError } from '../common/errors.js';
import { isThenable } from '../common/thenable.js';
import { MessageType, type InvocationMessage, type StreamInvocationMessage } from '../protocol/messages.js';
import { describeFailure } from './call-errors.js';
import { Deadlines } from './deadlines.js';
import { HubCall } from './hub.call.js';
import type { HubConnection } from './hub.connection.js';
import type { HubCore } from './hub.core.js';
import type { HubDescriptor, HubMethodDescriptor } from './hub.descriptor.js';
import { Download } from './download.js';
import { abandon, isListed, isStream, letGo } from './streams.js';

/** A message that calls a hub method. */
export type CallMessage = InvocationMessage | StreamInvocationMessage;

/** Carries out the calls of a hub's clients: exactly one completion for each call that waits for one, none for the others. */
export class HubDispatcher {
  private readonly deadlines: Deadlines | undefined;
  /** When calls began, where somebody wants to know. */
  private readonly began = new WeakMap<CallMessage, number>();

  /** @param handlerTimeout - how long a call may take, in milliseconds; 0 is for ever. */
  constructor(
    private readonly hub: HubCore,
    private readonly descriptor: HubDescriptor,
    private readonly detailedErrors: boolean,
    handlerTimeout: number,
  ) {
    if (handlerTimeout > 0) this.deadlines = new Deadlines(hub.ground.clock, handlerTimeout);
  }

  /** Carries out one call, whatever becomes of it: it never throws and never rejects. */
  call(connection: HubConnection, message: CallMessage): void | Promise<void> {
    try {
      const method = this.methodFor(message);
      if (message.type === MessageType.StreamInvocation && !this.mayStream(connection, message)) return;
      return this.run(connection, message, method);
    } catch (error) {
      this.fail(connection, message, error);
    }
  }

  /** Runs the hook of a connection that begins; what it throws refuses the connection. */
  async connected(connection: HubConnection): Promise<void> {
    await this.descriptor.onConnected?.(new HubCall(connection, 'onConnected', [connection.context]));
  }

  /** Runs the hook of a connection whose user has authenticated anew; what it throws is reported. */
  async renewed(connection: HubConnection): Promise<void> {
    try {
      await this.descriptor.onAuthenticationRefreshed?.(new HubCall(connection, 'onAuthenticationRefreshed', [connection.context]));
    } catch (failure) {
      this.hub.report('running onAuthenticationRefreshed', failure);
    }
  }

  /** Runs the hook of a connection that has ended; what it throws is reported. */
  async disconnected(connection: HubConnection, error: Error | undefined): Promise<void> {
    try {
      await this.descriptor.onDisconnected?.(new HubCall(connection, 'onDisconnected', [connection.context, error]));
    } catch (failure) {
      this.hub.report('running onDisconnected', failure);
    }
  }

  /** The method that a target stands for, as the application has it. */
  nameOf(target: string): string | undefined {
    return this.find(target)?.name;
  }

  private methodFor({ target, arguments: { length }, streamIds }: CallMessage): HubMethodDescriptor {
    const method = this.find(target);
    if (method === undefined) throw callErrors.unknownMethod();
    const sent = streamIds === undefined ? 0 : streamIds.length;
    if (length < method.requiredArguments || length > method.maximumArguments)
      throw callErrors.argumentCount(length, expectation(method), { sent, expected: method.uploads });
    if (sent !== method.uploads) throw callErrors.streamCount(sent, method.uploads);
    return method;
  }

  private find(target: string): HubMethodDescriptor | undefined {
    const { methods } = this.descriptor;
    return methods.get(target) ?? methods.get(target.toLowerCase());
  }

  private run(connection: HubConnection, message: CallMessage, { handler }: HubMethodDescriptor): void | Promise<void> {
    const { events, clock } = this.hub.ground;
    if (events.has('invoked')) this.began.set(message, clock.now());
    const call = this.callOf(connection, message);
    try {
      const result = handler(call);
      if (isThenable(result)) return this.settle(connection, message, this.deadlines?.watch(call, result) ?? result);
      call.settled();
      this.succeed(connection, message, result);
    } catch (error) {
      call.settled();
      this.failed(connection, message, error);
    }
  }

  private callOf(connection: HubConnection, message: CallMessage): HubCall {
    const { type, target, invocationId, streamIds } = message;
    const call = new HubCall(connection, target, message.arguments, invocationId, type === MessageType.StreamInvocation);
    if (streamIds !== undefined) call.uploads = connection.uploads?.of(message) ?? call.uploads;
    if (this.deadlines !== undefined) call.hasDeadline = true;
    return call;
  }

  private async settle(connection: HubConnection, message: CallMessage, result: PromiseLike<unknown>): Promise<void> {
    try {
      this.succeed(connection, message, await result);
    } catch (error) {
      this.failed(connection, message, error);
    }
  }

  /** The place of the stream that does not begin is free again. */
  private failed(connection: HubConnection, message: CallMessage, error: unknown): void {
    if (message.type === MessageType.StreamInvocation) connection.downloads--;
    this.fail(connection, message, error);
  }

  /** Refuses a call before its turn: by default for its id, which is that of another one. That one goes on. */
  refuse(connection: HubConnection, message: CallMessage, error: SignalRError = callErrors.idInUse(`${message.invocationId}`)): void {
    const { invocationId, target } = message;
    const { text } = describeFailure(target, error, this.detailedErrors);
    if (invocationId !== undefined) connection.write({ type: MessageType.Completion, invocationId, error: text });
    this.tell(connection, message, error);
  }

  private succeed(connection: HubConnection, message: CallMessage, result: unknown): void {
    if (message.type === MessageType.StreamInvocation) return this.stream(connection, message, result);
    const { invocationId, target } = message;
    if (isStream(result)) {
      void letGo(
        () => abandon(result),
        (error) => this.hub.report(`leaving the stream of '${target}'`, error),
      );
      throw callErrors.streamInvoked(target);
    }
    if (invocationId !== undefined) connection.answer({ type: MessageType.Completion, invocationId, result: result ?? null });
    this.over(connection, message, undefined);
  }

  /**
   * Whether there is room for one more stream, and the client wants it still. Then it has a place, from before its method runs until its source
   * is let go of.
   */
  private mayStream(connection: HubConnection, message: StreamInvocationMessage): boolean {
    connection.checkStreams(1);
    const { invocationId } = message;
    if (!connection.isCancelled(invocationId)) {
      connection.downloads++;
      return true;
    }
    connection.answer({ type: MessageType.Completion, invocationId });
    this.over(connection, message, undefined);
    return false;
  }

  /** From here on the call holds no place among those that run: the next one begins. */
  private stream(connection: HubConnection, message: StreamInvocationMessage, result: unknown): void {
    const { invocationId, target } = message;
    if (!isStream(result) && !isListed(result)) throw callErrors.valueStreamed(target);
    const download = new Download(connection, invocationId, target, {
      detailedErrors: this.detailedErrors,
      report: (doing, error) => this.hub.report(doing, error),
      ended: (error) => this.over(connection, message, error),
      left: () => void connection.downloads--,
    });
    connection.whenCancelled(invocationId, () => download.cancel());
    download.start(result);
  }

  /** Answers a call with what it failed for. */
  fail(connection: HubConnection, message: CallMessage, error: unknown): void {
    const { invocationId, target } = message;
    const { text, isExpected } = describeFailure(target, error, this.detailedErrors, connection.id);
    if (invocationId !== undefined) connection.answer({ type: MessageType.Completion, invocationId, error: text });
    if (!isExpected) this.hub.report(`invoking '${target}'`, error);
    this.over(connection, message, error);
  }

  /** A call has got its answer, and its stream has ended. Nothing may fail from here on: it would be answered once more. */
  private over(connection: HubConnection, message: CallMessage, error: unknown): void {
    try {
      if (message.streamIds !== undefined) connection.uploads?.finish(message);
    } catch (failure) {
      this.hub.report(`ending the uploads of '${message.target}'`, failure);
    }
    this.tell(connection, message, error);
  }

  private tell({ id: connectionId }: HubConnection, message: CallMessage, error: unknown): void {
    const { events, clock } = this.hub.ground;
    if (!events.has('invoked')) return;
    const began = this.began.get(message);
    const duration = began === undefined ? undefined : clock.now() - began;
    events.emit('invoked', { endpoint: this.hub.name, connectionId, method: this.nameOf(message.target), duration, error });
  }
}

function expectation({ requiredArguments, maximumArguments }: HubMethodDescriptor): string {
  if (maximumArguments === requiredArguments) return String(requiredArguments);
  return maximumArguments === Infinity ? `at least ${requiredArguments}` : `${requiredArguments} to ${maximumArguments}`;
}
