/** A name under which members are found. The first letter keeps the kinds apart, so that a group called like a user is not that user. */
export type Name = string;

/** Everybody of a hub or a channel endpoint. */
export const EVERYONE: Name = '*';

/** The name of a group. */
export const groupName = (group: string): Name => `g${group}`;

/** The name of a room of plain gateways, which is none that a client joins as a topic. */
export const roomName = (room: string): Name => `r${room}`;

/** The name of all connections of a user. */
export const userName = (userIdentifier: string): Name => `u${userIdentifier}`;

/** The name of one connection. */
export const connectionName = (connectionId: string): Name => `c${connectionId}`;

/** The connection of such a name. */
export const idOf = (name: Name): string => name.slice(1);

/** Whom a message is for: everybody who has one of the names, once each, save the connections in `except`. */
export interface Address {
  readonly names: readonly Name[];
  readonly except?: ReadonlySet<string>;
}
