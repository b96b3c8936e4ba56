/** What is known of one device of somebody who is there: what `track` was given, and the reference by which clients know it. */
export interface PresenceMeta {
  readonly phx_ref: string;
  /** By which they knew it before an update. */
  readonly phx_ref_prev?: string;
  readonly [name: string]: unknown;
}

/**
 * Who is there: by key, each with all devices. Such objects have no prototype, so that a key such as `__proto__` is one like any other; the class is
 * there only to be named in decorated signatures.
 */
export abstract class PresenceState {
  readonly [key: string]: { readonly metas: readonly PresenceMeta[] };
}

/** Who came and who went. Somebody whose meta was updated did both, under the same key. */
export interface PresenceDiff {
  readonly joins: PresenceState;
  readonly leaves: PresenceState;
}

/** One device of somebody; after an update it is another one. */
export interface PresenceRecord {
  readonly key: string;
  readonly meta: PresenceMeta;
  /** About how many bytes it is on the wire. */
  readonly size: number;
}

/** What has changed, and about how many bytes it takes to say so. */
export interface PresenceChange {
  readonly diff: PresenceDiff;
  readonly size: number;
}

/**
 * Who is in one topic, as it is and as it was told. Whoever comes in is told the whole state, and the differences after that: together they are
 * what is. What comes and goes between two tellings is never told.
 */
export class PresenceBoard {
  /** By reference. */
  private readonly records = new Map<string, PresenceRecord>();
  private readonly told = new Map<string, PresenceRecord>();
  /** The references of which is to be told that they are there now, or no longer. */
  private readonly changed = new Set<string>();
  private readonly people = new Map<string, Set<PresenceRecord>>();
  private sortedKeys: string[] | undefined;
  private size = 0;

  /** About how many bytes it takes to say all that was told. */
  get toldSize(): number {
    return this.size;
  }

  /** How many keys there are. */
  get count(): number {
    return this.people.size;
  }

  /** Whether all is told. */
  get isTold(): boolean {
    return this.changed.size === 0;
  }

  /** Whether clients know a reference. */
  hasTold(ref: string): boolean {
    return this.told.has(ref);
  }

  /** A device is there. */
  add(record: PresenceRecord): void {
    const { key, meta } = record;
    this.records.set(meta.phx_ref, record);
    this.changed.add(meta.phx_ref);
    const devices = this.people.get(key);
    if (devices !== undefined) devices.add(record);
    else this.addPerson(key, record);
  }

  /** A device is gone. */
  remove(record: PresenceRecord): void {
    const { key, meta } = record;
    if (!this.records.delete(meta.phx_ref)) return;
    if (this.told.has(meta.phx_ref)) this.changed.add(meta.phx_ref);
    else this.changed.delete(meta.phx_ref);
    const devices = this.people.get(key);
    devices?.delete(record);
    if (devices?.size === 0) this.removePerson(key);
  }

  /** Tells what has changed, of `most` devices at the most; undefined where nothing has. */
  tell(most: number): PresenceChange | undefined {
    if (this.isTold) return undefined;
    const change = { diff: { joins: emptyState(), leaves: emptyState() }, size: 0 };
    let count = 0;
    for (const ref of this.changed) {
      if (count++ === most) break;
      this.tellOf(ref, change);
    }
    return change;
  }

  /** What was told, whole. */
  toldState(): PresenceState {
    const state = emptyState();
    for (const record of this.told.values()) note(state, record);
    return state;
  }

  /** The keys that come after `cursor`, in their order, with all devices; `most` of them at the most. */
  page(cursor: string | undefined, most: number): { key: string; metas: PresenceMeta[] }[] {
    const keys = (this.sortedKeys ??= [...this.people.keys()].sort());
    const from = cursor === undefined ? 0 : firstAfter(keys, cursor);
    return keys.slice(from, from + most).map((key) => ({ key, metas: Array.from(this.people.get(key) ?? [], ({ meta }) => meta) }));
  }

  private tellOf(ref: string, change: ChangeDraft): void {
    const [came, gone] = [this.records.get(ref), this.told.get(ref)];
    this.changed.delete(ref);
    if (came !== undefined) this.told.set(ref, came);
    else this.told.delete(ref);
    if (came !== undefined) note(change.diff.joins, came);
    else if (gone !== undefined) note(change.diff.leaves, gone);
    change.size += (came ?? gone)?.size ?? 0;
    this.size += (came?.size ?? 0) - (gone?.size ?? 0);
  }

  private addPerson(key: string, record: PresenceRecord): void {
    this.people.set(key, new Set([record]));
    this.sortedKeys = undefined;
  }

  private removePerson(key: string): void {
    this.people.delete(key);
    this.sortedKeys = undefined;
  }
}

type StateDraft = Record<string, { metas: PresenceMeta[] }>;

interface ChangeDraft {
  readonly diff: { readonly joins: StateDraft; readonly leaves: StateDraft };
  size: number;
}

const emptyState = (): StateDraft => Object.create(null) as StateDraft;

function note(state: StateDraft, { key, meta }: PresenceRecord): void {
  (state[key] ??= { metas: [] }).metas.push(meta);
}

/** Where what is greater than `value` begins in a sorted list. */
function firstAfter(sorted: readonly string[], value: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] > value) to = middle;
    else from = middle + 1;
  }
  return from;
}
