import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ServerEvents, type EventServer } from './server-events.js';

/**
 * Sockets that have connected and said nothing. Clients that poll open them in advance, and a server that closes waits for them as for a request
 * that is on its way.
 */
export class SilentSockets {
  private readonly sockets = new Set<Socket>();
  private readonly undo: (() => void)[] = [];
  private readonly forget: (this: Socket) => void;

  constructor() {
    const { sockets } = this;
    // One for all of them, and none that keeps anything alive.
    this.forget = function () {
      sockets.delete(this);
    };
  }

  /** Notes those of a server. */
  watch(server: EventServer): void {
    this.undo.push(
      ServerEvents.before(server, 'connection', (socket) => this.came(socket as Socket)),
      ...['request', 'upgrade'].map((event) => ServerEvents.before(server, event, (request) => this.spoke(request as IncomingMessage))),
    );
  }

  /** Closes all of them, and notes no more. */
  close(): void {
    for (const undo of this.undo.splice(0)) undo();
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
