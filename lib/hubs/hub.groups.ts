import { useErrors } from '../common/errors.js';
import { groupName, userName } from '../delivery/address.js';
import type { HubCore, HubPeer } from './hub.core.js';
import type { HubClass, HubLookup } from './hub.clients.js';

/**
 * Puts the connections and users of a hub into groups. Groups exist while somebody is in them; names are compared exactly, case included.
 * Inject it with `@InjectHubGroups(ChatHub)`, or bare where there is only one hub.
 */
export class HubGroups {
  /** @internal */
  constructor(
    private readonly hub: () => HubCore,
    private readonly lookup: HubLookup,
  ) {}

  /** The groups of another hub. */
  of(hub: HubClass): HubGroups {
    return new HubGroups(() => this.lookup(hub), this.lookup);
  }

  /**
   * Adds a connection to a group until it ends or is removed. Being in it already is no error, nor is a connection that is gone.
   *
   * @returns rejects for a name that is empty or longer than `limits.nameLength`, and beyond `limits.groupsPerConnection`.
   */
  async add(connectionId: string, group: string): Promise<void> {
    const hub = this.hub();
    hub.checkName('group', group);
    const peer = hub.delivery.membership.find(connectionId);
    if (peer !== undefined) join(hub, peer, group);
  }

  /** Takes a connection out of a group. Not being in it is no error. */
  async remove(connectionId: string, group: string): Promise<void> {
    const { membership } = this.hub().delivery;
    const peer = membership.find(connectionId);
    if (peer !== undefined) membership.leave(peer, groupName(group));
  }

  /** Takes a connection out of all its groups. */
  async removeFromAll(connectionId: string): Promise<void> {
    const hub = this.hub();
    const peer = hub.delivery.membership.find(connectionId);
    if (peer !== undefined) leaveAll(hub, peer);
  }

  /**
   * Adds a user to a group: the connections that the user has now and those that come later.
   *
   * @param options.ttl - after so many milliseconds the user is out again; adding once more begins anew. Without it the user stays.
   */
  async addUser(userIdentifier: string, group: string, options?: { ttl?: number }): Promise<void> {
    const hub = this.hub();
    hub.checkName('group', group);
    hub.checkName('user identifier', userIdentifier);
    await hub.ground.store.set(storeKey(hub, userIdentifier), group, '', options?.ttl);
    for (const peer of hub.delivery.membership.called(userName(userIdentifier))) join(hub, peer, group);
    if (options?.ttl !== undefined) expireLater(hub, userIdentifier, group, options.ttl);
  }

  /** Takes a user out of a group, with all connections, however they came in. */
  async removeUser(userIdentifier: string, group: string): Promise<void> {
    const hub = this.hub();
    await hub.ground.store.delete(storeKey(hub, userIdentifier), group);
    leaveAsUser(hub, userIdentifier, group);
  }

  /** Takes a user out of all groups, with all connections. */
  async removeUserFromAll(userIdentifier: string): Promise<void> {
    const hub = this.hub();
    await hub.ground.store.delete(storeKey(hub, userIdentifier));
    for (const peer of hub.delivery.membership.called(userName(userIdentifier))) leaveAll(hub, peer);
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
  for (const [group] of await hub.ground.store.entries(storeKey(hub, peer.userIdentifier))) join(hub, peer, group);
}

function storeKey(hub: HubCore, userIdentifier: string): string {
  return `user-groups:${hub.name}:${userIdentifier}`;
}

function join(hub: HubCore, peer: HubPeer, group: string): void {
  const { membership } = hub.delivery;
  const { groupsPerConnection } = hub.ground.limits;
  const name = groupName(group);
  if (membership.has(peer, name)) return;
  if (membership.namesOf(peer).size >= groupsPerConnection) throw useErrors.tooManyGroups(peer.id, groupsPerConnection);
  membership.join(peer, name);
}

function leaveAll(hub: HubCore, peer: HubPeer): void {
  for (const name of hub.delivery.membership.namesOf(peer)) hub.delivery.membership.leave(peer, name);
}

function leaveAsUser(hub: HubCore, userIdentifier: string, group: string): void {
  const { membership } = hub.delivery;
  for (const peer of membership.called(userName(userIdentifier))) membership.leave(peer, groupName(group));
}

/** A membership that was renewed meanwhile is still in the store, and stays. */
function expireLater(hub: HubCore, userIdentifier: string, group: string, ttl: number): void {
  const expire = async (): Promise<void> => {
    const value = await hub.ground.store.get(storeKey(hub, userIdentifier), group);
    if (value === undefined) leaveAsUser(hub, userIdentifier, group);
  };
  hub.ground.clock.after(ttl, () => void expire().catch((error: unknown) => hub.report(`ending a user's time in a group`, error)));
}
