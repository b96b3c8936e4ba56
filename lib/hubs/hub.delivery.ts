import type { Slowness } from '../common/slowness.js';
import { groupName, type Address } from '../delivery/address.js';
import { Delivery } from '../delivery/delivery.js';
import type { Member } from '../delivery/membership.js';
import type { PreparedMessage } from '../delivery/prepared-message.js';
import type { InvocationMessage } from '../protocol/messages.js';
import type { GroupPosition, KeptMessage, PlacedMessage } from './kept-message.js';

/** A message to clients of which no answer is wanted. */
export interface SentMessage extends InvocationMessage {
  /** What becomes of it for clients that are too slow. */
  readonly slowness?: Slowness;
}

/** A message that stands in the histories of the groups that it is sent to. */
export interface RememberedMessage extends SentMessage {
  readonly kept: KeptMessage;
  /** One for each group, in the order in which they were named. */
  readonly positions: readonly GroupPosition[];
}

/** Somebody who may be in such a group. */
export interface GroupMember extends Member<SentMessage> {
  /** Takes such a message; without waiting and without throwing, as any other. */
  hear(message: PlacedMessage): void;
}

/** The crossing of one hub: what is remembered says to each member where it stands. */
export class HubDelivery<P extends GroupMember> extends Delivery<SentMessage, P> {
  override deliverHere(address: Address, prepared: PreparedMessage<SentMessage>): void {
    const { message } = prepared;
    if (!isRemembered(message)) return super.deliverHere(address, prepared);
    const told = { ...message, slowness: this.slownessOf(message) };
    if (message.positions.length === 1) this.tellGroup(told, address.except);
    else this.tellGroups(told, address.except);
  }

  /** What is coalesced is that by its method, where nobody gives a key. */
  protected override slownessOf({ target, slowness }: SentMessage): Slowness {
    return slowness ?? { key: target };
  }

  private tellGroup({ kept, positions, slowness }: RememberedMessage, except: Address['except']): void {
    const placed = kept.at(positions, slowness);
    for (const member of this.membersAt(positions[0])) if (except?.has(member.id) !== true) member.hear(placed);
  }

  /** Those who are in the same groups of them get the same bytes. Nobody is told of a group that he is not in. */
  private tellGroups({ kept, positions, slowness }: RememberedMessage, except: Address['except']): void {
    const placed = new Map<string, PlacedMessage>();
    for (const [member, indices] of this.membersOf(positions)) {
      if (except?.has(member.id) === true) continue;
      const key = indices.join();
      const message =
        placed.get(key) ??
        kept.at(
          indices.map((index) => positions[index]),
          slowness,
        );
      placed.set(key, message);
      member.hear(message);
    }
  }

  private membersOf(positions: readonly GroupPosition[]): Map<P, number[]> {
    const members = new Map<P, number[]>();
    positions.forEach((position, index) => {
      for (const member of this.membersAt(position)) members.set(member, [...(members.get(member) ?? []), index]);
    });
    return members;
  }

  private membersAt({ group }: GroupPosition): Iterable<P> {
    return this.membership.called(groupName(group));
  }
}

function isRemembered(message: SentMessage): message is RememberedMessage {
  return 'kept' in message;
}
