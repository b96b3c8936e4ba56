import type { Slowness } from './slowness.js';

/**
 * The bytes of one message on their way to many peers. A transport may keep its own form of them in `frame`, so that a broadcast is
 * framed once and not once for each peer.
 */
export class Payload {
  /** What a transport made of `data`; each kind of transport reads only what it wrote itself. */
  frame: string | Uint8Array | undefined = undefined;

  /** The same for Server-Sent Events. */
  event: string | undefined = undefined;

  /** @param slowness - what becomes of it for peers that are too slow; where nothing is said, what their outboxes say. */
  constructor(
    readonly data: string | Uint8Array,
    readonly slowness?: Slowness,
  ) {}
}
