import type { Slowness } from '../common/slowness.js';
import type { Address } from '../delivery/address.js';
import { Delivery } from '../delivery/delivery.js';
import type { Member } from '../delivery/membership.js';
import type { PreparedMessage } from '../delivery/prepared-message.js';
import { slownessIn, type ChannelMessage } from './channel.message.js';

/** Somebody whom messages are for: a socket in its topic, or a session. */
export interface ChannelPeer extends Member<ChannelMessage> {
  /** Throws what {@link ChannelPeer.take} could not write; of a message that all members of a topic get. */
  prepare(prepared: PreparedMessage<ChannelMessage>): void;
  /** Takes a message that is not the same bytes for everybody: what a handler makes of it, or of each of its topics. */
  take(prepared: PreparedMessage<ChannelMessage>): void;
}

/** The crossing of channels: the same bytes for all members of a topic, save where a handler has a say. */
export class ChannelDelivery extends Delivery<ChannelMessage, ChannelPeer> {
  /** Whether some channel has a handler that looks at an event on its way out. */
  isIntercepted: (event: string) => boolean = () => false;

  /** Hears what is said in topics with a history. */
  overhear: (prepared: PreparedMessage<ChannelMessage>) => void = () => {};

  /** Here, where messages of other nodes arrive too. */
  override deliverHere(address: Address, prepared: PreparedMessage<ChannelMessage>): void {
    const { message } = prepared;
    if (message.offset !== undefined) this.overhear(prepared);
    if (message.isShared && !this.isIntercepted(message.event)) return super.deliverHere(address, prepared);
    if (message.isShared) this.prepareHere(address, prepared);
    for (const peer of this.recipients(address)) peer.take(prepared);
  }

  /** Throws what cannot be written for one of those here, as long as nobody has got it. */
  prepareHere(address: Address, prepared: PreparedMessage<ChannelMessage>): void {
    for (const peer of this.recipients(address)) peer.prepare(prepared);
  }

  private *recipients(address: Address): Iterable<ChannelPeer> {
    for (const peer of this.addressed(address)) if (address.except?.has(peer.id) !== true) yield peer;
  }

  protected override slownessOf({ topic, event, slowness }: ChannelMessage): Slowness {
    return slownessIn(topic, event, slowness);
  }
}
