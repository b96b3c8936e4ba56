import type { Observable } from 'rxjs';
import { closeReason } from '../common/close-reason.js';
import { useErrors } from '../common/use-errors.js';
import { connectionName, EVERYONE, groupName, userName, type Name } from '../delivery/address.js';
import type { ConnectionEvent, HubCore, HubPeer } from './hub.core.js';
import { withHub, type HubClass, type HubSource } from './hub.source.js';

/** One connection, as others may know it. */
export interface ConnectionInfo {
  readonly connectionId: string;
  readonly userIdentifier: string | undefined;
  /** The node that holds it. */
  readonly node: string;
  readonly connectedAt: Date;
}

/** Who is asked for: all, the connections of a user, the members of a group, or those who are both. */
export interface ConnectionFilter {
  readonly user?: string;
  readonly group?: string;
}

/** Which part of a long list. */
export interface Page {
  /** Where an earlier list ended; from the beginning without it. */
  readonly cursor?: string;
  /** The most entries to return. Default: all of them. */
  readonly limit?: number;
}

/** A list, and how whole it is. */
export interface PartialList<T> extends ReadonlyArray<T> {
  /** False when a node did not answer in time. */
  readonly complete: boolean;
  /** The nodes that did not answer. */
  readonly missingNodes: readonly string[];
  /** Where the next page begins; undefined at the end. */
  readonly cursor: string | undefined;
}

/** Whom to disconnect: one connection, all of a user's, or the members of a group. */
export type DisconnectTarget = string | { readonly user: string } | { readonly group: string };

/**
 * Who is connected to a hub. Inject it with `@InjectHubConnections(ChatHub)`, or bare where there is only one hub.
 */
export class HubConnections {
  /** @internal */
  constructor(private readonly source: HubSource) {}

  /** Users who come online and go offline, groups that get their first member and lose their last. */
  get events$(): Observable<ConnectionEvent> {
    return this.source.hub().changes.asObservable();
  }

  /** The connections of another hub. */
  of(hub: HubClass): HubConnections {
    return new HubConnections(this.source.of(hub));
  }

  /** How many connections there are. */
  count(filter: ConnectionFilter = {}): Promise<number> {
    return this.ask((hub) => {
      if (filter.user !== undefined && filter.group !== undefined) return find(hub, filter).length;
      return hub.delivery.membership.count(nameOf(filter));
    });
  }

  /** Whether a connection is there. */
  has(connectionId: string): Promise<boolean> {
    return this.ask((hub) => hub.delivery.membership.find(connectionId) !== undefined);
  }

  /** The connections: all of them in the order in which they came, a page of them in the order of their ids. */
  list(filter: ConnectionFilter & Page = {}): Promise<PartialList<ConnectionInfo>> {
    return this.ask((hub) => {
      const { items, cursor } = pageOf(find(hub, filter), (peer) => peer.id, filter);
      return partialList(
        items.map((peer) => describe(hub, peer)),
        cursor,
      );
    });
  }

  /** The users who are there, each once. */
  users(filter: { readonly group?: string } & Page = {}): Promise<PartialList<string>> {
    return this.ask((hub) => {
      const users = new Set(find(hub, filter).flatMap((peer) => peer.userIdentifier ?? []));
      const { items, cursor } = pageOf([...users], (user) => user, filter);
      return partialList(items, cursor);
    });
  }

  /** Whether a user has a connection. */
  isOnline(userIdentifier: string): Promise<boolean> {
    return this.ask((hub) => hub.delivery.membership.count(userName(userIdentifier)) > 0);
  }

  /** The groups that a connection is in; none for one that is not there. */
  groupsOf(connectionId: string): Promise<string[]> {
    return this.ask(({ delivery: { membership } }) => {
      const peer = membership.find(connectionId);
      return peer === undefined ? [] : Array.from(membership.namesOf(peer), (name) => name.slice(1));
    });
  }

  /**
   * Ends connections.
   *
   * @param options.allowReconnect - whether the official clients come back by themselves. Default false.
   * @param options.reason - a text for the client, which gets it as the error of its close.
   * @returns how many were told; rejects for a target that names nobody.
   */
  disconnect(target: DisconnectTarget, options: { allowReconnect?: boolean; reason?: string } = {}): Promise<number> {
    const { allowReconnect = false, reason } = options;
    return withHub(this.source, 'disconnecting clients', (hub) => {
      const peers = [...hub.delivery.membership.called(targetName(target))];
      for (const peer of peers) peer.close(closeReason('disconnected', { allowReconnect, textForPeer: reason }));
      return peers.length;
    });
  }

  private ask<T>(question: (hub: HubCore) => T): Promise<T> {
    return withHub(this.source, 'asking who is connected', question);
  }
}

function nameOf({ user, group }: ConnectionFilter): Name {
  if (group !== undefined) return groupName(group);
  return user === undefined ? EVERYONE : userName(user);
}

/** Nobody is meant by nothing: a target that names no one must never become everyone. */
function targetName(target: DisconnectTarget): Name {
  if (typeof target === 'string') return connectionName(target);
  const { user, group } = (target ?? {}) as ConnectionFilter;
  const isOne = (user === undefined) !== (group === undefined);
  if (!isOne || typeof (user ?? group) !== 'string' || (user ?? group) === '') throw useErrors.wrongTarget(target);
  return nameOf({ user, group });
}

function find(hub: HubCore, filter: ConnectionFilter): HubPeer[] {
  const peers = [...hub.delivery.membership.called(nameOf(filter))];
  const { user, group } = filter;
  return user === undefined || group === undefined ? peers : peers.filter((peer) => peer.userIdentifier === user);
}

function describe(hub: HubCore, peer: HubPeer): ConnectionInfo {
  return { connectionId: peer.id, userIdentifier: peer.userIdentifier, node: hub.ground.node, connectedAt: peer.connectedAt };
}

/** Sorted by key, so that a page goes on rightly even when the entry at which the last one ended is gone. */
function pageOf<T>(all: T[], keyOf: (item: T) => string, { cursor, limit = Infinity }: Page): { items: T[]; cursor: string | undefined } {
  if (cursor === undefined && limit === Infinity) return { items: all, cursor: undefined };
  if (!(limit >= 1)) throw useErrors.wrongLimit(limit);
  const rest = all.filter((item) => cursor === undefined || keyOf(item) > cursor).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const items = rest.slice(0, limit);
  return { items, cursor: rest.length > items.length ? keyOf(items[items.length - 1]) : undefined };
}

function partialList<T>(items: T[], cursor: string | undefined): PartialList<T> {
  return Object.assign(items, { complete: true, missingNodes: [], cursor });
}
