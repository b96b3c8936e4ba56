import type { ChannelCall } from './channel.call.js';
import type { TopicHistory } from './channel.options.js';
import type { ChannelDialect } from './dialect.js';
import type { PatternTable } from './patterns.js';
import type { Readmission } from './session.token.js';

/** A method with everything that stands around it; returns its result or a promise of it. */
export type ChannelHandler = (call: ChannelCall) => unknown;

/** A method that handles what clients say. */
export interface IncomingHandler {
  /** The events that it handles, as the application has them. */
  readonly name: string;
  readonly handle: ChannelHandler;
  /** Whether a socket's event is handled by it only the first time. */
  readonly isOnce: boolean;
  /** Who gets what it returns: the client that said it, or everybody in the topic. */
  readonly reply: 'sender' | 'channel';
}

/** What is published on topics that fit the pattern reaches the channel's sockets as the event. */
export interface Subscription {
  readonly pattern: string;
  readonly event: string;
}

/** A channel as plain data: what can be known at boot is worked out there. */
export interface ChannelDescriptor {
  /** The name of the class. */
  readonly name: string;
  /** The topics that it serves. */
  readonly patterns: readonly string[];
  /** How long its topics stay open when everybody has left, in milliseconds. */
  readonly expiresAfter: number;
  /** By topic. A topic without one cannot be joined. */
  readonly joins: PatternTable<ChannelHandler>;
  /** By topic. */
  readonly leaves: PatternTable<ChannelHandler>;
  /** By event. */
  readonly incoming: PatternTable<IncomingHandler>;
  /** By event: asked for each recipient what it gets. */
  readonly outgoing: PatternTable<ChannelHandler>;
  /** Called when a topic gets its first socket. */
  readonly opened: ChannelHandler | undefined;
  /** Called when a topic is closed, after the last socket has left. */
  readonly closed: ChannelHandler | undefined;
  /** Asks the guards of the class for events that a socket handles by itself; undefined where there are none. */
  readonly guard: ChannelHandler | undefined;
  /** Whether a guard stands on the class, or on the whole application. */
  readonly isGuarded: boolean;
  readonly subscriptions: readonly Subscription[];
  /** Whether its clients are told who is in their topics. */
  readonly presence: boolean;
  /** Called with those who came and those who went. */
  readonly presenceChanged: ChannelHandler | undefined;
  /** What of its topics is kept for those who come back; undefined for nothing. */
  readonly history: TopicHistory | undefined;
}

/** A channel under one of its patterns. */
export interface ServedPattern {
  readonly pattern: string;
  readonly channel: ChannelDescriptor;
}

/** An endpoint as plain data. */
export interface ChannelEndpointDescriptor {
  /** The name of the class, or the path where there is none. */
  readonly name: string;
  readonly path: string;
  readonly dialect: ChannelDialect;
  /** Those that can be joined here, in the order of their declaration. */
  readonly channels: readonly ChannelDescriptor[];
  /** Asks who somebody is that brings another token; undefined where nobody asks. */
  readonly readmit?: Readmission | undefined;
  /** Called before a session is let in; a throw refuses it. */
  readonly onConnected: ChannelHandler | undefined;
  /** Called once, when a session that was let in has ended; its second argument is the reason. */
  readonly onDisconnected: ChannelHandler | undefined;
}
