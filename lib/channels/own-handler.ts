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
