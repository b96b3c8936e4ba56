/** What a client of realtime-js says in the payload of its join. Whatever it says beside that, or in another form, counts as not said. */
export interface RealtimeConfig {
  /** Whether it hears its own broadcasts. */
  readonly self: boolean;
  /** Whether it waits for the answer to a broadcast. */
  readonly ack: boolean;
  /** As whom it is tracked. */
  readonly presenceKey: string | undefined;
  readonly isPrivate: boolean;
  /** Whether it wants to hear of changes in a database. */
  readonly wantsDatabase: boolean;
  readonly token: string | undefined;
}

/** Reads the payload of a join. */
export function readConfig(params: unknown): RealtimeConfig {
  const { config, access_token: token } = recordOf(params);
  const { broadcast, presence, postgres_changes: changes, private: isPrivate } = recordOf(config);
  const { self, ack } = recordOf(broadcast);
  return {
    self: self === true,
    ack: ack === true,
    presenceKey: textOf(recordOf(presence)['key']),
    isPrivate: isPrivate === true,
    wantsDatabase: Array.isArray(changes) && changes.length > 0,
    token: textOf(token),
  };
}

/** The fields of a payload that may be anything. */
export function recordOf(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
