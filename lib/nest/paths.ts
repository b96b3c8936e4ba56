import { bootErrors } from '../common/boot-errors.js';
import { normalizePath } from '../connections/request-query.js';

/** Below the path of a hub: where its clients ask how they may connect. */
export const NEGOTIATE = '/negotiate';

/** Below the path of a hub: where its clients bring newer tokens. */
export const REFRESH = '/refresh';

/** Who is served at which path: hubs, gateways and channels share an application's paths. */
export class Paths {
  private readonly owners = new Map<string, string>();

  /** @throws SignalRError when somebody else is served there. */
  claim(path: string, owner: string): void {
    const key = normalizePath(path);
    const other = this.owners.get(key);
    if (other !== undefined) throw bootErrors.samePath(path, other, owner);
    this.owners.set(key, owner);
  }
}
