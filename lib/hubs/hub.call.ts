import type { Cancel } from '../common/clock.js';
import { whenAborted } from '../common/when-aborted.js';
import type { HubCallerContext } from './hub.caller-context.js';
import type { HubCallerClients } from './hub.clients.js';
import type { HubConnection } from './hub.connection.js';
import type { Upload } from './upload.js';

const NONE: readonly Upload[] = [];

/** One call of a client on its way to the method. */
export class HubCall {
  /** Kept here by whoever compiled the handler, for the length of the call. */
  context: unknown = undefined;
  /** What the client gave, in its order. */
  readonly arguments: readonly unknown[];
  /** The streams that come with it, in the client's order. */
  uploads: readonly Upload[] = NONE;
  /** Whether it may be given up for taking too long. */
  hasDeadline = false;
  private aborter: AbortController | undefined;
  private stopFollowing: Cancel | undefined;
  private callerOfCall: HubCallerContext | undefined;

  /**
   * @param target - the method's name as the client wrote it.
   * @param invocationId - by which the client may cancel it.
   * @param wantsStream - whether the client wants a stream of items.
   */
  constructor(
    readonly connection: HubConnection,
    readonly target: string,
    given: readonly unknown[],
    private readonly invocationId?: string,
    readonly wantsStream = false,
  ) {
    this.arguments = given;
  }

  /** Aborted when the client cancels the call, when it takes too long, and when the connection ends. Made on first use: an AbortController is dear. */
  get signal(): AbortSignal {
    if (this.invocationId === undefined) return this.signalWithoutId();
    if (this.aborter === undefined) this.connection.whenCancelled(this.invocationId, (reason) => this.abort(reason));
    return (this.aborter ??= new AbortController()).signal;
  }

  /** Aborts its signal. */
  abort(reason: Error): void {
    (this.aborter ??= new AbortController()).abort(reason);
  }

  /** It has taken too long: its signal is aborted, and its uploads end for the same reason, for what reads them may still run. */
  giveUp(reason: Error): void {
    this.abort(reason);
    this.settled();
    for (const upload of this.uploads) upload.cut(reason);
  }

  /** Nothing more is wanted of the method: its signal follows that of the connection no longer. */
  settled(): void {
    this.stopFollowing?.();
  }

  /** A call that nobody can cancel lives as long as its connection, or its time. */
  private signalWithoutId(): AbortSignal {
    const { signal } = this.connection.context;
    if (!this.hasDeadline) return signal;
    if (this.aborter === undefined) this.follow(signal, (this.aborter = new AbortController()));
    return this.aborter.signal;
  }

  /** AbortSignal.any would leave something with the connection's signal for each call there ever was. */
  private follow(signal: AbortSignal, aborter: AbortController): void {
    if (signal.aborted) aborter.abort(signal.reason);
    else this.stopFollowing = whenAborted(signal, () => aborter.abort(signal.reason));
  }

  /** When the next item of a stream may be sent. */
  room(): Promise<void> | undefined {
    return this.connection.connection.room();
  }

  /** Takes note of what failed and is no client's fault. */
  report(doing: string, error: unknown): void {
    this.connection.hub.report(doing, error);
  }

  /** Who calls. */
  get caller(): HubCallerContext {
    return (this.callerOfCall ??= this.connection.contextForCall());
  }

  /** The connection as all of its calls see it. */
  get owner(): HubCallerContext {
    return this.connection.context;
  }

  /** Whose request opened the connection. */
  get opener(): HubCallerContext {
    return this.caller;
  }

  /** What guards see of it. */
  get data(): readonly unknown[] {
    return this.arguments;
  }

  /** The hub's clients as the caller sees them. */
  get clients(): HubCallerClients {
    return this.connection.clients;
  }
}
