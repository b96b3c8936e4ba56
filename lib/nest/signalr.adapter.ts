import type { WebSocketAdapter } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { bootErrors } from '../common/boot-errors.js';
import type { ChannelDialect } from '../channels/dialect.js';
import type { GatewayConnect, ServedGateways } from './gateway.endpoint.js';
import { gatewayPathOf } from './gateway-path.js';
import { GatewayPeer, type GatewayTarget, type MessageHandler, type Transform } from './gateway.peer.js';
import { Gateways } from './gateways.js';

/** What the adapter needs of a Nest application. */
export interface AdaptedApplication {
  get<T>(token: abstract new (...args: never[]) => T, options?: { strict: boolean }): T;
}

/** What a gateway says in `@WebSocketGateway(port, options)`. */
export interface GatewayOptions {
  readonly path?: string;
  readonly namespace?: string;
  /** Served over SignalR by an adapter that has a fallback for the others. */
  readonly signalr?: boolean;
  readonly [option: string]: unknown;
}

/** Which gateways the adapter takes. */
export interface SignalRAdapterOptions {
  /** Another adapter, such as `WsAdapter` or `IoAdapter`, for the gateways that are not served over SignalR. Without one all of them are. */
  readonly fallback?: WebSocketAdapter;
  /**
   * Whether a gateway is served over SignalR, where there is a fallback.
   * @default those that say `signalr: true`
   */
  readonly owns?: (options: GatewayOptions) => boolean;
  /**
   * Paths of gateways that are served over a dialect of channels, and not over SignalR: `{ '/chat': phoenix() }`. Messages are events, what a
   * handler returns is the reply, and clients may join any topic that the guards above the gateway let them join. These gateways are taken
   * whatever `owns` says.
   */
  readonly dialects?: Readonly<Record<string, ChannelDialect>>;
}

const OPTIONS: readonly string[] = ['fallback', 'owns', 'dialects'] satisfies (keyof SignalRAdapterOptions)[];

/** What Nest calls the server of a gateway: one of ours, or one of the fallback's. */
type AnyServer = GatewayTarget | object;

/**
 * Serves plain `@WebSocketGateway` classes to SignalR clients: the name of a message is the method that clients call, what the handler returns
 * is the answer, and what it throws the error. By `dialects` some are served to clients of channels. Hubs and channels need no adapter.
 *
 * @example
 * app.useWebSocketAdapter(new SignalRAdapter(app, { fallback: new WsAdapter(app) }));
 */
export class SignalRAdapter implements WebSocketAdapter {
  private readonly gateways: Gateways;
  private readonly endpoints = new WeakMap<AnyServer, ServedGateways>();

  /** @throws SignalRError when the application does not import `SignalRModule`. */
  constructor(
    app: AdaptedApplication,
    private readonly options: SignalRAdapterOptions = {},
  ) {
    checkOptions(options);
    this.gateways = gatewaysOf(app);
    speak(this.gateways, options.dialects);
  }

  /** Nest tells its adapter what was said in the application's options; it is for the fallback, too. */
  set forceCloseConnections(isForced: boolean | undefined) {
    const { fallback } = this.options;
    if (fallback !== undefined) (fallback as { forceCloseConnections?: boolean }).forceCloseConnections = isForced;
  }

  create(port: number, options: GatewayOptions = {}): unknown {
    const { fallback } = this.options;
    if (fallback !== undefined && !this.owns(options)) return fallback.create(port, options);
    const endpoint = this.gateways.make(gatewayPathOf(options), port);
    this.endpoints.set(endpoint.server, endpoint);
    return endpoint.server;
  }

  bindClientConnect(server: AnyServer, callback: GatewayConnect): void {
    const endpoint = this.endpoints.get(server);
    if (endpoint === undefined) return void this.options.fallback?.bindClientConnect(server, callback);
    this.gateways.serve(endpoint);
    endpoint.onConnect(callback);
  }

  bindClientDisconnect(client: unknown, callback: (reason?: string) => void): void {
    if (client instanceof GatewayPeer) client.goodbyes.push(callback);
    else this.options.fallback?.bindClientDisconnect?.(client, callback);
  }

  bindMessageHandlers(client: unknown, handlers: MessageHandler[], transform: Transform): void {
    if (client instanceof GatewayPeer) client.endpoint.bind(client, handlers, transform);
    else this.options.fallback?.bindMessageHandlers(client, handlers as never, transform as (data: unknown) => Observable<unknown>);
  }

  /** Connections are ended by the module, before Nest closes its gateways. */
  async close(server: AnyServer): Promise<void> {
    if (!this.endpoints.has(server)) await this.options.fallback?.close(server);
  }

  async dispose(): Promise<void> {
    await (this.options.fallback as { dispose?: () => Promise<void> } | undefined)?.dispose?.();
  }

  /** A namespace is asked for with the server that it belongs to; the one of ours is nothing to the fallback. */
  private owns(options: GatewayOptions): boolean {
    if (this.endpoints.has(options['server'] as AnyServer) || this.gateways.speaks(gatewayPathOf(options))) return true;
    return this.options.owns?.(options) ?? options.signalr === true;
  }
}

function gatewaysOf(app: AdaptedApplication): Gateways {
  try {
    return app.get(Gateways, { strict: false });
  } catch {
    throw bootErrors.adapterWithoutModule();
  }
}

function checkOptions(options: SignalRAdapterOptions): void {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw bootErrors.unknownAdapterOption(unknown);
}

function speak(gateways: Gateways, dialects: unknown = {}): void {
  if (typeof dialects !== 'object' || dialects === null) throw bootErrors.wrongDialects(dialects);
  for (const [path, dialect] of Object.entries(dialects as Record<string, ChannelDialect | undefined>)) {
    if (typeof dialect?.routes !== 'function') throw bootErrors.noGatewayDialect(path, dialect);
    const placed = gatewayPathOf({ path });
    if (gateways.speaks(placed)) throw bootErrors.sameGatewayPath(path);
    gateways.speak(placed, dialect);
  }
}
