import type { Slowness } from '../common/slowness.js';
import type { Address } from './address.js';
import type { Backplane } from './backplane.js';
import { lookAhead } from './look-ahead.js';
import { Membership, type Member, type Occupancy } from './membership.js';
import { PreparedMessage } from './prepared-message.js';

const DONE = Promise.resolve();

/** The crossing: messages go to the members here, at once, and through the backplane to those elsewhere. One for each hub, so that hubs never meet. */
export class Delivery<M, P extends Member<M> = Member<M>> {
  readonly membership: Membership<P>;

  /** @param occupancy - is told, after the backplane, when a name gets its first member here or loses its last. */
  constructor(
    private readonly backplane: Backplane<M>,
    occupancy: Occupancy,
  ) {
    this.membership = new Membership({
      occupied(name) {
        backplane.subscribe(name);
        occupancy.occupied(name);
      },
      vacant(name) {
        backplane.unsubscribe(name);
        occupancy.vacant(name);
      },
    });
  }

  /**
   * Sends a message to whoever the address names. The members here have it in their outboxes when this returns; nobody waits for a slow one.
   *
   * @returns settles when the backplane has taken it.
   * @throws what an encoding throws for a value that it cannot write; nobody has got it then.
   */
  send(address: Address, message: M): Promise<void> {
    this.deliverHere(address, this.prepare(message));
    return this.backplane.publish(address, message) ?? DONE;
  }

  /** What {@link deliverHere} takes. */
  prepare(message: M): PreparedMessage<M> {
    return new PreparedMessage(message, this.slownessOf(message));
  }

  /** Hands a message to the members of this node: where messages from other nodes arrive, too. */
  deliverHere(address: Address, prepared: PreparedMessage<M>): void {
    this.deliverTo(this.addressed(address), address, prepared);
  }

  /** What becomes of a message for members that are too slow; where nothing is said, what is said for each of them. */
  protected slownessOf(_message: M): Slowness | undefined {
    return undefined;
  }

  /** Whoever has one of the names; somebody with two of them is there once. */
  protected addressed({ names }: Address): Iterable<P> {
    if (names.length === 1) return this.membership.called(names[0]);
    const members = new Set<P>();
    for (const name of names) for (const member of this.membership.called(name)) members.add(member);
    return members;
  }

  /** A message that cannot be written for one member is delivered to none, whatever the others understand. */
  private deliverTo(members: Iterable<P>, { except }: Address, prepared: PreparedMessage<M>): void {
    if (this.membership.isMixed) encodeFor(members, except, prepared);
    lookAhead(members);
    for (const member of members) {
      if (except?.has(member.id)) continue;
      member.deliver(prepared.payloadFor(member.encoding));
    }
  }
}

function encodeFor<M>(members: Iterable<Member<M>>, except: Address['except'], prepared: PreparedMessage<M>): void {
  for (const member of members) if (except?.has(member.id) !== true) prepared.payloadFor(member.encoding);
}
