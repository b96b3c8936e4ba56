import type { HubClass } from '../hubs/hub.clients.js';
import type { HubOptions } from '../hubs/hub.options.js';

/** Keys are texts, so that two copies of this package in one process read each other's decorators. */
export const HUB_METADATA = 'signalr:hub';
export const HUB_METHOD_METADATA = 'signalr:hub-method';
export const PARAMETERS_METADATA = 'signalr:parameters';

/** What `@Hub` says. */
export interface HubMetadata {
  readonly path: string;
  readonly options: HubOptions;
}

/** What a decorated parameter of a hub method is given; an undecorated one takes the next argument of the call. */
export type ParameterKind = 'caller' | 'clients';

/** The kinds of decorated parameters by their index. */
export type ParameterKinds = ReadonlyMap<number, ParameterKind>;

/** What `@Hub` says of a class or of one that it extends. */
export function hubMetadata(target: unknown): HubMetadata | undefined {
  return typeof target === 'function' ? (Reflect.getMetadata(HUB_METADATA, target) as HubMetadata | undefined) : undefined;
}

/** Whether a class is a hub. */
export function isHub(target: unknown): target is HubClass {
  return hubMetadata(target) !== undefined;
}

/** The name of a class, for texts. */
export function nameOf(target: unknown): string {
  return typeof target === 'function' && target.name !== '' ? target.name : String(target);
}
