import { AsyncLocalStorage } from 'node:async_hooks';
import type { Observable } from 'rxjs';
import { callErrors } from '../common/errors.js';
import { describeFailure } from '../hubs/call-errors.js';
import type { HubCallerContext } from '../hubs/hub.caller-context.js';
import type { HubClients } from '../hubs/hub.clients.js';
import type { OpeningRequest } from '../connections/connection.js';

/** Some clients of a gateway, ready to be sent an event. */
export interface GatewayTarget {
  /** Sends an event: SignalR clients get it as a call of their method of that name. */
  emit(event: string, ...args: unknown[]): boolean;
}

/** What an endpoint does for its clients. */
interface GatewayEndpointOf {
  /** Gives a client the handlers of a gateway. */
  bind(client: GatewayClient, handlers: readonly MessageHandler[], transform: Transform): void;
  /** Takes note of a hook of a gateway that has failed. */
  report(doing: string, error: unknown): void;
}

/** The hooks that Nest calls for a client. */
const HOOKS = ['handleConnection', 'handleDisconnect'] as const;

type Hook = (typeof HOOKS)[number];
type Hooked = Partial<Record<Hook, (client: unknown, ...others: unknown[]) => unknown>>;

/** The handler of one message as Nest hands it to an adapter: bound to its gateway and its client. */
export interface MessageHandler {
  readonly message: unknown;
  readonly callback: (data: unknown, ack?: (answer: unknown) => void) => unknown;
  readonly isAckHandledManually?: boolean;
}

/** Makes an Observable of whatever a handler returned. */
export type Transform = (result: never) => Observable<unknown>;

/** A call that is being carried out, and what went wrong in it. */
interface RunningCall {
  readonly client: GatewayClient;
  readonly target: string;
  error: Error | undefined;
}

const running = new AsyncLocalStorage<RunningCall>();

/** The event by which Nest's own filter for gateways tells a client what went wrong. */
const EXCEPTION = 'exception';

/** The text that Nest's filter has for errors that are nobody's business. */
const UNKNOWN = 'Internal server error';

/** A client of a plain gateway that is served over SignalR; what `@ConnectedSocket()` and `handleConnection(client)` get. */
export class GatewayClient implements GatewayTarget {
  /** The application's own data about this client. */
  readonly data: Record<string, unknown> = {};
  /** By message; a client of several gateways on one path has the handlers of all of them. */
  readonly handlers = new Map<string, (data: unknown) => unknown>();
  /** Called once when the client is gone. */
  readonly goodbyes: ((reason?: string) => void)[] = [];
  private readonly calls = new Set<RunningCall>();

  constructor(
    /** The same client as hubs see it. */
    readonly caller: HubCallerContext,
    /** Who binds its handlers. */
    readonly endpoint: GatewayEndpointOf,
    private readonly clients: HubClients,
  ) {}

  /** Whether the call that is being carried out has told its client of an error. */
  get hasFailed(): boolean {
    return running.getStore()?.error !== undefined;
  }

  get id(): string {
    return this.caller.connectionId;
  }

  /** The raw request that opened the connection. */
  get request(): OpeningRequest | undefined {
    return this.caller.request;
  }

  /**
   * Sends an event to this client. Nest's filters report errors by an event of their own; here such an error is the answer of the call that
   * failed, for a SignalR client waits for one.
   */
  emit(event: string, ...args: unknown[]): boolean {
    const call = event === EXCEPTION ? this.failingCall(args[0]) : undefined;
    if (call === undefined) return targetOf(this.clients, (clients) => clients.client(this.id)).emit(event, ...args);
    call.error = errorOf(args[0], call.target);
    return true;
  }

  /**
   * Runs the handler of a message.
   *
   * @throws HubException for what the handler's filters told the client.
   */
  async run(target: string, handler: () => Promise<unknown>): Promise<unknown> {
    const call: RunningCall = { client: this, target, error: undefined };
    this.calls.add(call);
    const result = await running.run(call, handler).finally(() => this.calls.delete(call));
    if (call.error !== undefined) throw call.error;
    return result;
  }

  /** Runs a hook of a gateway; it never rejects. */
  async runHook(name: Hook, hook: () => unknown): Promise<void> {
    try {
      await hook();
    } catch (error) {
      if (name === 'handleConnection') this.disconnect();
      if (!describeFailure(name, error, false).isExpected) this.endpoint.report(`running ${name}`, error);
    }
  }

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

  /** Every other client of the gateway. */
  get broadcast(): GatewayTarget {
    return targetOf(this.clients, (clients) => clients.allExcept([this.id]));
  }

  /** The members of a room, save this client. */
  to(room: string): GatewayTarget {
    return targetOf(this.clients, (clients) => clients.groupExcept(room, [this.id]));
  }

  join(room: string): Promise<void> {
    return this.caller.groups.add(room);
  }

  leave(room: string): Promise<void> {
    return this.caller.groups.remove(room);
  }

  disconnect(): void {
    this.caller.abort();
  }
}

/** All clients of a gateway; what `@WebSocketServer()` gets. */
export class GatewayServer implements GatewayTarget {
  constructor(private readonly clients: HubClients) {}

  emit(event: string, ...args: unknown[]): boolean {
    return targetOf(this.clients, (clients) => clients.all).emit(event, ...args);
  }

  /** The members of a room. */
  to(room: string): GatewayTarget {
    return targetOf(this.clients, (clients) => clients.group(room));
  }
}

/** Hooks that are looked after: several applications of one process may share a class. */
const shields = new WeakSet();

/**
 * Nest calls the hooks of gateways and does not look at what becomes of them, so that a throw in one would end the process. Those of our
 * clients are looked after from here on; a client whose `handleConnection` fails is disconnected.
 *
 * @param gateway - the one instance, or the prototype where there are several.
 */
export function shieldHooks(gateway: Hooked): void {
  for (const name of HOOKS) {
    const hook = gateway[name];
    if (hook === undefined || shields.has(hook)) continue;
    const shield: typeof hook = function (this: Hooked, client, ...others) {
      const run = (): unknown => hook.call(this, client, ...others);
      return client instanceof GatewayClient ? client.runHook(name, run) : run();
    };
    shields.add(shield);
    gateway[name] = shield;
  }
}

function targetOf(
  clients: HubClients,
  select: (clients: HubClients) => { send(event: string, ...args: unknown[]): Promise<void> },
): GatewayTarget {
  return {
    emit(event, ...args) {
      void select(clients).send(event, ...args);
      return true;
    },
  };
}

/** What Nest's filter says of an error: its sentence, or that it is none of the client's business, which the log knows by then. */
function errorOf(told: unknown, target: string): Error {
  const { message } = (told ?? {}) as { message?: unknown };
  return typeof message === 'string' && message !== UNKNOWN ? callErrors.told(message) : callErrors.untold(target);
}
