import { limitErrors } from '../common/limit-errors.js';
import { useErrors } from '../common/use-errors.js';
import { groupName, idOf, userName, type Name } from '../delivery/address.js';
import type { HubCore, HubPeer } from './hub.core.js';
import { withHub, type HubClass, type HubSource } from './hub.source.js';

/**
 * Puts the connections and users of a hub into groups. Groups exist while somebody is in them; names are compared exactly, case included.
 * Inject it with `@InjectHubGroups(ChatHub)`, or bare where there is only one hub.
 */
export class HubGroups {
  /** @internal */
  constructor(private readonly source: HubSource) {}

  /** The groups of another hub. */
  of(hub: HubClass): HubGroups {
    return new HubGroups(this.source.of(hub));
  }

  /**
   * Adds a connection to a group until it ends or is removed. Being in it already is no error, nor is a connection that is gone.
   *
   * @returns rejects for a name that is empty or longer than `limits.nameLength`, and beyond `limits.groupsPerConnection`. A rejection that nobody
   * awaits is logged, as with all of these methods.
   */
  add(connectionId: string, group: string): Promise<void> {
    return withHub(this.source, 'adding a connection to a group', (hub) => {
      const peer = hub.delivery.membership.find(connectionId);
      hub.checkName('group', group, peer);
      if (peer !== undefined) joinOneMore(hub, peer, group);
    });
  }

  /** Takes a connection out of a group. Not being in it is no error. */
  remove(connectionId: string, group: string): Promise<void> {
    return withHub(this.source, 'removing a connection from a group', (hub) => {
      const peer = hub.delivery.membership.find(connectionId);
      if (peer !== undefined) leave(hub, peer, groupName(group));
    });
  }

  /** Takes a connection out of all its groups. */
  removeFromAll(connectionId: string): Promise<void> {
    return withHub(this.source, 'removing a connection from its groups', (hub) => {
      const peer = hub.delivery.membership.find(connectionId);
      if (peer !== undefined) leaveAll(hub, peer);
    });
  }

  /**
   * Adds a user to a group: the connections that the user has now and those that come later, whatever `limits.groupsPerConnection` says.
   *
   * @param options.ttl - after so many milliseconds the user is out again; adding once more begins anew. Without it the user stays.
   */
  addUser(userIdentifier: string, group: string, { ttl }: { ttl?: number } = {}): Promise<void> {
    return withHub(this.source, 'adding a user to a group', async (hub) => {
      hub.checkName('group', group);
      hub.checkName('user identifier', userIdentifier);
      if (ttl !== undefined && !(ttl > 0)) throw useErrors.wrongTtl(ttl);
      await hub.ground.store.set(storeKey(hub, userIdentifier), group, '', ttl);
      for (const peer of hub.delivery.membership.called(userName(userIdentifier))) hub.delivery.membership.join(peer, groupName(group));
      if (ttl !== undefined && ttl !== Infinity) expireLater(hub, userIdentifier, group, ttl);
    });
  }

  /** Takes a user out of a group, with all connections, however they came in. */
  removeUser(userIdentifier: string, group: string): Promise<void> {
    return withHub(this.source, 'removing a user from a group', async (hub) => {
      await hub.ground.store.delete(storeKey(hub, userIdentifier), group);
      leaveAsUser(hub, userIdentifier, group);
    });
  }

  /** Takes a user out of all groups, with all connections. */
  removeUserFromAll(userIdentifier: string): Promise<void> {
    return withHub(this.source, 'removing a user from all groups', async (hub) => {
      await hub.ground.store.delete(storeKey(hub, userIdentifier));
      for (const peer of hub.delivery.membership.called(userName(userIdentifier))) leaveAll(hub, peer);
    });
  }
}

/** The groups of one connection, as `caller.groups`. */
export class CallerGroups {
  /** @internal */
  constructor(
    private readonly groups: HubGroups,
    private readonly caller: { readonly id: string; isIn(group: string): boolean },
  ) {}

  /**
   * Adds the connection to a group. Being in it already is no error.
   *
   * @returns rejects for a name that is empty or too long, and beyond `limits.groupsPerConnection`.
   */
  add(group: string): Promise<void> {
    return this.groups.add(this.caller.id, group);
  }

  /** Takes the connection out of a group. Not being in it is no error. */
  remove(group: string): Promise<void> {
    return this.groups.remove(this.caller.id, group);
  }

  /** Whether the connection is in a group; inside `onDisconnected`, whether it was in it at its end. */
  has(group: string): boolean {
    return this.caller.isIn(group);
  }
}

/** Puts a connection that has just come into the groups of its user. */
export async function joinUserGroups(hub: HubCore, peer: HubPeer): Promise<void> {
  if (peer.userIdentifier === undefined) return;
  const groups = await hub.ground.store.entries(storeKey(hub, peer.userIdentifier));
  for (const [group] of groups) hub.delivery.membership.join(peer, groupName(group));
}

function storeKey(hub: HubCore, userIdentifier: string): string {
  return `user-groups:${hub.key} ${userIdentifier}`;
}

function joinOneMore(hub: HubCore, peer: HubPeer, group: string): void {
  const { membership } = hub.delivery;
  const { groupsPerConnection } = hub.ground.limits;
  const name = groupName(group);
  if (membership.has(peer, name)) return;
  if (membership.namesOf(peer).size >= groupsPerConnection) {
    hub.limited('groupsPerConnection', peer);
    throw limitErrors.tooManyGroups(peer.id, groupsPerConnection);
  }
  membership.join(peer, name);
}

function leaveAll(hub: HubCore, peer: HubPeer): void {
  for (const name of hub.delivery.membership.namesOf(peer)) leave(hub, peer, name);
}

function leaveAsUser(hub: HubCore, userIdentifier: string, group: string): void {
  for (const peer of hub.delivery.membership.called(userName(userIdentifier))) leave(hub, peer, groupName(group));
}

function leave({ delivery: { membership } }: HubCore, peer: HubPeer, name: Name): void {
  membership.leave(peer, name);
  peer.left(idOf(name));
}

/** A membership that was renewed meanwhile is still in the store, and stays. */
function expireLater(hub: HubCore, userIdentifier: string, group: string, ttl: number): void {
  const expire = async (): Promise<void> => {
    const value = await hub.ground.store.get(storeKey(hub, userIdentifier), group);
    if (value === undefined) leaveAsUser(hub, userIdentifier, group);
  };
  hub.ground.clock.after(ttl, () => void expire().catch((error: unknown) => hub.report(`ending a user's time in a group`, error)));
}
