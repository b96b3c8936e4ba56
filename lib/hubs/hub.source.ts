import { unlessUnheard } from '../common/unheard-rejection.js';
import type { HubCore } from './hub.core.js';

/** A class with `@Hub`. */
export type HubClass = abstract new (...args: never[]) => object;

/** Where the injectables of a hub find it. What they are injected into may be older than the hub. */
export interface HubSource {
  /** The hub. Throws while there is none. */
  hub(): HubCore;
  /** Throws where it can never be found: nothing says which of several hubs is meant. */
  check(): void;
  /** The source of another hub. */
  of(hub: HubClass): HubSource;
  /** Takes note of what failed where nobody listened. */
  report(doing: string, error: unknown): void;
}

/** Does something with a hub for a caller who may not be listening; what fails then is reported. */
export function withHub<T>(source: HubSource, doing: string, work: (hub: HubCore) => T | Promise<T>): Promise<T> {
  return unlessUnheard(
    () => work(source.hub()),
    (error) => source.report(doing, error),
  );
}
