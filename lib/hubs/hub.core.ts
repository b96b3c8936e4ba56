import { Subject } from 'rxjs';
import type { Clock } from '../common/clock.js';
import type { CloseReason } from '../common/close-reason.js';
import { clientErrors } from '../common/errors.js';
import { useErrors } from '../common/use-errors.js';
import type { Events } from '../common/events.js';
import { normalizePath } from '../connections/request-query.js';
import { groupName, idOf, type Address, type Name } from '../delivery/address.js';
import type { Backplane } from '../delivery/backplane.js';
import type { Log } from '../delivery/log.js';
import type { Store } from '../delivery/store.js';
import type { InvocationMessage } from '../protocol/messages.js';
import type { CallSettings } from './client-proxy.js';
import { HubDelivery, type GroupMember, type SentMessage } from './hub.delivery.js';
import { areGroups, HubHistory, type HistoryHub, type HistorySettings } from './hub.history.js';
import type { ResolvedServerOptions } from './server.options.js';

const NAMELESS_GROUP = groupName('');

/** The limits on what clients of hubs do. */
type HubLimit = 'invocationsPerSecond' | 'groupsPerConnection' | 'streamsPerConnection' | 'pendingClientResults' | 'nameLength';

/** Whom a limit refuses something. */
interface LimitedPeer {
  readonly id: string;
  readonly userIdentifier: string | undefined;
}

/** What all hubs of a server share. */
export interface HubGround {
  readonly clock: Clock;
  readonly events: Events;
  readonly store: Store;
  readonly log: Log;
  readonly backplane: Backplane<InvocationMessage>;
  readonly limits: ResolvedServerOptions['limits'];
  /** The name of this node among those of a cluster. */
  readonly node: string;
  /** Who a user is, or undefined for somebody unknown. */
  readonly userIdProvider: (user: unknown) => string | undefined;
  /**
   * Until when a user is authenticated, by the wall clock in milliseconds; Infinity is for ever.
   *
   * @param said - what `authenticate` has said of it.
   * @throws what the application throws, and a TypeError for what is no time.
   */
  readonly expiresAt: (user: unknown, said?: unknown) => number;
  /** How long `onDisconnected` waits for calls that are still running, in milliseconds. */
  readonly disconnectTimeout: number;
}

/** A connection as those see it who call it by a name. */
export interface HubPeer extends GroupMember {
  readonly connectedAt: Date;
  close(reason: CloseReason): void;
  /** Is in a group no longer. */
  left(group: string): void;
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
  readonly delivery: HubDelivery<HubPeer>;
  /** What is sent to its groups, where that is kept. */
  readonly history: HubHistory | undefined;
  readonly changes = new Subject<ConnectionEvent>();
  /** Tells what is stored for it from what is stored for other hubs, on every node alike; without a blank. */
  readonly key: string;

  /**
   * @param name - the hub's class, for texts; another hub may have the same.
   * @param path - where clients find it.
   * @param kept - how much is kept of what is sent to its groups; nothing by default.
   */
  constructor(
    readonly name: string,
    path: string,
    readonly ground: HubGround,
    kept?: HistorySettings,
  ) {
    this.key = normalizePath(path);
    this.history = kept && new HubHistory(this.aroundHistory(), kept);
    this.delivery = new HubDelivery(ground.backplane, {
      occupied: (occupied) => this.tell(occupied, 'online', 'occupied'),
      vacant: (vacant) => this.tell(vacant, 'offline', 'vacant'),
    });
  }

  /**
   * Sends to an address; see {@link HubDelivery.send}. What is for groups is remembered first, where the hub has a history.
   *
   * @throws SignalRError when a group without a name is among those addressed.
   */
  send(address: Address, message: SentMessage): Promise<void> {
    if (address.names.includes(NAMELESS_GROUP)) throw useErrors.emptyGroup();
    if (this.history !== undefined && areGroups(address.names)) return this.history.send(address, message);
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

  /** Reports that a limit has refused something, and to whom. */
  limited(limit: HubLimit, peer?: LimitedPeer): void {
    const value = this.ground.limits[limit];
    this.ground.events.emit('limited', { endpoint: this.name, limit, value, userIdentifier: peer?.userIdentifier, connectionId: peer?.id });
  }

  /**
   * Checks the name of a group or of a user.
   *
   * @param peer - whose group it is to be, where that is one connection.
   * @throws SignalRError for what is no text, is empty or is longer than `limits.nameLength`.
   */
  checkName(kind: 'group' | 'user identifier', name: unknown, peer?: LimitedPeer): void {
    const { nameLength } = this.ground.limits;
    if (typeof name === 'string' && name.length > nameLength) this.limited('nameLength', peer);
    if (typeof name !== 'string' || name === '' || name.length > nameLength) throw useErrors.wrongName(kind, name, nameLength);
  }

  private aroundHistory(): HistoryHub {
    return {
      key: this.key,
      log: this.ground.log,
      deliver: (address, message) => this.delivery.send(address, message),
      report: (doing, error) => this.report(doing, error),
    };
  }

  private tell(name: Name, user: 'online' | 'offline', group: 'occupied' | 'vacant'): void {
    if (!this.changes.observed) return;
    if (name.startsWith('u')) this.changes.next({ type: user, user: name.slice(1) });
    else if (name.startsWith('g')) this.changes.next({ type: group, group: name.slice(1) });
  }
}
