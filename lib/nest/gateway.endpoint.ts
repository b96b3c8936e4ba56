import { lastValueFrom } from 'rxjs';
import { callErrors } from '../common/errors.js';
import type { HubCall } from '../hubs/hub.call.js';
import type { HubCallerContext } from '../hubs/hub.caller-context.js';
import { HubClients } from '../hubs/hub.clients.js';
import { HubCore, type HubGround } from '../hubs/hub.core.js';
import type { HubDescriptor, HubMethodDescriptor } from '../hubs/hub.descriptor.js';
import { GatewayClient, GatewayServer, runHandler, type MessageHandler, type Transform } from './gateway.client.js';

/** Called for each client that comes. */
export type GatewayConnect = (client: GatewayClient, request?: unknown) => void;

/** All plain gateways at one path, as a hub: their messages are its methods. */
export class GatewayEndpoint {
  readonly core: HubCore;
  readonly descriptor: HubDescriptor;
  /** What `@WebSocketServer()` is given. */
  readonly server: GatewayServer;
  /** What stands for the method when somebody connects. */
  readonly handler = (): void => undefined;
  private readonly clients: HubClients;
  private readonly methods = new Map<string, HubMethodDescriptor>();
  private readonly connects: GatewayConnect[] = [];
  private readonly byCaller = new WeakMap<HubCallerContext, GatewayClient>();

  constructor(path: string, ground: HubGround) {
    this.core = new HubCore(`gateway ${path}`, ground);
    this.clients = new HubClients(
      () => this.core,
      () => this.core,
    );
    this.server = new GatewayServer(this.clients);
    const { methods } = this;
    this.descriptor = {
      name: this.core.name,
      path,
      methods,
      onConnected: (call) => this.connected(call),
      onDisconnected: (call) => this.disconnected(call),
    };
  }

  /** A gateway wants to know of clients. */
  onConnect(callback: GatewayConnect): void {
    this.connects.push(callback);
  }

  /** Gives a client the handlers of one gateway. Messages are found as they are written, and without case where no other is written so. */
  bind(client: GatewayClient, handlers: readonly MessageHandler[], transform: Transform): void {
    for (const handler of handlers) {
      const message = String(handler.message);
      client.handlers.set(message, (data) => answerOf(client, handler, data, transform));
      this.methods.set(message, this.methodFor(message));
      const anyCase = message.toLowerCase();
      if (!this.methods.has(anyCase)) this.methods.set(anyCase, this.methodFor(message));
    }
  }

  private methodFor(message: string): HubMethodDescriptor {
    return { name: message, requiredArguments: 0, maximumArguments: Infinity, handler: (call) => this.handle(call, message) };
  }

  private handle({ caller, target, arguments: given }: HubCall, message: string): Promise<unknown> {
    const handler = this.byCaller.get(caller)?.handlers.get(message);
    if (handler === undefined) throw callErrors.unknownMethod();
    const data = given.length > 1 ? given : given[0];
    return runHandler(target, async () => handler(data));
  }

  private connected({ caller }: HubCall): void {
    const client = new GatewayClient(caller, this, this.clients);
    this.byCaller.set(caller, client);
    for (const connect of this.connects) connect(client, caller.request);
  }

  private disconnected({ caller, arguments: [, error] }: HubCall): void {
    const reason = error instanceof Error ? error.message : undefined;
    for (const goodbye of this.byCaller.get(caller)?.goodbyes ?? []) goodbye(reason);
  }
}

/** The last value of what a handler returned, or what it acknowledged by itself. `{ event, data }` is sent as an event too, as other adapters do. */
async function answerOf(client: GatewayClient, handler: MessageHandler, data: unknown, transform: Transform): Promise<unknown> {
  let acknowledge!: (answer: unknown) => void;
  const acknowledged = new Promise<unknown>((resolve) => (acknowledge = resolve));
  const returned = handler.callback(data, acknowledge);
  const result: unknown = await lastValueFrom(transform(returned as never), { defaultValue: undefined });
  if (handler.isAckHandledManually === true && !client.hasFailed) return acknowledged;
  if (!isEvent(result)) return result;
  client.emit(result.event, result.data);
  return result.data;
}

function isEvent(result: unknown): result is { event: string; data: unknown } {
  return typeof result === 'object' && result !== null && typeof (result as { event?: unknown }).event === 'string' && 'data' in result;
}
