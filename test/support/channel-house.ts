import { closeReason } from '../../lib/common/close-reason.js';
import { Events } from '../../lib/common/events.js';
import type { ChannelCall } from '../../lib/channels/channel.call.js';
import { ChannelCore } from '../../lib/channels/channel.core.js';
import type { ChannelDescriptor } from '../../lib/channels/channel.descriptor.js';
import { ChannelEndpoint } from '../../lib/channels/channel.endpoint.js';
import { EndpointEntry } from '../../lib/channels/channel.entry.js';
import { resolveChannelOptions, resolveEndpointOptions, type ChannelOptions } from '../../lib/channels/channel.options.js';
import type { ChannelSocket } from '../../lib/channels/channel.socket.js';
import type { Session } from '../../lib/channels/session.js';
import { phoenix } from '../../lib/channels/dialects/phoenix.js';
import { PhoenixV2Codec } from '../../lib/channels/dialects/phoenix.v2.js';
import { PatternTable } from '../../lib/channels/patterns.js';
import type { Connection } from '../../lib/connections/connection.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { inProcessBackplane } from '../../lib/delivery/backplane.js';
import { InProcessLog } from '../../lib/delivery/log.js';
import { InProcessStore } from '../../lib/delivery/store.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { FakeTransport } from './fake-transport.js';

/** What a test's channel does. */
export interface ChannelPlan extends ChannelOptions {
  join?: (socket: ChannelSocket, payload: unknown) => unknown;
  events?: Record<string, (socket: ChannelSocket, payload: unknown) => unknown>;
  /** What each recipient of an event gets. */
  out?: Record<string, (payload: unknown) => unknown>;
}

/** One channel for the topics 'room:*', and Phoenix sockets that carry nothing. */
export class ChannelHouse {
  readonly clock = new FakeClock();
  readonly failures: unknown[] = [];
  readonly core: ChannelCore;
  readonly log = new InProcessLog(this.clock);
  private readonly endpoint: ChannelEndpoint;
  private readonly connections = new ConnectionStore(this.clock, 5_000, 10);

  constructor(plan: ChannelPlan = {}) {
    const events = new Events();
    events.on('failed', (event) => this.failures.push(event.error));
    const limits = {
      connectionsPerUser: Infinity,
      channelsPerConnection: 100,
      eventsPerSecond: Infinity,
      nameLength: 256,
      pendingClientResults: 100,
    };
    const times = { clock: this.clock, disconnectTimeout: 5_000, clientResultTimeout: 0 };
    const shared = { store: new InProcessStore(this.clock), log: this.log, backplane: inProcessBackplane };
    this.core = new ChannelCore({ ...times, ...shared, events, limits, userIdProvider: (user) => user as string | undefined });
    const channel = describe(plan);
    this.core.add(channel);
    const dialect = phoenix();
    const described = { name: 'Users', path: '/socket', dialect, channels: [channel], onConnected: undefined, onDisconnected: undefined };
    this.endpoint = new ChannelEndpoint(described, this.core, resolveEndpointOptions({}, {}, 'a test', dialect));
  }

  /** A client connects, as a user if one is named. */
  async connect(user?: string): Promise<ChannelVisitor> {
    const entry = new EndpointEntry(this.endpoint, this.connections);
    const offer = { codec: new PhoenixV2Codec(), params: {} };
    const session = (await entry.prepare(undefined, { user, userIdentifier: user }, offer)) as Session;
    const transport = new FakeTransport();
    return new ChannelVisitor(entry.begin(session, transport), transport);
  }
}

/** A client that speaks version 2 of Phoenix' serializer. */
export class ChannelVisitor {
  private lastRef = 0;

  constructor(
    private readonly connection: Connection,
    private readonly transport: FakeTransport,
  ) {}

  /** All that it was sent: [join_ref, ref, topic, event, payload]. */
  get heard(): [string | null, string | null, string, string, Record<string, unknown>][] {
    return this.transport.log
      .filter((line) => line.startsWith('write '))
      .map((line) => JSON.parse(line.replace(/^write (shared )?/, '')) as never);
  }

  /** The events that it was sent in a topic, each with its payload; replies are 'phx_reply'. */
  get events(): [event: string, payload: Record<string, unknown>][] {
    return this.heard.map(([, , , event, payload]) => [event, payload]);
  }

  async join(topic: string, payload: object = {}): Promise<void> {
    const ref = `${++this.lastRef}`;
    await this.say([ref, ref, topic, 'phx_join', payload]);
  }

  async push(topic: string, event: string, payload: object = {}): Promise<void> {
    await this.say([null, `${++this.lastRef}`, topic, event, payload]);
  }

  /** The connection breaks. */
  async vanish(): Promise<void> {
    this.connection.close(closeReason('disconnected'));
    await settled();
  }

  private async say(frame: unknown[]): Promise<void> {
    this.connection.receive(Buffer.from(JSON.stringify(frame)), false);
    await settled();
  }
}

/** What follows from something has happened when a few turns are over. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function describe({ join = () => undefined, events = {}, out = {}, ...options }: ChannelPlan): ChannelDescriptor {
  const socketOf = (call: ChannelCall): ChannelSocket => call.caller as ChannelSocket;
  const incoming = Object.entries(events).map(
    ([event, handle]) =>
      [event, { name: event, handle: (call: ChannelCall) => handle(socketOf(call), call.data), isOnce: false, reply: 'sender' }] as const,
  );
  return {
    ...resolveChannelOptions(options, 'a test'),
    name: 'Rooms',
    patterns: ['room:*'],
    joins: new PatternTable([['room:*', (call: ChannelCall) => join(socketOf(call), call.data)]]),
    leaves: new PatternTable([]),
    incoming: new PatternTable(incoming),
    outgoing: new PatternTable(Object.entries(out).map(([event, make]) => [event, (call: ChannelCall) => make(call.data)])),
    opened: undefined,
    closed: undefined,
    guard: undefined,
    isGuarded: false,
    subscriptions: [],
    presenceChanged: undefined,
  };
}
