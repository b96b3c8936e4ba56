import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ServerEvents, type EventServer } from './server-events.js';

/** So many may be kept that are gone. */
const FEW = 256;

/**
 * Sockets that a server which closes waits for, though nobody waits for anything over them: those that have said nothing, for clients that poll
 * open some in advance; and those over which a request is still being sent that has its answer already.
 */
export class LooseSockets {
  private readonly sockets = new Set<Socket>();
  private readonly answered = new Set<IncomingMessage>();
  private readonly undo: (() => void)[] = [];
  /** With so many of them those that are gone are forgotten: a listener for each took 3 % of a connect. */
  private many = FEW;

  /** Notes those of a server that say nothing. */
  watch(server: EventServer): void {
    this.undo.push(
      ServerEvents.before(server, 'connection', (socket) => this.came(socket as Socket)),
      ...['request', 'upgrade'].map((event) => ServerEvents.before(server, event, (request) => this.spoke(request as IncomingMessage))),
    );
  }

  /** Notes a request that has been answered, if it has not come to its end. */
  wasAnswered(request: IncomingMessage): void {
    if (request.complete || request.destroyed) return;
    this.answered.add(request);
    request.once('close', () => this.answered.delete(request));
  }

  /** Closes all of them, and notes no more. */
  close(): void {
    for (const undo of this.undo.splice(0)) undo();
    for (const request of this.answered) request.destroy();
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  private came(socket: Socket): false {
    if (this.sockets.add(socket).size > this.many) this.forgetGone();
    return false;
  }

  private spoke({ socket }: IncomingMessage): false {
    this.sockets.delete(socket);
    return false;
  }

  private forgetGone(): void {
    for (const socket of this.sockets) if (socket.destroyed) this.sockets.delete(socket);
    this.many = Math.max(FEW, 2 * this.sockets.size);
  }
}
