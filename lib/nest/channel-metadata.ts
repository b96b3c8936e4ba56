import type { ChannelClass, ChannelEndpointOptions, ChannelOptions } from '../channels/channel.options.js';
import type { ChannelDialect } from '../channels/dialect.js';

/** Keys are texts, so that two copies of this package in one process read each other's decorators. */
export const CHANNEL_METADATA = 'signalr:channel';
export const CHANNEL_ENDPOINT_METADATA = 'signalr:channel-endpoint';
export const CHANNEL_HANDLERS_METADATA = 'signalr:channel-handlers';
export const SUBSCRIPTIONS_METADATA = 'signalr:channel-subscriptions';

/** What `@Channel` says. */
export interface ChannelMetadata {
  readonly patterns: readonly string[];
  readonly options: ChannelOptions;
}

/** What `@ChannelEndpoint` says, and each of the module's `channels`. */
export interface ChannelEndpointMetadata {
  readonly path: string;
  readonly dialect: ChannelDialect;
  readonly channels: readonly ChannelClass[] | undefined;
  readonly options: ChannelEndpointOptions;
}

/** How an event is handled. */
export interface HandleInOptions {
  /**
   * Whether one event of a socket is handled, and no other; after that it is as if there were no handler. What is refused or fails does not count.
   * @default false
   */
  once?: boolean;
  /**
   * Who gets what the handler returns: the client that pushed the event, as the reply, or everybody in the topic, as the same event. The client then
   * sees an empty reply.
   * @default 'sender'
   */
  reply?: 'sender' | 'channel';
}

/** What a method is for. */
export type ChannelHandlerKind = 'join' | 'leave' | 'in' | 'out' | 'opened' | 'closed' | 'presence';

/** The decorators of handlers, for texts. */
export const handlerDecorators: Record<ChannelHandlerKind, string> = {
  join: '@Join',
  leave: '@Leave',
  in: '@HandleIn',
  out: '@HandleOut',
  opened: '@TopicOpened',
  closed: '@TopicClosed',
  presence: '@PresenceChanged',
};

/** What one decorator says of a method. */
export interface HandlerMark {
  readonly kind: ChannelHandlerKind;
  /** Of topics, or of events; none for all. */
  readonly patterns: readonly string[];
  readonly options: HandleInOptions;
}

/** What one `@Subscribe` says. */
export interface SubscriptionMark {
  readonly pattern: string;
  readonly event: string;
}

/** What a decorator has said of a class or of one that it extends. */
export function metadataOf<M>(key: string, target: unknown): M | undefined {
  return typeof target === 'function' ? (Reflect.getMetadata(key, target) as M | undefined) : undefined;
}
