import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ServerEvents, type EventServer } from './server-events.js';

/**
 * Sockets that a server which closes waits for, though nobody waits for anything over them: those that have said nothing, for clients that poll
 * open some in advance; and those over which a request is still being sent that has its answer already.
 */
export class LooseSockets {
  private readonly sockets = new Set<Socket>();
  private readonly answered = new Set<IncomingMessage>();
  private readonly undo: (() => void)[] = [];
  private readonly forget: (this: Socket) => void;

  constructor() {
    const { sockets } = this;
    // One for all of them, and none that keeps anything alive.
    this.forget = function () {
      sockets.delete(this);
    };
  }

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
    this.sockets.add(socket);
    socket.once('close', this.forget);
    return false;
  }

  private spoke({ socket }: IncomingMessage): false {
    if (this.sockets.delete(socket)) socket.off('close', this.forget);
    return false;
  }
}
