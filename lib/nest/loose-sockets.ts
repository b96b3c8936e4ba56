import { Server as HttpServer, type IncomingMessage } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { ServerEvents, type EventServer } from './server-events.js';

/** So many may be kept that are gone. */
const FEW = 256;

/**
 * Sockets that a server which closes waits for, though nobody waits for anything over them: no request has come, or only a part of one, or one that
 * has its answer already and is still being sent. Clients that poll open some in advance.
 */
export class LooseSockets {
  private readonly sockets = new Set<Socket>();
  /** What TLS has made of some of them. */
  private readonly secured = new Set<Socket>();
  private readonly upgraded = new WeakSet<Socket>();
  private readonly undo: (() => void)[] = [];
  private isRunning: (socket: Socket) => boolean = hasSpoken;
  /** With so many of them those that are gone are forgotten: a listener for each took 3 % of a connect. */
  private many = FEW;

  /** Notes those of a server. */
  watch(server: EventServer): void {
    if (server instanceof HttpServer || server instanceof HttpsServer) this.isRunning = isAnswering;
    this.undo.push(
      ServerEvents.before(server, 'connection', (socket) => this.came(this.sockets, socket as Socket)),
      ServerEvents.before(server, 'secureConnection', (socket) => this.came(this.secured, socket as Socket)),
      ServerEvents.before(server, 'upgrade', (request) => this.left(request as IncomingMessage)),
    );
  }

  /** Closes all of them, and notes no more. */
  close(): void {
    for (const undo of this.undo.splice(0)) undo();
    const secured = new Set([...this.secured].map(peerOf));
    for (const socket of this.sockets) if (!secured.has(peerOf(socket)) && !this.isRunning(socket)) socket.destroy();
    for (const socket of this.secured) if (!this.upgraded.has(socket) && !this.isRunning(socket)) socket.destroy();
  }

  private came(sockets: Set<Socket>, socket: Socket): false {
    if (sockets.add(socket).size > this.many) this.forgetGone();
    return false;
  }

  private left({ socket }: IncomingMessage): false {
    if (!this.sockets.delete(socket)) this.upgraded.add(socket);
    return false;
  }

  private forgetGone(): void {
    for (const sockets of [this.sockets, this.secured]) for (const socket of sockets) if (socket.destroyed) sockets.delete(socket);
    this.many = Math.max(FEW, 2 * Math.max(this.sockets.size, this.secured.size));
  }
}

/** Node notes at a socket of HTTP/1 which answer it is busy with. To know it from outside would take a listener for each request. */
function isAnswering(socket: Socket): boolean {
  return Reflect.get(socket, '_httpMessage') != null;
}

/** Of any other server's sockets no more can be known. */
function hasSpoken({ bytesRead }: Socket): boolean {
  return bytesRead > 0;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
