import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Takes over an upgrade. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What a router needs of an HTTP server. */
export interface UpgradingServer {
  emit: (this: unknown, event: string | symbol, ...values: unknown[]) => boolean;
  on(event: 'upgrade', listener: () => void): unknown;
  off(event: 'upgrade', listener: () => void): unknown;
  listenerCount(event: 'upgrade'): number;
}

/** Returns the handler for a request, or undefined when it is somebody else's. */
type Claim = (request: IncomingMessage) => UpgradeHandler | undefined;

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

const routers = new WeakMap<UpgradingServer, UpgradeRouter>();

/**
 * Decides who gets an upgrade of one HTTP server. It stands before the server's listeners instead of among them: other WebSocket servers on the
 * same port destroy, or write into, every socket whose path they do not know, and a listener beside theirs could not prevent it.
 */
export class UpgradeRouter {
  private readonly claims = new Set<Claim>();
  private readonly restore: () => void;

  private constructor(private readonly server: UpgradingServer) {
    const { emit } = server;
    this.restore = () => (server.emit = emit);
    server.emit = (event, ...values) => (event === 'upgrade' && this.route(values)) || emit.call(server, event, ...values);
    // Node only emits 'upgrade' when somebody listens.
    server.on('upgrade', beThere);
  }

  /** The one router of a server. */
  static for(server: UpgradingServer): UpgradeRouter {
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
    for (const claim of this.claims) {
      const handler = claim(request);
      if (handler === undefined) continue;
      handler(request, socket, head);
      return true;
    }
    return this.isAlone && turnAway(socket);
  }

  /** With no other listener nobody else would ever answer. */
  private get isAlone(): boolean {
    return this.server.listenerCount('upgrade') === 1;
  }

  private remove(claim: Claim): void {
    if (!this.claims.delete(claim) || this.claims.size > 0) return;
    this.server.off('upgrade', beThere);
    this.restore();
    routers.delete(this.server);
  }
}

function turnAway(socket: Duplex): boolean {
  socket.on('error', () => undefined);
  socket.end(NOT_FOUND);
  return true;
}

function beThere(): void {}
