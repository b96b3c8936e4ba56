import type { Clock } from '../common/clock.js';
import type { Events } from '../common/events.js';
import { groupName, type Name } from '../delivery/address.js';
import type { Backplane } from '../delivery/backplane.js';
import { PreparedMessage } from '../delivery/prepared-message.js';
import { ChannelDelivery } from './channel.delivery.js';
import type { ChannelDescriptor } from './channel.descriptor.js';
import type { ChannelMessage } from './channel.message.js';
import { Topics } from './topics.js';

/** Bounds on what clients may ask for. */
export interface ChannelLimits {
  readonly channelsPerConnection: number;
  readonly eventsPerSecond: number;
  readonly nameLength: number;
  readonly pendingClientResults: number;
}

/** What all channels of a server share. */
export interface ChannelGround {
  readonly clock: Clock;
  readonly events: Events;
  readonly backplane: Backplane<ChannelMessage>;
  readonly limits: ChannelLimits;
  /** Who a user is, or undefined for somebody unknown. */
  readonly userIdProvider: (user: unknown) => string | undefined;
  /** How long the end of a session waits for what is still running, in milliseconds. */
  readonly disconnectTimeout: number;
  /** How long an answer of a client is waited for where nobody says otherwise, in milliseconds; 0 is for ever. */
  readonly clientResultTimeout: number;
}

/** All channels of an application from the side of those who send: who is in which topic, and the way to them. */
export class ChannelCore {
  readonly delivery: ChannelDelivery;
  /** The sessions of this node. */
  readonly sessions = new Set<object>();
  private readonly topics = new Map<ChannelDescriptor, Topics>();
  /** The channels that look at events on their way out. */
  private readonly listening: ChannelDescriptor[] = [];

  constructor(readonly ground: ChannelGround) {
    this.delivery = new ChannelDelivery(ground.backplane, { occupied() {}, vacant() {} });
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
  }

  topicsOf(channel: ChannelDescriptor): Topics {
    return this.topics.get(channel) as Topics;
  }

  /** Sends to all sockets of a topic, save those in `except`; throws what cannot be written for. */
  broadcast(message: ChannelMessage & { topic: string }, except?: ReadonlySet<string>): Promise<void> {
    return this.delivery.send({ names: [groupName(message.topic)], except }, message);
  }

  /** The same to those on this node alone. */
  broadcastHere(message: ChannelMessage & { topic: string }): void {
    this.delivery.deliverHere({ names: [groupName(message.topic)] }, new PreparedMessage(message));
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

  /** Reports what failed where nobody else could be told. */
  report(endpoint: string, doing: string, error: unknown): void {
    this.ground.events.emit('failed', { endpoint, doing, error });
  }
}
