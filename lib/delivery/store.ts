import type { Clock } from '../common/clock.js';

/**
 * What nodes know together: fields of keys, each with a value and perhaps an end. Asynchronous, because elsewhere it is a database.
 * An expired field is never returned.
 */
export interface Store {
  /** Writes a field; `ttl` in milliseconds, without one it stays. Writing it again replaces value and end. */
  set(key: string, field: string, value: string, ttl?: number): Promise<void>;
  /** The value of one field. */
  get(key: string, field: string): Promise<string | undefined>;
  /** Removes one field, or the whole key. What is not there is no error. */
  delete(key: string, field?: string): Promise<void>;
  /** All fields of a key with their values, in no particular order. */
  entries(key: string): Promise<[field: string, value: string][]>;
}

interface Entry {
  value: string;
  expires: number;
}

/** How many keys each write looks through for fields that have expired: more than one, so that none stays for good. */
const SWEPT_PER_WRITE = 2;

/** The store of a single node: plain maps. */
export class InProcessStore implements Store {
  private readonly keys = new Map<string, Map<string, Entry>>();
  private sweep = this.keys.keys();

  constructor(private readonly clock: Clock) {}

  async set(key: string, field: string, value: string, ttl = Infinity): Promise<void> {
    const fields = this.keys.get(key) ?? new Map<string, Entry>();
    this.keys.set(key, fields.set(field, { value, expires: this.clock.now() + ttl }));
    for (let i = 0; i < SWEPT_PER_WRITE; i++) this.sweepOne();
  }

  async get(key: string, field: string): Promise<string | undefined> {
    return this.alive(key).get(field)?.value;
  }

  async delete(key: string, field?: string): Promise<void> {
    const fields = this.keys.get(key);
    if (field !== undefined) fields?.delete(field);
    if (field === undefined || fields?.size === 0) this.keys.delete(key);
  }

  async entries(key: string): Promise<[string, string][]> {
    return [...this.alive(key)].map(([field, { value }]) => [field, value]);
  }

  private alive(key: string): ReadonlyMap<string, Entry> {
    const fields = this.keys.get(key) ?? new Map<string, Entry>();
    const now = this.clock.now();
    for (const [field, { expires }] of fields) if (expires <= now) fields.delete(field);
    if (fields.size === 0) this.keys.delete(key);
    return fields;
  }

  /** Fields that nobody reads again go too, a few with each write, and without a timer. */
  private sweepOne(): void {
    const next = this.sweep.next();
    if (next.done) this.sweep = this.keys.keys();
    else this.alive(next.value);
  }
}
