import type { OriginPolicy } from '../connections/allowed-origins.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { Guarded } from './connect-gate.js';

/** An endpoint at its paths, with the gate before it. */
export interface Served extends Guarded {
  /** Which pages may connect. */
  readonly origins: OriginPolicy;
}

/** A hub at its path. */
export interface ServedHub extends Served {
  readonly endpoint: HubEndpoint;
}

/** Finds a hub by its path in small letters and without a slash at its end. */
export type ServedAt = (path: string) => ServedHub | undefined;
