import { Subject } from 'rxjs';
import type { Clock } from '../common/clock.js';
import type { CloseReason } from '../common/close-reason.js';
import { clientErrors } from '../common/errors.js';
import { useErrors } from '../common/use-errors.js';
import type { Events } from '../common/events.js';
import { groupName, idOf, type Address, type Name } from '../delivery/address.js';
import type { Backplane } from '../delivery/backplane.js';
import { Delivery } from '../delivery/delivery.js';
import type { Member } from '../delivery/membership.js';
import type { Store } from '../delivery/store.js';
import type { InvocationMessage } from '../protocol/messages.js';
import type { CallSettings } from './client-proxy.js';
import type { ResolvedServerOptions } from './server.options.js';

const NAMELESS_GROUP = groupName('');

/** What all hubs of a server share. */
export interface HubGround {
  readonly clock: Clock;
  readonly events: Events;
  readonly store: Store;
  readonly backplane: Backplane<InvocationMessage>;
  readonly limits: ResolvedServerOptions['limits'];
  /** The name of this node among those of a cluster. */
  readonly node: string;
  /** Who a user is, or undefined for somebody unknown. */
  readonly userIdProvider: (user: unknown) => string | undefined;
  /** How long `onDisconnected` waits for calls that are still running, in milliseconds. */
  readonly disconnectTimeout: number;
}

/** A connection as those see it who call it by a name. */
export interface HubPeer extends Member<InvocationMessage> {
  readonly connectedAt: Date;
  close(reason: CloseReason): void;
  /** Calls the client and waits for its answer. */
  invoke(message: InvocationMessage, settings: CallSettings): Promise<unknown>;
}

/** A change in who is there. */
export type ConnectionEvent =
  /** A user's first connection came, or the last one went. */
  | { readonly type: 'online' | 'offline'; readonly user: string }
  /** A group got its first member, or lost its last one. */
  | { readonly type: 'occupied' | 'vacant'; readonly group: string };

/** One hub from the side of those who send: who is there, and the way to them. */
export class HubCore {
  readonly delivery: Delivery<InvocationMessage, HubPeer>;
  readonly changes = new Subject<ConnectionEvent>();

  /** @param name - the hub's class, for texts and for the keys of what is stored. */
  constructor(
    readonly name: string,
    readonly ground: HubGround,
  ) {
    this.delivery = new Delivery(ground.backplane, {
      occupied: (occupied) => this.tell(occupied, 'online', 'occupied'),
      vacant: (vacant) => this.tell(vacant, 'offline', 'vacant'),
    });
  }

  /**
   * Sends to an address; see {@link Delivery.send}.
   *
   * @throws SignalRError when a group without a name is among those addressed.
   */
  send(address: Address, message: InvocationMessage): Promise<void> {
    if (address.names.includes(NAMELESS_GROUP)) throw useErrors.emptyGroup();
    return this.delivery.send(address, message);
  }

  /** Calls one connection and waits for its answer; see {@link ClientResults}. */
  async invoke({ names: [name] }: Address, message: InvocationMessage, settings: CallSettings): Promise<unknown> {
    const id = idOf(name);
    const peer = this.delivery.membership.find(id);
    if (peer === undefined) throw clientErrors.unknown(id);
    return peer.invoke(message, settings);
  }

  /** Reports what failed where nobody else could be told. */
  report(doing: string, error: unknown): void {
    this.ground.events.emit('failed', { endpoint: this.name, doing, error });
  }

  /**
   * Checks the name of a group or of a user.
   *
   * @throws SignalRError for what is no text, is empty or is longer than `limits.nameLength`.
   */
  checkName(kind: 'group' | 'user identifier', name: unknown): void {
    const { nameLength } = this.ground.limits;
    if (typeof name !== 'string' || name === '' || name.length > nameLength) throw useErrors.wrongName(kind, name, nameLength);
  }

  private tell(name: Name, user: 'online' | 'offline', group: 'occupied' | 'vacant'): void {
    if (!this.changes.observed) return;
    if (name.startsWith('u')) this.changes.next({ type: user, user: name.slice(1) });
    else if (name.startsWith('g')) this.changes.next({ type: group, group: name.slice(1) });
  }
}
