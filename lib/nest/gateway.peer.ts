import { AsyncLocalStorage } from 'node:async_hooks';
import type { Observable } from 'rxjs';

/** Some clients of a gateway, ready to be sent an event. */
export interface GatewayTarget {
  /** Sends an event: SignalR clients get it as a call of their method of that name, those of channels as an event in a topic. */
  emit(event: string, ...args: unknown[]): boolean;
}

/** The handler of one message as Nest hands it to an adapter: bound to its gateway and its client. */
export interface MessageHandler {
  readonly message: unknown;
  readonly callback: (data: unknown, ack?: (answer: unknown) => void) => unknown;
  readonly isAckHandledManually?: boolean;
}

/** Makes an Observable of whatever a handler returned. */
export type Transform = (result: never) => Observable<unknown>;

/** What an endpoint does for its clients. */
export interface GatewayEndpointOf {
  /** Gives a client the handlers of a gateway. */
  bind(client: GatewayPeer, handlers: readonly MessageHandler[], transform: Transform): void;
  /** Takes note of a hook of a gateway that has failed. */
  report(doing: string, error: unknown): void;
}

/** A call that is being carried out, and what went wrong in it. */
interface RunningCall {
  readonly client: GatewayPeer;
  readonly target: string;
  /** Where it was said, where there are several such places for a client. */
  readonly place: unknown;
  error: Error | undefined;
}

const running = new AsyncLocalStorage<RunningCall>();

/** The event by which Nest's own filter for gateways tells a client what went wrong. */
const EXCEPTION = 'exception';

/** The text that Nest's filter has for errors that are nobody's business. */
const UNKNOWN = 'Internal server error';

/** A client of plain gateways, whatever it speaks; what `@ConnectedSocket()` and `handleConnection(client)` get. */
export abstract class GatewayPeer implements GatewayTarget {
  /** The application's own data about this client. */
  readonly data: Record<string, unknown> = {};
  /** Called once when the client is gone. */
  readonly goodbyes: ((reason?: string) => void)[] = [];
  private readonly calls = new Set<RunningCall>();

  constructor(
    /** Who binds its handlers. */
    readonly endpoint: GatewayEndpointOf,
  ) {}

  /** Public: other clients may know it. */
  abstract get id(): string;

  /** Every other client of the gateway. */
  abstract get broadcast(): GatewayTarget;

  /** The members of a room, save this client. */
  abstract to(room: string): GatewayTarget;

  abstract join(room: string): Promise<void>;

  abstract leave(room: string): Promise<void>;

  abstract disconnect(): void;

  /** Whether the call that is being carried out has told its client of an error. */
  get hasFailed(): boolean {
    return running.getStore()?.error !== undefined;
  }

  /**
   * Sends an event to this client. Nest's filters report errors by an event of their own; here such an error is the answer of the call that
   * failed, for a client waits for one.
   */
  emit(event: string, ...args: unknown[]): boolean {
    const call = event === EXCEPTION ? this.failingCall(args[0]) : undefined;
    if (call === undefined) return this.send(event, args);
    call.error = this.errorFor(sentenceOf(args[0]), call.target);
    return true;
  }

  /**
   * Runs the handler of a message.
   *
   * @param place - see {@link place}.
   * @throws for what the handler's filters told the client.
   */
  async run(target: string, handler: () => Promise<unknown>, place?: unknown): Promise<unknown> {
    const call: RunningCall = { client: this, target, place, error: undefined };
    this.calls.add(call);
    const result = await running.run(call, handler).finally(() => this.calls.delete(call));
    if (call.error !== undefined) throw call.error;
    return result;
  }

  /** Of the call of this client that is being carried out; undefined outside of one. */
  protected get place(): unknown {
    const call = running.getStore();
    return call?.client === this ? call.place : undefined;
  }

  /** Sends what is no error of a call. */
  protected abstract send(event: string, args: readonly unknown[]): boolean;

  /**
   * How a call fails.
   *
   * @param sentence - for the client; undefined for what is none of its business, which the log knows by then.
   */
  protected abstract errorFor(sentence: string | undefined, target: string): Error;

  /**
   * An Observable may fail in the course of somebody else's doing. Nest's filter says which message it was; if only one call of that is under
   * way, it is that one's. Anything else is an event of the application's own.
   */
  private failingCall(told: unknown): RunningCall | undefined {
    const call = running.getStore();
    if (call?.client === this) return this.calls.has(call) ? call : undefined;
    const { pattern } = ((told ?? {}) as { cause?: { pattern?: unknown } }).cause ?? {};
    const candidates = [...this.calls].filter(({ target }) => target === pattern);
    return candidates.length === 1 ? candidates[0] : undefined;
  }
}

function sentenceOf(told: unknown): string | undefined {
  const { message } = (told ?? {}) as { message?: unknown };
  return typeof message === 'string' && message !== UNKNOWN ? message : undefined;
}
