import type { OriginPolicy } from '../connections/allowed-origins.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { ConnectGate } from './connect-gate.js';

/** A hub at its path, with the gate before it. */
export interface ServedHub {
  readonly endpoint: HubEndpoint;
  readonly gate: ConnectGate;
  /** Which pages may connect. */
  readonly origins: OriginPolicy;
}

/** Finds a hub by its path in small letters and without a slash at its end. */
export type ServedAt = (path: string) => ServedHub | undefined;
