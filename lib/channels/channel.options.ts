import { flag, milliseconds, Rule, resolveOptions, type Resolved } from '../common/options.js';
import { connectionOptions, type ConnectionOptions, type ResolvedConnectionOptions } from '../connections/connection.options.js';
import type { ChannelDialect } from './dialect.js';

/** Options of a channel. Times in milliseconds. */
export interface ChannelOptions {
  /**
   * How long a topic stays open when its last socket has left; after that `@TopicClosed` runs. 0 is at once.
   * @default 0
   */
  expiresAfter?: number;
}

export const channelOptions = { expiresAfter: milliseconds(0, 0) };

/** Those options of a connection that mean something on an endpoint of channels. */
export const sharedOptionNames = [
  'handshakeTimeout',
  'maximumReceiveMessageSize',
  'allowedOrigins',
  'transportSendTimeout',
  'webSocket',
  'outbox',
] as const;

/** Options that an endpoint has in common with the module: the module's are the defaults of all endpoints. */
export interface SharedEndpointOptions extends Pick<ConnectionOptions, (typeof sharedOptionNames)[number]> {
  /**
   * Whether a client is told the name and the message of every error. Meant for development: they may hold what is nobody's business.
   * A `ChannelException` is always told.
   * @default false
   */
  enableDetailedErrors?: boolean;
}

/** Options of an endpoint. */
export interface ChannelEndpointOptions extends SharedEndpointOptions {
  /**
   * A session whose client is silent for this long is closed; the client may come back. 0 is never.
   * @default what the dialect says: 60_000, a minute, for phoenix
   */
  clientTimeoutInterval?: number;
}

/** A class with `@Channel`. */
export type ChannelClass = abstract new (...args: never[]) => object;

/** An endpoint with what it is to serve. */
export interface ChannelEndpointSettings extends ChannelEndpointOptions {
  /** How clients speak here, such as `phoenix()`. */
  dialect: ChannelDialect;
  /**
   * The channels that can be joined here. Of those with the same pattern the first counts.
   * @default all channels of the application
   */
  channels?: readonly ChannelClass[];
}

/** An endpoint without a class of its own. */
export interface ChannelEndpointConfiguration extends ChannelEndpointSettings {
  /** Where clients find it, such as '/socket'; compared without case. */
  path: string;
}

const { handshakeTimeout, maximumReceiveMessageSize, allowedOrigins, transportSendTimeout, webSocket, outbox } = connectionOptions;

const endpointOptions = {
  handshakeTimeout,
  maximumReceiveMessageSize,
  allowedOrigins,
  transportSendTimeout,
  webSocket,
  outbox,
  enableDetailedErrors: flag(false),
  clientTimeoutInterval: new Rule<number | undefined>(undefined, 'a number of milliseconds, 0 or more', (value) => Number(value) >= 0),
};

/** All that an endpoint and its connections want to know. */
export interface ResolvedEndpointOptions extends ResolvedConnectionOptions {
  readonly enableDetailedErrors: boolean;
}

/** {@link ChannelOptions} with every default filled in. */
export type ResolvedChannelOptions = Resolved<typeof channelOptions>;

/**
 * Checks the options of an endpoint and fills in the defaults.
 *
 * @param module - what the module says for all of them.
 * @param from - where the endpoint's own come from, for the text of an error.
 * @throws SignalRError for a name that does not exist and a value that is not allowed.
 */
export function resolveEndpointOptions(
  module: SharedEndpointOptions,
  own: ChannelEndpointOptions,
  from: string,
  { idleTimeout }: ChannelDialect,
): ResolvedEndpointOptions {
  const layers = [
    { from: 'the options of SignalRModule', options: module },
    { from, options: own },
  ];
  const { clientTimeoutInterval = idleTimeout, ...given } = resolveOptions(endpointOptions, ...layers);
  const webSocketOptions = { ...given.webSocket, maximumFrameSize: given.webSocket.maximumFrameSize ?? given.maximumReceiveMessageSize };
  return { ...resolveOptions(connectionOptions), ...given, webSocket: webSocketOptions, clientTimeoutInterval };
}
