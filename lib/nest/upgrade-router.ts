import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerUpgrade, plain } from './http-answer.js';
import { ServerEvents, type EventServer } from './server-events.js';

/** Takes over an upgrade. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Returns the handler for a request, or undefined when it is somebody else's. */
export type Claim = (request: IncomingMessage) => UpgradeHandler | undefined;

const routers = new WeakMap<EventServer, UpgradeRouter>();

/** Decides who gets an upgrade of one HTTP server. There is one for each server, which all that serve WebSockets on it by this package share. */
export class UpgradeRouter {
  private readonly claims = new Set<Claim>();
  private readonly leave: () => void;

  private constructor(private readonly server: EventServer) {
    this.leave = ServerEvents.before(server, 'upgrade', (...values) => this.route(values));
    // Node only emits 'upgrade' when somebody listens.
    server.on('upgrade', beThere);
  }

  /** The one router of a server. */
  static for(server: EventServer): UpgradeRouter {
    const router = routers.get(server) ?? new UpgradeRouter(server);
    routers.set(server, router);
    return router;
  }

  /** Asks `claim` about every upgrade from now on. The function that comes back ends that; after the last one the server is as it was. */
  add(claim: Claim): () => void {
    this.claims.add(claim);
    return () => this.remove(claim);
  }

  private route(values: unknown[]): boolean {
    const [request, socket, head] = values as Parameters<UpgradeHandler>;
    const handler = this.handlerFor(request);
    if (handler !== undefined) handler(request, socket, head);
    else if (this.isAlone) turnAway(socket);
    else return false;
    return true;
  }

  private handlerFor(request: IncomingMessage): UpgradeHandler | undefined {
    for (const claim of this.claims) {
      const handler = claim(request);
      if (handler !== undefined) return handler;
    }
    return undefined;
  }

  /** With no other listener nobody else would ever answer. */
  private get isAlone(): boolean {
    return this.server.listenerCount('upgrade') === 1;
  }

  private remove(claim: Claim): void {
    if (!this.claims.delete(claim) || this.claims.size > 0) return;
    this.server.off('upgrade', beThere);
    this.leave();
    routers.delete(this.server);
  }
}

function turnAway(socket: Duplex): void {
  socket.on('error', beThere);
  answerUpgrade(socket, plain(404));
}

function beThere(): void {}
