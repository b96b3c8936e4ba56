import { flag, resolveOptions, type Resolved } from '../../common/options.js';

/** Options of {@link phoenix}. */
export interface PhoenixOptions {
  /**
   * Whether the dialect serves Supabase's realtime-js by itself: its broadcasts, its presence, its tokens, and `POST {path}/api/broadcast`. Without
   * it these are events like all others.
   * @default false
   */
  realtime?: boolean;
}

const phoenixOptions = { realtime: flag(false) };

/**
 * Checks options and fills in the defaults.
 *
 * @throws SignalRError `ERR_SIGNALR_OPTIONS` for what cannot be.
 */
export function resolvePhoenixOptions(options: PhoenixOptions): Resolved<typeof phoenixOptions> {
  return resolveOptions(phoenixOptions, { from: 'phoenix()', options });
}
