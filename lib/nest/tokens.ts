/** Injection tokens of the module's inner parts; texts, so that two copies of this package agree on them. */
export const MODULE_OPTIONS = 'SIGNALR_MODULE_OPTIONS';
export const RESOLVED_OPTIONS = 'SIGNALR_RESOLVED_OPTIONS';
export const HUB_GROUND = 'SIGNALR_HUB_GROUND';
