import type { Clock } from '../common/clock.js';
import type { Events } from '../common/events.js';
import { groupName, type Address, type Name } from '../delivery/address.js';
import type { Backplane } from '../delivery/backplane.js';
import type { Log } from '../delivery/log.js';
import type { Store } from '../delivery/store.js';
import { ChannelDelivery } from './channel.delivery.js';
import type { ChannelDescriptor } from './channel.descriptor.js';
import { ChannelHistory, type HistoryGround } from './channel.history.js';
import type { ChannelMessage } from './channel.message.js';
import type { TopicHistory } from './channel.options.js';
import { PatternTable, type PatternEntry } from './patterns.js';
import { PresenceKeeper, type PresenceGround } from './presence.keeper.js';
import { Topics } from './topics.js';

/** The limits on what clients of channels do. */
export type ChannelLimit = 'channelsPerConnection' | 'connectionsPerUser' | 'eventsPerSecond' | 'nameLength' | 'pendingClientResults';

/** Bounds on what clients may ask for. */
export type ChannelLimits = Readonly<Record<ChannelLimit, number>>;

/** What all channels of a server share. */
export interface ChannelGround {
  readonly clock: Clock;
  readonly events: Events;
  readonly backplane: Backplane<ChannelMessage>;
  readonly store: Store;
  readonly log: Log;
  readonly limits: ChannelLimits;
  /** Who a user is, or undefined for somebody unknown. */
  readonly userIdProvider: (user: unknown) => string | undefined;
  /** How long the end of a session waits for what is still running, and the leave of a socket for `@Leave`, in milliseconds. */
  readonly disconnectTimeout: number;
  /** How long an answer of a client is waited for where nobody says otherwise, in milliseconds; 0 is for ever. */
  readonly clientResultTimeout: number;
}

/** All channels of an application from the side of those who send: who is in which topic, and the way to them. */
export class ChannelCore {
  readonly delivery: ChannelDelivery;
  /** The sessions of this node. */
  readonly sessions = new Set<object>();
  readonly history: ChannelHistory;
  readonly presence: PresenceKeeper;
  private readonly topics = new Map<ChannelDescriptor, Topics>();
  /** What is kept of topics, by their patterns. */
  private histories = new PatternTable<TopicHistory>([]);
  /** The channels that look at events on their way out. */
  private readonly listening: ChannelDescriptor[] = [];

  constructor(readonly ground: ChannelGround) {
    this.delivery = new ChannelDelivery(ground.backplane, { occupied() {}, vacant() {} });
    this.history = new ChannelHistory(this.aroundHistory());
    this.presence = new PresenceKeeper(this.aroundPresence());
    this.delivery.overhear = (prepared) => this.history.overhear(prepared);
    this.delivery.isIntercepted = (event) => this.listening.some(({ outgoing }) => outgoing.find(event) !== undefined);
  }

  /** All channels, in the order of their declaration. */
  get channels(): ChannelDescriptor[] {
    return [...this.topics.keys()];
  }

  /** How many topics are open on this node. */
  get openTopics(): number {
    return [...this.topics.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Serves a channel from now on. */
  add(channel: ChannelDescriptor): void {
    this.topics.set(channel, new Topics(channel, this.ground.clock, (doing, error) => this.report(channel.name, doing, error)));
    if (!channel.outgoing.isEmpty) this.listening.push(channel);
    if (channel.history !== undefined) this.histories = new PatternTable(this.channels.flatMap(historiesOf));
  }

  topicsOf(channel: ChannelDescriptor): Topics {
    return this.topics.get(channel) as Topics;
  }

  /** Sends to all sockets of a topic, save those in `except`; throws what cannot be written for. */
  broadcast(message: ChannelMessage & { topic: string }, except?: ReadonlySet<string>): Promise<void> {
    const history = this.histories.find(message.topic);
    return history === undefined ? this.deliver(message, except) : this.history.send(message, history, except);
  }

  /** The same to those on this node alone. */
  broadcastHere(message: ChannelMessage & { topic: string }): void {
    this.delivery.deliverHere({ names: [groupName(message.topic)] }, this.delivery.prepare(message));
  }

  /** Says something to the sessions that are called so. */
  tell(name: Name, message: ChannelMessage): Promise<void> {
    return this.delivery.send({ names: [name] }, message);
  }

  /** Whether a topic is open on this node. */
  isOpen(topic: string): boolean {
    return [...this.topics.values()].some((topics) => topics.has(topic));
  }

  /** Closes the topics that nobody is in: nobody will come any more. */
  async end(): Promise<void> {
    await Promise.all(Array.from(this.topics.values(), (topics) => topics.end()));
  }

  /** Reports that a limit has refused something, and to whom. */
  limited(endpoint: string, limit: ChannelLimit, session: { readonly id: string; readonly userIdentifier: string | undefined }): void {
    const { events, limits } = this.ground;
    const { id: connectionId, userIdentifier } = session;
    events.emit('limited', { endpoint, limit, value: limits[limit], userIdentifier, connectionId });
  }

  /** Reports what failed where nobody else could be told. */
  report(endpoint: string, doing: string, error: unknown): void {
    this.ground.events.emit('failed', { endpoint, doing, error });
  }

  private deliver(message: ChannelMessage & { topic: string }, except: ReadonlySet<string> | undefined): Promise<void> {
    return this.delivery.send(audienceOf(message, except), message);
  }

  private aroundHistory(): HistoryGround {
    return {
      log: this.ground.log,
      prepare: (message, except) => this.delivery.prepareHere(audienceOf(message, except), this.delivery.prepare(message)),
      deliver: (message, except) => this.deliver(message, except),
      report: (doing, error) => this.report('History', doing, error),
    };
  }

  private aroundPresence(): PresenceGround {
    const { clock, store } = this.ground;
    return {
      clock,
      store,
      audience: (topic) => this.delivery.membership.count(groupName(topic)),
      broadcast: (message, except) => this.deliver(message, except),
      report: (channel, doing, error) => this.report(channel, doing, error),
    };
  }
}

function audienceOf({ topic }: { topic: string }, except: ReadonlySet<string> | undefined): Address {
  return { names: [groupName(topic)], except };
}

function historiesOf({ patterns, history }: ChannelDescriptor): PatternEntry<TopicHistory>[] {
  return history === undefined ? [] : patterns.map((pattern) => [pattern, history]);
}
