import type { Payload } from '../common/payload.js';
import { PLACE, Queue } from '../common/queue.js';
import type { WhenSlow } from '../common/slowness.js';
import { lengthOf } from './kept.js';
import type { Outgoing } from './outbox.js';

/** How much was dropped of what waited for one peer. */
export interface Loss {
  readonly policy: WhenSlow;
  /** Messages. */
  readonly count: number;
  /** Their bytes, of text characters. */
  readonly bytes: number;
}

/** A message that waits. */
interface Waiting {
  /** The higher, the later it came. */
  readonly place: number;
  item: Outgoing;
  /** Undefined for what is never dropped. */
  readonly policy: WhenSlow | undefined;
  /** Of one that makes way for the next with the same key. */
  readonly key: string | undefined;
}

/**
 * What waits for a peer that is too slow, in its order. What may be dropped makes way when there is no room: which of it goes, the message says that
 * comes. Each message counts for {@link PLACE} more than its bytes.
 */
export class HeldBack {
  private readonly needed = new Queue<Waiting>();
  private readonly droppable = new Queue<Waiting>();
  private readonly byKey = new Map<string, Waiting>();
  private readonly losses = new Map<WhenSlow, { count: number; bytes: number }>();
  private places = 0;
  /** Of what is never dropped, with its places. */
  private neededSize = 0;
  /** Bytes that wait. */
  size = 0;
  /** Bytes that were dropped so far. */
  lost = 0;

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Keeps what is never dropped. False, with nothing kept of it, where there is no room though all else makes way. */
  push(item: Outgoing, room: number): boolean {
    const cost = lengthOf(item) + PLACE;
    if (!this.makeRoom(cost, room)) return false;
    this.neededSize += cost;
    this.add(this.needed, { place: this.places++, item, policy: undefined, key: undefined });
    return true;
  }

  /** Keeps what may be dropped; or drops it, or what makes way for it. */
  offer(payload: Payload, policy: WhenSlow, room: number): void {
    const key = policy === 'coalesce' ? payload.slowness?.key : undefined;
    const before = key === undefined ? undefined : this.byKey.get(key);
    if (before !== undefined) return this.replace(before, payload, room);
    const cost = lengthOf(payload) + PLACE;
    if (policy === 'drop-newest' ? this.cost + cost > room : !this.makeRoom(cost, room)) return this.lose(policy, payload);
    this.keep(payload, policy, key);
  }

  /** The message that has waited longest, of which there has to be one. */
  get first(): Outgoing {
    return this.next.at(0).item;
  }

  /** Takes that. */
  shift(): Outgoing {
    return this.take(this.next).item;
  }

  /** What was dropped since somebody asked for the last time. */
  takeLosses(): Loss[] {
    const losses = Array.from(this.losses, ([policy, loss]) => ({ policy, ...loss }));
    this.losses.clear();
    return losses;
  }

  clear(): void {
    this.needed.clear();
    this.droppable.clear();
    this.byKey.clear();
    this.neededSize = this.size = 0;
  }

  private get length(): number {
    return this.needed.length + this.droppable.length;
  }

  private get cost(): number {
    return this.size + this.length * PLACE;
  }

  private get next(): Queue<Waiting> {
    const { needed, droppable } = this;
    if (needed.length === 0) return droppable;
    return droppable.length === 0 || needed.at(0).place < droppable.at(0).place ? needed : droppable;
  }

  private makeRoom(cost: number, room: number): boolean {
    if (this.neededSize + cost > room) return false;
    while (this.cost + cost > room) this.dropOldest();
    return true;
  }

  private dropOldest(): void {
    const { item, policy } = this.take(this.droppable);
    this.lose(policy as WhenSlow, item);
  }

  private keep(item: Payload, policy: WhenSlow, key: string | undefined): void {
    const waiting = { place: this.places++, item, policy, key };
    if (key !== undefined) this.byKey.set(key, waiting);
    this.add(this.droppable, waiting);
  }

  /** At the place of the one before it: at the end, one that changes all the time would never be sent. One that never fits drives nothing out. */
  private replace(before: Waiting, payload: Payload, room: number): void {
    if (this.neededSize + lengthOf(payload) + PLACE > room) return this.lose('coalesce', payload);
    this.size += lengthOf(payload) - lengthOf(before.item);
    this.lose('coalesce', before.item);
    before.item = payload;
    while (this.cost > room) this.dropOldestBut(payload);
  }

  /** The newest of its key is not driven out by its own length: where it is the oldest, it goes to the end. */
  private dropOldestBut(newest: Payload): void {
    if (this.droppable.at(0).item !== newest) return this.dropOldest();
    const { policy, key } = this.take(this.droppable);
    this.keep(newest, policy as WhenSlow, key);
  }

  private lose(policy: WhenSlow, item: Outgoing): void {
    const { count, bytes } = this.losses.get(policy) ?? { count: 0, bytes: 0 };
    const length = lengthOf(item);
    this.losses.set(policy, { count: count + 1, bytes: bytes + length });
    this.lost += length;
  }

  private add(queue: Queue<Waiting>, waiting: Waiting): void {
    queue.push(waiting);
    this.size += lengthOf(waiting.item);
  }

  private take(queue: Queue<Waiting>): Waiting {
    const first = queue.shift();
    const length = lengthOf(first.item);
    this.size -= length;
    if (first.policy === undefined) this.neededSize -= length + PLACE;
    if (first.key !== undefined) this.byKey.delete(first.key);
    return first;
  }
}
