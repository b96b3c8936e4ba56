import type { Slowness } from '../common/slowness.js';
import type { MessageMeta } from './message-meta.js';

/** What is said to the sockets of a topic, to one session, or to all sessions of a user: what crosses from node to node. */
export interface ChannelMessage {
  /** Whether it is for all sockets of its topic, and not for sessions. */
  readonly isShared: boolean;
  /** Undefined for every topic of the sessions that it is for, and for sockets each in its own. */
  readonly topic: string | undefined;
  readonly event: string;
  readonly args: readonly unknown[];
  readonly meta?: MessageMeta;
  /** What becomes of it for clients that are too slow. The key is one of its topic. */
  readonly slowness?: Partial<Slowness>;
  /** Where it stands in the history of its topic, if that has one. */
  readonly offset?: number;
}

/** Where nobody gives a key it is the event: of a topic, for another topic is another matter. */
export function slownessIn(topic: string | undefined, event: string, said?: Partial<Slowness>): Slowness {
  return { whenSlow: said?.whenSlow, key: `${topic ?? ''}\n${said?.key ?? event}` };
}
