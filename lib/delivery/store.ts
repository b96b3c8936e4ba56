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

/** How many fields each write looks at to see whether they have expired: more than one, so that none stays for good. */
const SWEPT_PER_WRITE = 2;

/** The store of a single node: plain maps. */
export class InProcessStore implements Store {
  private readonly keys = new Map<string, Map<string, Entry>>();
  private sweep = this.walk();

  constructor(private readonly clock: Clock) {}

  async set(key: string, field: string, value: string, ttl = Infinity): Promise<void> {
    const fields = this.keys.get(key) ?? new Map<string, Entry>();
    this.keys.set(key, fields.set(field, { value, expires: this.clock.now() + ttl }));
    for (let i = 0; i < SWEPT_PER_WRITE; i++) this.sweepOne();
  }

  async get(key: string, field: string): Promise<string | undefined> {
    const entry = this.keys.get(key)?.get(field);
    return entry !== undefined && entry.expires > this.clock.now() ? entry.value : undefined;
  }

  async delete(key: string, field?: string): Promise<void> {
    const fields = this.keys.get(key);
    if (field !== undefined) fields?.delete(field);
    if (field === undefined || fields?.size === 0) this.keys.delete(key);
  }

  async entries(key: string): Promise<[string, string][]> {
    const now = this.clock.now();
    const fields = this.keys.get(key) ?? new Map<string, Entry>();
    return [...fields].filter(([, { expires }]) => expires > now).map(([field, { value }]) => [field, value]);
  }

  /** Fields that have expired go a few with each write, without a timer: neither who reads nor who writes ever waits for all of them. */
  private sweepOne(): void {
    if (this.sweep.next().done) this.sweep = this.walk();
  }

  /** Looks at one field with each step; what is written meanwhile comes at the end of its map. */
  private *walk(): Generator<void> {
    for (const [key, fields] of this.keys) {
      for (const [field, { expires }] of fields) {
        if (expires <= this.clock.now()) fields.delete(field);
        yield;
      }
      if (fields.size === 0 && this.keys.get(key) === fields) this.keys.delete(key);
    }
  }
}
