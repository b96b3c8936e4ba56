import { Injectable, Logger } from '@nestjs/common';
import { asError, SignalRError, SLOW_CLIENT } from '../common/errors.js';
import { redacted } from '../common/redacted.js';
import { Events, type EventMap } from '../common/events.js';
import type { ChannelEndpoint } from '../channels/channel.endpoint.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { TcpAddress } from './tcp-doors.js';

/** The most of a text from outside that stands in a line. */
const LONGEST = 200;
const LONGEST_STACK = 4_000;

/** Writes what happens to Nest's log: at boot a line per hub, what failed as errors, and connections and calls at level debug. */
@Injectable()
export class SignalRLogger {
  private readonly server = new Logger('SignalR');
  private readonly hubs = new Logger('SignalRHubs');

  constructor(private readonly events: Events) {}

  /** Begins to listen. Calls are only told apart where somebody reads them. */
  start(): void {
    this.events.on('failed', (event) => this.logFailure(event));
    this.events.on('disconnected', (event) => this.warnOfSlowness(event));
    if (!Logger.isLevelEnabled('debug')) return;
    this.events.on('connected', ({ endpoint, connectionId }) => this.hubs.debug(`${endpoint}: ${connectionId} connected`));
    this.events.on('interrupted', ({ endpoint, connectionId }) =>
      this.hubs.debug(`${endpoint}: ${connectionId} was cut off, and may come back`),
    );
    this.events.on('resumed', ({ endpoint, connectionId }) => this.hubs.debug(`${endpoint}: ${connectionId} came back`));
    this.events.on('disconnected', ({ endpoint, connectionId, code, error }) =>
      this.hubs.debug(`${endpoint}: ${connectionId} disconnected (${code})${becauseOf(error)}`),
    );
    this.events.on('unconnected', ({ endpoint, connectionId, code, error }) =>
      this.hubs.debug(`${endpoint}: ${connectionId} went before its handshake (${code})${becauseOf(error)}`),
    );
    this.events.on('joined', ({ endpoint, connectionId, topic }) =>
      this.hubs.debug(`${endpoint}: ${connectionId} joined '${printable(topic)}'`),
    );
    this.events.on('left', ({ endpoint, connectionId, topic }) =>
      this.hubs.debug(`${endpoint}: ${connectionId} left '${printable(topic)}'`),
    );
    this.events.on('invoked', (event) => this.hubs.debug(describeCall(event)));
  }

  /** Says that a hub is served. */
  served({ descriptor, path, options }: HubEndpoint, tcp: TcpAddress | undefined): void {
    const { name, methods } = descriptor;
    const names = Array.from(methods.values(), (method) => method.name);
    this.server.log(`${name} {${path}}: ${names.length > 0 ? names.join(', ') : 'no methods'}`);
    if (descriptor.onAuthenticationRefreshed !== undefined && !options.authenticationRefresh)
      this.server.warn(`${name}.onAuthenticationRefreshed is never called: say @Hub('${path}', { authenticationRefresh: true }).`);
    if (tcp !== undefined) this.server.log(`${name} {${path}} over TCP: ${tcp.host}, port ${tcp.port}`);
  }

  /** Says that an endpoint of channels is served. */
  servedChannels({ descriptor: { name, dialect, channels }, path }: ChannelEndpoint): void {
    const patterns = channels.flatMap((channel) => channel.patterns);
    this.server.log(`${name} {${path}, ${dialect.name}}: ${patterns.length > 0 ? patterns.join(', ') : 'no channels'}`);
    if (dialect.warning !== undefined) this.server.warn(`${name} {${path}}: ${dialect.warning}`);
  }

  /** Says that there is nothing to serve, which nobody imports the module for. */
  servedNothing(): void {
    this.server.warn("No hub is served. Write @Hub('/path') above a class and add it to the providers of a module.");
  }

  /** Nobody else would know why the client went: it cannot be told any more. */
  private warnOfSlowness({ endpoint, connectionId, error }: EventMap['disconnected']): void {
    if (error instanceof SignalRError && error.code === SLOW_CLIENT)
      this.hubs.warn(`${endpoint}: ${connectionId} was closed: ${error.message}`);
  }

  private logFailure({ endpoint, doing, error }: EventMap['failed']): void {
    const { message, stack } = asError(error);
    this.hubs.error(`${endpoint}: ${printable(doing)} failed: ${printable(message)}`, stack && printableStack(stack));
  }
}

function describeCall({ endpoint, connectionId, target, error }: EventMap['invoked']): string {
  const outcome = error === undefined ? '' : ` failed: ${reasonOf(error)}`;
  return `${endpoint}: ${connectionId} invoked '${printable(target)}'${outcome}`;
}

const becauseOf = (error: Error | undefined): string => (error === undefined ? '' : `: ${reasonOf(error)}`);

/** With what lies behind it, where the sentence is one that clients get. */
function reasonOf(error: unknown): string {
  const { message, cause } = asError(error);
  return printable(cause instanceof Error ? cause.message : message);
}

/** What clients send may neither begin a line of its own nor colour the terminal nor fill the disk. */
function printable(text: string): string {
  const harmless = redacted(text).replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return harmless.length > LONGEST ? `${harmless.slice(0, LONGEST)}…` : harmless;
}

/** A stack keeps its lines; the message at its beginning may be anything. */
function printableStack(stack: string): string {
  return redacted(stack).slice(0, LONGEST_STACK).split('\n').map(printable).join('\n');
}
