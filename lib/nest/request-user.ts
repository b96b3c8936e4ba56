import type { IncomingMessage } from 'node:http';

const CONNECTION = Symbol('connection');

type LinkedRequest = IncomingMessage & { [CONNECTION]: { user: unknown } };

/** One for all requests: two functions for each would be memory that every idle connection keeps. */
const userOfConnection: PropertyDescriptor & ThisType<LinkedRequest> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[CONNECTION].user;
  },
  set(user: unknown) {
    this[CONNECTION].user = user;
  },
};

/**
 * Guards that run before calls write the user to the request, as they do for controllers; `caller.user` is the same. A request that a guard has
 * sealed, or on which it has pinned its user, stays as it is.
 */
export function linkUser(request: IncomingMessage, connection: { user: unknown }): void {
  if (Reflect.defineProperty(request, CONNECTION, { configurable: true, value: connection }))
    Reflect.defineProperty(request, 'user', userOfConnection);
}
