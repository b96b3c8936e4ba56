import { config } from 'rxjs';

/** The errors of clients that subscribers were told of. */
const told = new WeakSet<Error>();
let isHeeded = false;

/**
 * The same error, of which a subscriber without an error handler may hear without harm. rxjs ends the process for such a one, and between a stream
 * of a client and its last subscriber there may be what the stream knows nothing of: `merge`, `defer`, a Subject. The errors that pass here are
 * a client's doing, so rxjs is asked to let these be. All others go where they went before.
 */
export function endsNoProcess<E extends Error>(error: E): E {
  if (!isHeeded) heed();
  told.add(error);
  return error;
}

/** Once, and as late as can be: what the application itself has asked of rxjs still holds. */
function heed(): void {
  isHeeded = true;
  const others = config.onUnhandledError;
  config.onUnhandledError = (error: unknown) => {
    if (told.has(error as Error)) return;
    if (others === null) throw error;
    others(error);
  };
}
