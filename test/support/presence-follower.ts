import type { ChannelMessage } from '../../lib/channels/channel.message.js';
import type { PresenceDiff, PresenceState } from '../../lib/channels/presence.board.js';
import type { PresenceFollower } from '../../lib/channels/presence.room.js';
import type { PreparedMessage } from '../../lib/delivery/prepared-message.js';

/** The references of each key, as a client knows them. */
export const refsOf = (state: PresenceState): [key: string, refs: string[]][] =>
  Object.entries(state).map(([key, { metas }]) => [key, metas.map(({ phx_ref }) => phx_ref)]);

/** A client: merges what it is told of who is there, as phoenix.js does. */
export class Follower implements PresenceFollower {
  readonly told: PreparedMessage<ChannelMessage>[] = [];

  constructor(readonly id = 'follower') {}

  take(prepared: PreparedMessage<ChannelMessage>): void {
    this.told.push(prepared);
  }

  /** What it was told, the state first: that is a difference to nobody. */
  get diffs(): PresenceDiff[] {
    return this.told.map(({ message: { event, args } }) =>
      event === 'presence_state' ? { joins: args[0] as PresenceState, leaves: {} } : (args[0] as PresenceDiff),
    );
  }

  get people(): [key: string, refs: string[]][] {
    return peopleOf(this.diffs);
  }

  get keys(): string[] {
    return this.people.map(([key]) => key);
  }
}

/** All that is known after some differences, by key. */
export function peopleOf(diffs: readonly PresenceDiff[]): [key: string, refs: string[]][] {
  const known = new Map<string, Set<string>>();
  for (const { joins, leaves } of diffs) {
    for (const [key, came] of refsOf(joins)) known.set(key, new Set([...(known.get(key) ?? []), ...came]));
    for (const [key, gone] of refsOf(leaves)) for (const ref of gone) known.get(key)?.delete(ref);
    for (const key of Object.keys(leaves)) if (known.get(key)?.size === 0) known.delete(key);
  }
  return Array.from(known, ([key, refs]): [string, string[]] => [key, [...refs].sort()]).sort(([a], [b]) => (a < b ? -1 : 1));
}
