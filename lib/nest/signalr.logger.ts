import { Inject, Injectable, Logger } from '@nestjs/common';
import { NEEDS_REALTIME } from '../common/channel-errors.js';
import { asError, SignalRError, SLOW_CLIENT } from '../common/errors.js';
import { Events, type EventMap } from '../common/events.js';
import { LIMIT } from '../common/limit-errors.js';
import type { ChannelEndpoint } from '../channels/channel.endpoint.js';
import type { DrainWitness } from '../connections/drain.js';
import { heartbeatWarnings } from '../connections/heartbeat.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { ModuleOptions } from '../signalr.options.js';
import { siteOf } from './failure-site.js';
import { becauseOf, printable, printableStack, reasonOf } from './log-text.js';
import { SampledLines } from './sampled-lines.js';
import type { TcpAddress } from './tcp-doors.js';
import { RESOLVED_OPTIONS } from './tokens.js';

/** What connections end with that is worth a warning. */
const TOLD = [SLOW_CLIENT, NEEDS_REALTIME, LIMIT];

/** How many frames of one hub or endpoint have a line of their own in a second. */
const FRAMES = 20;

/**
 * Writes what happens to Nest's log, under a name for each room: at boot a line per hub and endpoint of channels, what failed as errors, what clients
 * did not get as warnings, connections and calls at level debug, and frames at level verbose.
 */
@Injectable()
export class SignalRLogger implements DrainWitness {
  private readonly server = new Logger('SignalR');
  private readonly hubs = new Logger('SignalRHubs');
  private readonly channels = new Logger('SignalRChannels');
  /** The names of channels and their endpoints. */
  private readonly ofChannels = new Set<string>();
  private readonly sampled: SampledLines;
  private readonly frames: SampledLines;

  constructor(
    private readonly events: Events,
    @Inject(RESOLVED_OPTIONS) { server: { clock } }: ModuleOptions,
  ) {
    this.sampled = new SampledLines(clock);
    this.frames = new SampledLines(clock, FRAMES);
  }

  /** Begins to listen. Calls and frames are only told apart where somebody reads them. */
  start(): void {
    this.events.on('failed', (event) => this.logFailure(event));
    this.events.on('disconnected', (event) => this.warnOfEnd(event));
    this.events.on('dropped', (event) => this.warnOfDropped(event));
    this.events.on('limited', (event) => this.warnOfLimit(event));
    this.events.on('gap', ({ endpoint, missed }) => this.warn('gap', endpoint, `missed ${missed ?? 'some'} messages of other servers`));
    if (Logger.isLevelEnabled('debug')) this.startDebugging();
    if (Logger.isLevelEnabled('verbose')) this.events.on('framed', (event) => this.showFrame(event));
  }

  /** Says that a hub is served. */
  served({ descriptor, path, options }: HubEndpoint, tcp: TcpAddress | undefined): void {
    const { name, methods } = descriptor;
    const names = Array.from(methods.values(), (method) => method.name);
    this.server.log(`${name} {${path}}: ${names.length > 0 ? names.join(', ') : 'no methods'}`);
    if (descriptor.onAuthenticationRefreshed !== undefined && !options.authenticationRefresh)
      this.server.warn(`${name}.onAuthenticationRefreshed is never called: say @Hub('${path}', { authenticationRefresh: true }).`);
    for (const warning of heartbeatWarnings(options)) this.server.warn(`${name} {${path}}: ${warning}`);
    if (tcp !== undefined) this.server.log(`${name} {${path}} over TCP: ${tcp.host}, port ${tcp.port}`);
  }

  /** Says that an endpoint of channels is served. */
  servedChannels({ descriptor: { name, dialect, channels }, path }: ChannelEndpoint): void {
    for (const one of [name, ...channels.map((channel) => channel.name)]) this.ofChannels.add(one);
    const patterns = channels.flatMap((channel) => channel.patterns);
    this.server.log(`${name} {${path}, ${dialect.name}}: ${patterns.length > 0 ? patterns.join(', ') : 'no channels'}`);
    if (patterns.length === 0)
      this.server.warn(
        `${name} {${path}} has no topics that anybody could join. Write @Channel('topic:*') above a class, add it to the providers of a module, and to the endpoint's channels where it names some.`,
      );
    if (dialect.warning !== undefined) this.server.warn(`${name} {${path}}: ${dialect.warning}`);
  }

  /** Says that there are channels, and no place where clients could come to them. */
  unreachable(channels: readonly { readonly name: string }[]): void {
    const names = channels.map(({ name }) => name).join(', ');
    this.server.warn(
      `No client can join ${names}: channels need an endpoint. Write @ChannelEndpoint('/socket', { dialect: phoenix() }) above a class and add it to the providers of a module, or set the option channels: [{ path: '/socket', dialect: phoenix() }].`,
    );
  }

  /** Says that there is nothing to serve, which nobody imports the module for. */
  servedNothing(): void {
    this.server.warn("No hub is served. Write @Hub('/path') above a class and add it to the providers of a module.");
  }

  /** Says what has not been said yet. */
  finish(): void {
    this.sampled.finish();
    this.frames.finish();
  }

  drainBegins(connections: number): void {
    if (connections > 0)
      this.server.log(`The application ends: ${connections} ${connections === 1 ? 'connection is' : 'connections are'} told to go.`);
  }

  graceIsOver(connections: number, grace: number): void {
    const were = connections === 1 ? 'connection was' : 'connections were';
    this.server.warn(`${connections} ${were} ended while calls were running: they were not done within the ${grace} ms of drain.grace.`);
  }

  private startDebugging(): void {
    this.events.on('connected', ({ endpoint, connectionId }) => this.debug(endpoint, `${connectionId} connected`));
    this.events.on('interrupted', ({ endpoint, connectionId }) => this.debug(endpoint, `${connectionId} was cut off, and may come back`));
    this.events.on('resumed', ({ endpoint, connectionId }) => this.debug(endpoint, `${connectionId} came back`));
    this.events.on('disconnected', ({ endpoint, connectionId, code, error }) =>
      this.debug(endpoint, `${connectionId} disconnected (${code})${becauseOf(error)}`),
    );
    this.events.on('unconnected', ({ endpoint, connectionId, code, error }) =>
      this.debug(endpoint, `${connectionId} ended before it was connected (${code})${becauseOf(error)}`),
    );
    this.events.on('joined', ({ endpoint, connectionId, topic }) => this.debug(endpoint, `${connectionId} joined '${printable(topic)}'`));
    this.events.on('left', ({ endpoint, connectionId, topic }) => this.debug(endpoint, `${connectionId} left '${printable(topic)}'`));
    this.events.on('invoked', (event) => this.debugCall(event));
    this.events.on('refused', (event) => this.debugRefusal(event));
  }

  /** Calls of what does not exist cost a client nothing, and may come in any number. */
  private debugCall({ endpoint, connectionId, method, error }: EventMap['invoked']): void {
    if (method !== undefined)
      return this.debug(endpoint, `${connectionId} invoked '${method}'${error === undefined ? '' : ` failed: ${reasonOf(error)}`}`);
    this.sampled.add(`unknown ${endpoint}`, (more) =>
      this.debug(endpoint, more === 0 ? `${connectionId} invoked what does not exist` : `${more} more calls of what does not exist`),
    );
  }

  private showFrame({ endpoint, connectionId, direction, kind, size, method }: EventMap['framed']): void {
    const room = this.roomOf(endpoint);
    const name = method === undefined ? '' : ` '${method}'`;
    this.frames.add(endpoint, (more) =>
      room.verbose(`${endpoint}: ${more === 0 ? `${connectionId} ${direction}: ${kind}${name}, ${size} bytes` : `${more} more frames`}`),
    );
  }

  private debugRefusal({ endpoint, asked, status, reason }: EventMap['refused']): void {
    const line = `${printable(asked)} was refused with ${status}${reason && `: ${printable(reason)}`}`;
    this.sampled.add(`refused ${status} ${endpoint}`, (more) =>
      this.debug(endpoint, more === 0 ? line : `${more} more requests were refused with ${status}`),
    );
  }

  /** Nobody else would know why the client went: it cannot be told any more, or it is the server where something is missing. */
  private warnOfEnd({ endpoint, connectionId, error }: EventMap['disconnected']): void {
    if (error instanceof SignalRError && TOLD.includes(error.code))
      this.warn(error.code, endpoint, `${connectionId} was closed: ${error.message}`);
  }

  private warnOfDropped({ endpoint, connectionId, count, bytes, policy }: EventMap['dropped']): void {
    this.warn('dropped', endpoint, `${connectionId} reads too slowly: ${count} messages of ${bytes} bytes were dropped (${policy})`);
  }

  private warnOfLimit({ endpoint, limit, value, connectionId, userIdentifier = '', address }: EventMap['limited']): void {
    const who = printable(connectionId ?? address ?? userIdentifier);
    this.warn(limit, endpoint, `limits.${limit}${value === undefined ? '' : ` (${value})`} was reached${who && ` by ${who}`}`);
  }

  /** Clients can bring about any number of these as well, and what differs is not to be lost among them. */
  private logFailure({ endpoint, doing, error }: EventMap['failed']): void {
    const failure = asError(error);
    const { message, stack } = failure;
    const room = this.roomOf(endpoint);
    const line = `${endpoint}: ${printable(doing)} failed: ${printable(message)}`;
    this.sampled.addDifferent(
      `${endpoint} ${siteOf(doing, failure)}`,
      line,
      (more) => (more === 0 ? room.error(line, stack && printableStack(stack)) : room.error(`${line}${andMore(more)}`)),
      (more) => room.error(`${endpoint}: ${more} more failures in the same place, with other texts`),
    );
  }

  /** Clients can bring about any number of them. */
  private warn(kind: string, endpoint: string, line: string): void {
    const room = this.roomOf(endpoint);
    this.sampled.add(`${kind} ${endpoint}`, (more) => room.warn(`${endpoint}: ${line}${andMore(more)}`));
  }

  private debug(endpoint: string, line: string): void {
    this.roomOf(endpoint).debug(`${endpoint}: ${line}`);
  }

  private roomOf(endpoint: string): Logger {
    return this.ofChannels.has(endpoint) ? this.channels : this.hubs;
  }
}

function andMore(more: number): string {
  return more === 0 ? '' : ` (and ${more} more like this)`;
}
