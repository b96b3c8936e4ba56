import type { HubClass } from '../hubs/hub.source.js';
import type { HubOptions } from '../hubs/hub.options.js';

/** Keys are texts, so that two copies of this package in one process read each other's decorators. */
export const HUB_METADATA = 'signalr:hub';
export const HUB_METHOD_METADATA = 'signalr:hub-method';

/** How many instances of a hub there are; see {@link HubDecoratorOptions}. */
export type HubScope = 'singleton' | 'connection' | 'invocation';

/** Options that stand on a hub: those of {@link HubOptions}, and what only its class can say. */
export interface HubDecoratorOptions extends HubOptions {
  /**
   * How many instances of the hub there are: one, one for each connection, or one for each call. A hub that is request-scoped, or depends on
   * something that is, has one for each connection unless it says 'invocation'. `REQUEST` is the `HubCallerContext`.
   * @default 'singleton'
   */
  scope?: HubScope;
}

/** What `@Hub` says. */
export interface HubMetadata {
  readonly path: string;
  readonly scope: HubScope | undefined;
  readonly options: HubOptions;
}

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
