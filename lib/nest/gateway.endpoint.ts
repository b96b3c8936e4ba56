import { callErrors } from '../common/errors.js';
import type { HubCall } from '../hubs/hub.call.js';
import type { HubCallerContext } from '../hubs/hub.caller-context.js';
import { HubClients } from '../hubs/hub.clients.js';
import { HubCore, type HubGround } from '../hubs/hub.core.js';
import type { HubDescriptor, HubMethodDescriptor } from '../hubs/hub.descriptor.js';
import type { HubSource } from '../hubs/hub.source.js';
import { answerOf } from './gateway.answer.js';
import { GatewayClient, GatewayServer } from './gateway.client.js';
import type { GatewayEndpointOf, GatewayPeer, GatewayTarget, MessageHandler, Transform } from './gateway.peer.js';

/** Called for each client that comes. */
export type GatewayConnect = (client: GatewayPeer, request?: unknown) => void;

/** All plain gateways at one path, whatever their clients speak. */
export interface ServedGateways extends GatewayEndpointOf {
  readonly path: string;
  /** What `@WebSocketServer()` is given. */
  readonly server: GatewayTarget;
  /** A gateway wants to know of clients. */
  onConnect(callback: GatewayConnect): void;
}

/** All plain gateways at one path, as a hub: their messages are its methods. */
export class GatewayEndpoint implements ServedGateways {
  readonly core: HubCore;
  readonly descriptor: HubDescriptor;
  readonly server: GatewayServer;
  /** Gateways know nothing of hubs: every other one is this one. */
  readonly source: HubSource = {
    hub: () => this.core,
    check: () => undefined,
    of: () => this.source,
    report: (doing, error) => this.report(doing, error),
  };
  private readonly clients: HubClients;
  private readonly methods = new Map<string, HubMethodDescriptor>();
  private readonly connects: GatewayConnect[] = [];
  private readonly byCaller = new WeakMap<HubCallerContext, GatewayClient>();

  constructor(
    readonly path: string,
    ground: HubGround,
  ) {
    this.core = new HubCore(`gateway ${path}`, path, ground);
    this.clients = new HubClients(this.source);
    this.server = new GatewayServer(this.clients);
    const { methods } = this;
    this.descriptor = {
      name: this.core.name,
      path,
      methods,
      onConnected: (call) => this.connected(call),
      onAuthenticationRefreshed: undefined,
      onDisconnected: (call) => this.disconnected(call),
    };
  }

  onConnect(callback: GatewayConnect): void {
    this.connects.push(callback);
  }

  /** Gives a client the handlers of one gateway. Messages are found as they are written, and without case where no other is written so. */
  bind(client: GatewayPeer, handlers: readonly MessageHandler[], transform: Transform): void {
    const emit = (event: string, data: unknown): unknown => client.emit(event, data);
    for (const handler of handlers) {
      const message = String(handler.message);
      (client as GatewayClient).handlers.set(message, (data) => answerOf({ client, data, emit }, handler, transform));
      this.learn(message);
    }
  }

  report(doing: string, error: unknown): void {
    this.core.report(doing, error);
  }

  private learn(message: string): void {
    if (this.methods.get(message)?.name === message) return;
    const method = {
      name: message,
      requiredArguments: 0,
      maximumArguments: Infinity,
      uploads: 0,
      handler: (call: HubCall) => this.handle(call, message),
    };
    this.methods.set(message, method);
    const anyCase = message.toLowerCase();
    if (!this.methods.has(anyCase)) this.methods.set(anyCase, method);
  }

  private handle({ owner, target, arguments: given }: HubCall, message: string): Promise<unknown> {
    const client = this.byCaller.get(owner);
    const handler = client?.handlers.get(message);
    if (client === undefined || handler === undefined) throw callErrors.unknownMethod();
    const data = given.length > 1 ? given : given[0];
    return client.run(target, async () => handler(data));
  }

  private connected({ owner }: HubCall): void {
    const client = new GatewayClient(owner, this, this.clients);
    this.byCaller.set(owner, client);
    for (const connect of this.connects) connect(client, owner.request);
  }

  private disconnected({ owner, arguments: [, error] }: HubCall): void {
    const reason = error instanceof Error ? error.message : undefined;
    for (const goodbye of this.byCaller.get(owner)?.goodbyes ?? []) goodbye(reason);
  }
}
