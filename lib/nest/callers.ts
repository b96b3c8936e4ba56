import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { ConnectionStore } from '../connections/connection.store.js';
import { networkOf } from '../connections/network.js';
import { randomName } from '../connections/random-name.js';
import { parsePath, parseQuery } from '../connections/request-query.js';
import type { HubGround } from '../hubs/hub.core.js';
import { ClientAddresses } from './client-addresses.js';
import { HubRegistry } from './hub.registry.js';
import { NEGOTIATE } from './paths.js';
import { HUB_GROUND } from './tokens.js';

/** A request as guards see it: of Fastify with the one of Node's own server inside, and as middlewares leave it. */
export type GuardedRequest = IncomingMessage & { user?: unknown; originalUrl?: string; raw?: IncomingMessage };

/** Who sends requests and makes calls, in a word: for those who count. */
@Injectable()
export class Callers {
  /** Those of whom nothing is known: streams that the application has opened itself, for nobody. */
  private readonly strangers = new WeakMap<object, string>();

  constructor(
    @Inject(HUB_GROUND) private readonly ground: HubGround,
    private readonly addresses: ClientAddresses,
    private readonly hubs: HubRegistry,
    private readonly connections: ConnectionStore,
  ) {}

  /** The user, where one is known; else the address, of IPv6 its network. Of a call it is the request that opened the connection. */
  nameOf(request: GuardedRequest): string {
    const user = this.ground.userIdProvider(request.user);
    if (user !== undefined) return `user:${user}`;
    const address = networkOf(this.addresses.of(request.raw ?? request));
    return address === undefined ? this.strange(request) : `address:${address}`;
  }

  /** Whether a request is of a client that its hub knows by the id, and not one that begins something: any text may stand where the id does. */
  hasNegotiated(context: ExecutionContext): boolean {
    if (context.getType() !== 'http' || !this.hubs.has(context.getClass())) return false;
    const { originalUrl, url = '' } = context.switchToHttp().getRequest<GuardedRequest>();
    const token = parseQuery(originalUrl ?? url).get('id');
    if (token === undefined || this.isNegotiation(parsePath(originalUrl ?? url))) return false;
    return this.connections.ownerOf(token, this.hubs.find(context.getClass())) !== undefined;
  }

  private isNegotiation(path: string): boolean {
    return path.endsWith(NEGOTIATE) && this.hubs.at(path) === undefined;
  }

  private strange(request: object): string {
    const name = this.strangers.get(request) ?? randomName();
    this.strangers.set(request, name);
    return name;
  }
}
