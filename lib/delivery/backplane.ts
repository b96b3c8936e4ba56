import type { Address, Name } from './address.js';

/**
 * What connects the nodes of a cluster. A node publishes every message that may concern members elsewhere, and subscribes to the names that
 * its own members have. Delivery is at most once: who is away misses what is said.
 */
export interface Backplane<M> {
  /** Carries a message to the other nodes that have members under one of the names; never back to this one. */
  publish(address: Address, message: M): Promise<void> | void;
  /** This node has its first member called `name`. */
  subscribe(name: Name): void;
  /** This node's last member called `name` is gone. */
  unsubscribe(name: Name): void;
}

/** The backplane of a single node: there is nobody else. */
export const inProcessBackplane: Backplane<unknown> = { publish() {}, subscribe() {}, unsubscribe() {} };
