import { optionErrors } from '../common/errors.js';
import { choice, count, flag, milliseconds, Rule, resolveOptions, type Resolved } from '../common/options.js';
import { connectionOptions, type ConnectionOptions, type ResolvedConnectionOptions } from '../connections/connection.options.js';
import type { ChannelDialect } from './dialect.js';

/** Options of a channel. Times in milliseconds. */
export interface ChannelOptions {
  /**
   * How long a topic stays open when its last socket has left; after that `@TopicClosed` runs. 0 is at once.
   * @default 0
   */
  expiresAfter?: number;
  /**
   * Whether clients are told who is in their topics: `presence_state` after the join, and `presence_diff` when somebody who is tracked comes or goes.
   * @default false
   */
  presence?: boolean;
  /** What is kept of what is broadcast in each topic, for those who come back; an empty object for the defaults. By default nothing is kept. */
  history?: HistoryOptions;
}

/** What a channel keeps of what is broadcast in a topic. */
export interface HistoryOptions {
  /**
   * 'log': who comes back gets exactly what was missed, or is told that this cannot be had. 'latest': who comes in gets the last value.
   * @default 'log'
   */
  mode?: 'log' | 'latest';
  /**
   * The most broadcasts that are kept of a topic; where the mode is 'latest' it is one.
   * @default 100
   */
  size?: number;
  /**
   * How long each of them is kept.
   * @default 300_000
   */
  ttl?: number;
}

const channelOptions = { expiresAfter: milliseconds(0, 0), presence: flag(false) };

const historyOptions = { mode: choice('log', 'log', 'latest'), size: count(100, 1), ttl: milliseconds(300_000) };

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
  /** Where clients find it, such as '/socket'; compared without case and without a slash at its end. */
  path: string;
}

const { handshakeTimeout, maximumReceiveMessageSize, allowedOrigins, transportSendTimeout, webSocket, outbox } = connectionOptions;

const silence = milliseconds(0, 0);

const endpointOptions = {
  handshakeTimeout,
  maximumReceiveMessageSize,
  allowedOrigins,
  transportSendTimeout,
  webSocket,
  outbox,
  enableDetailedErrors: flag(false),
  // Where nobody says, the dialect does.
  clientTimeoutInterval: new Rule<number | undefined>(undefined, silence.allowed, silence.accepts),
};

/** All that an endpoint and its connections want to know. */
export interface ResolvedEndpointOptions extends ResolvedConnectionOptions {
  readonly enableDetailedErrors: boolean;
}

/** {@link HistoryOptions} with every default filled in. */
export type TopicHistory = Resolved<typeof historyOptions>;

/** {@link ChannelOptions} with every default filled in. */
export interface ResolvedChannelOptions extends Resolved<typeof channelOptions> {
  readonly history: TopicHistory | undefined;
}

/**
 * Checks the options of a channel and fills in the defaults.
 *
 * @param from - where they come from, for the text of an error.
 * @throws SignalRError for a name that does not exist and a value that is not allowed.
 */
export function resolveChannelOptions(options: ChannelOptions, from: string): ResolvedChannelOptions {
  const { history, ...rest } = resolveOptions({ ...channelOptions, history: historyOptions }, { from, options });
  return { ...rest, history: options.history && resolveHistory(options.history, history, from) };
}

function resolveHistory(given: HistoryOptions, history: TopicHistory, from: string): TopicHistory {
  if (history.mode === 'log') return history;
  if (given.size !== undefined && given.size !== 1)
    throw optionErrors.notAllowed('history.size', given.size, "1, or left out, where the mode is 'latest'", from);
  return { ...history, size: 1 };
}

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
