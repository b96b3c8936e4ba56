import { isThenable } from '../common/thenable.js';
import type { ChannelCall } from './channel.call.js';
import type { ChannelHandler, IncomingHandler } from './channel.descriptor.js';
import type { SocketHandler } from './channel.socket.js';

/**
 * Handles an event in place of the channel's methods, and answers the client alone.
 *
 * @param guard - the channel's, which is asked before it as well.
 */
export function ownHandler(name: string, own: SocketHandler, guard: ChannelHandler | undefined, isOnce = false): IncomingHandler {
  return { name, handle: guarded(own, guard), reply: 'sender', isOnce };
}

function guarded(own: SocketHandler, guard: ChannelHandler | undefined): ChannelHandler {
  const run = (call: ChannelCall): unknown => own(...(call.arguments as never[]));
  if (guard === undefined) return run;
  return (call) => {
    const verdict = guard(call);
    return isThenable(verdict) ? verdict.then(() => run(call)) : run(call);
  };
}

/** The handlers that one socket has of its own, and which of all that it meets are used up. Made on first use: most sockets have none. */
export class OwnHandlers {
  private readonly handlers = new Map<string, IncomingHandler>();
  private readonly used = new WeakSet<IncomingHandler>();

  set(handler: IncomingHandler): void {
    this.handlers.set(handler.name, handler);
  }

  forget(event: string): void {
    this.handlers.delete(event);
  }

  /** The one for an event, if there is one that still handles it. */
  find(event: string): IncomingHandler | undefined {
    const own = this.handlers.get(event);
    return own !== undefined && this.mayUse(own) ? own : undefined;
  }

  /** Whether a handler still handles its events: one that is good for once alone is used up by this. */
  mayUse(handler: IncomingHandler): boolean {
    if (!handler.isOnce) return true;
    return !this.used.has(handler) && this.used.add(handler).has(handler);
  }

  /** It was not handled after all: the next one may be. */
  release(handler: IncomingHandler): void {
    this.used.delete(handler);
  }
}
