import { groupName, type Address } from '../delivery/address.js';
import { Delivery } from '../delivery/delivery.js';
import type { Member } from '../delivery/membership.js';
import type { PreparedMessage } from '../delivery/prepared-message.js';
import type { InvocationMessage } from '../protocol/messages.js';
import type { GroupPosition, KeptMessage, PlacedMessage } from './kept-message.js';

/** A message that stands in the histories of the groups that it is sent to. */
export interface RememberedMessage extends InvocationMessage {
  readonly kept: KeptMessage;
  /** One for each group, in the order in which they were named. */
  readonly positions: readonly GroupPosition[];
}

/** Somebody who may be in such a group. */
export interface GroupMember extends Member<InvocationMessage> {
  /** Takes such a message; without waiting and without throwing, as any other. */
  hear(message: PlacedMessage): void;
}

/** The crossing of one hub: what is remembered says to each member where it stands. */
export class HubDelivery<P extends GroupMember> extends Delivery<InvocationMessage, P> {
  override deliverHere(address: Address, prepared: PreparedMessage<InvocationMessage>): void {
    const { message } = prepared;
    if (!isRemembered(message)) return super.deliverHere(address, prepared);
    if (message.positions.length === 1) this.tellGroup(message, address.except);
    else this.tellGroups(message, address.except);
  }

  private tellGroup({ kept, positions }: RememberedMessage, except: Address['except']): void {
    const placed = kept.at(positions);
    for (const member of this.membersAt(positions[0])) if (except?.has(member.id) !== true) member.hear(placed);
  }

  /** Those who are in the same groups of them get the same bytes. Nobody is told of a group that he is not in. */
  private tellGroups({ kept, positions }: RememberedMessage, except: Address['except']): void {
    const placed = new Map<string, PlacedMessage>();
    for (const [member, indices] of this.membersOf(positions)) {
      if (except?.has(member.id) === true) continue;
      const key = indices.join();
      const message = placed.get(key) ?? kept.at(indices.map((index) => positions[index]));
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

function isRemembered(message: InvocationMessage): message is RememberedMessage {
  return 'kept' in message;
}
