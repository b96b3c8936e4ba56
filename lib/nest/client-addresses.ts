import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Events } from '../common/events.js';
import { addressIn } from '../connections/network.js';

/** Whether what stands at an address is a proxy that says who comes by it; hops are counted from the server. */
type Trust = (address: string, hop: number) => boolean;

/** An application of Express, as far as it is asked. */
interface ExpressLike {
  get(setting: string): unknown;
}

/** What Fastify makes of each request: its `ip` knows the option `trustProxy`. */
type FastifyRequestType = new (id: string, params: object, raw: IncomingMessage) => { readonly ip: string | undefined };

/**
 * Where requests come from, upgrades as well: what `request.ip` would be. What a client says of that itself counts nowhere, and what a proxy says
 * where the application trusts it.
 */
@Injectable()
export class ClientAddresses {
  private hasReported = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly events: Events,
  ) {}

  /**
   * The address of whoever has sent a request; undefined for one that is gone, or came over no network. Where a proxy hands on a text of the client's own
   * that is no address, it is the proxy's. Never throws.
   */
  of(request: IncomingMessage): string | undefined {
    return request.socket === undefined ? undefined : (addressIn(this.trusted(request)) ?? addressIn(request.socket.remoteAddress));
  }

  /** The application says whom it trusts, and may fail at it: what a client has written there must not spare it the count. */
  private trusted(request: IncomingMessage): string | undefined {
    try {
      return this.seenBy(this.host.httpAdapter?.getType?.(), request);
    } catch (error) {
      this.report(error);
      return undefined;
    }
  }

  /** Once: any client can bring it about. */
  private report(error: unknown): void {
    if (this.hasReported) return;
    this.hasReported = true;
    this.events.emit('failed', { endpoint: 'SignalR', doing: 'asking which proxies are trusted', error });
  }

  private seenBy(platform: string | undefined, request: IncomingMessage): string | undefined {
    const application: unknown = this.host.httpAdapter?.getInstance?.();
    if (platform === 'express') return behindProxies(request, (application as ExpressLike).get('trust proxy fn') as Trust | undefined);
    if (platform === 'fastify') return asFastify(application as object, request);
    return request.socket.remoteAddress;
  }
}

/** As Express finds it: the first that is no proxy which is trusted, from the server on; of the last one nobody asks. */
function behindProxies({ socket, headers }: IncomingMessage, trust: Trust | undefined): string | undefined {
  const peer = socket.remoteAddress;
  const forwarded = headers['x-forwarded-for'];
  if (trust === undefined || peer === undefined || typeof forwarded !== 'string') return peer;
  const hops = [peer, ...forwarded.split(',').reverse()].map((address) => address.trim());
  return hops.slice(0, -1).find((address, hop) => !trust(address, hop)) ?? hops.at(-1);
}

/** Upgrades never become requests of Fastify by themselves. */
function asFastify(application: object, request: IncomingMessage): string | undefined {
  const key = Object.getOwnPropertySymbols(application).find(({ description }) => description === 'fastify.Request');
  const Request = key && ((application as Record<symbol, unknown>)[key] as FastifyRequestType | undefined);
  return Request === undefined ? request.socket.remoteAddress : new Request('', {}, request).ip;
}
