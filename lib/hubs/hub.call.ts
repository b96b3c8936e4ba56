import type { HubCallerContext } from './hub.caller-context.js';
import type { HubCallerClients } from './hub.clients.js';
import type { HubConnection } from './hub.connection.js';

/** One call of a client on its way to the method. */
export class HubCall {
  /** Kept here by whoever compiled the handler, for the length of the call. */
  context: unknown = undefined;
  /** What the client gave, in its order. */
  readonly arguments: readonly unknown[];

  /** @param target - the method's name as the client wrote it. */
  constructor(
    private readonly connection: HubConnection,
    readonly target: string,
    given: readonly unknown[],
  ) {
    this.arguments = given;
  }

  /** Who calls. */
  get caller(): HubCallerContext {
    return this.connection.context;
  }

  /** The hub's clients as the caller sees them. */
  get clients(): HubCallerClients {
    return this.connection.clients;
  }
}
