import type { Payload } from '../common/payload.js';
import { connectionName, EVERYONE, userName, type Name } from './address.js';
import type { Encoding } from './prepared-message.js';

/** Somebody who can be called by name: a hub connection, a socket in a topic. */
export interface Member<M> {
  /** Unique among all members, on all nodes. */
  readonly id: string;
  /** Who it is, where that is known. */
  readonly userIdentifier: string | undefined;
  /** What it understands; read at each delivery. */
  readonly encoding: Encoding<M>;
  /** Bytes that it was given, and that its network has not taken yet. */
  readonly backlog: number;
  /** Takes bytes without waiting and without throwing. */
  deliver(payload: Payload): void;
}

/** Told when a name gets its first member or loses its last one. */
export interface Occupancy {
  occupied(name: Name): void;
  vacant(name: Name): void;
}

/** One member alone needs no set: most names have exactly one, and a set costs four times the entry. */
type Members<P> = P | Set<P>;

/**
 * Who is called what: names to members and members to names, written by one pair of functions. Everybody, a user and a single connection
 * are names like any group; those three come and go with the member and are not listed among its names.
 */
export class Membership<P extends Member<never>> {
  private readonly members = new Map<Name, Members<P>>();
  private readonly names = new Map<P, Set<Name>>();
  private readonly everyone = new Set<P>();
  /** How many members understand what. */
  private readonly encodings = new Map<Encoding<never>, number>();

  constructor(private readonly occupancy: Occupancy) {}

  /** How many members there are. */
  get size(): number {
    return this.everyone.size;
  }

  /** Whether not all members understand the same. */
  get isMixed(): boolean {
    return this.encodings.size > 1;
  }

  /** A member arrives. */
  enter(member: P): void {
    if (this.everyone.has(member)) return;
    this.everyone.add(member);
    this.encodings.set(member.encoding, (this.encodings.get(member.encoding) ?? 0) + 1);
    if (this.everyone.size === 1) this.occupancy.occupied(EVERYONE);
    this.link(connectionName(member.id), member);
    if (member.userIdentifier !== undefined) this.link(userName(member.userIdentifier), member);
  }

  /** A member is gone, and with it all of its names. */
  exit(member: P): void {
    if (!this.everyone.delete(member)) return;
    this.forgetEncoding(member.encoding);
    for (const name of this.names.get(member) ?? []) this.unlink(name, member);
    this.names.delete(member);
    this.unlink(connectionName(member.id), member);
    if (member.userIdentifier !== undefined) this.unlink(userName(member.userIdentifier), member);
    if (this.everyone.size === 0) this.occupancy.vacant(EVERYONE);
  }

  /** Gives a member one more name. A member that is gone gets none: a late join must not outlive its connection. */
  join(member: P, name: Name): void {
    if (!this.everyone.has(member)) return;
    const names = this.names.get(member) ?? new Set();
    if (names.has(name)) return;
    this.names.set(member, names.add(name));
    this.link(name, member);
  }

  /** Takes a name from a member. */
  leave(member: P, name: Name): void {
    const names = this.names.get(member);
    if (names === undefined || !names.delete(name)) return;
    if (names.size === 0) this.names.delete(member);
    this.unlink(name, member);
  }

  /** Whether a member has a name that it joined. */
  has(member: P, name: Name): boolean {
    return this.names.get(member)?.has(name) === true;
  }

  /** The names that a member joined. */
  namesOf(member: P): ReadonlySet<Name> {
    return this.names.get(member) ?? NO_NAMES;
  }

  /** Everybody called `name`. */
  called(name: Name): Iterable<P> {
    if (name === EVERYONE) return this.everyone;
    const members = this.members.get(name);
    if (members === undefined) return NOBODY;
    return members instanceof Set ? members : [members];
  }

  /** How many are called `name`. */
  count(name: Name): number {
    if (name === EVERYONE) return this.everyone.size;
    const members = this.members.get(name);
    return members === undefined ? 0 : members instanceof Set ? members.size : 1;
  }

  /** The member with this id. */
  find(id: string): P | undefined {
    return this.members.get(connectionName(id)) as P | undefined;
  }

  private forgetEncoding(encoding: Encoding<never>): void {
    const count = (this.encodings.get(encoding) ?? 0) - 1;
    if (count > 0) this.encodings.set(encoding, count);
    else this.encodings.delete(encoding);
  }

  private link(name: Name, member: P): void {
    const members = this.members.get(name);
    if (members instanceof Set) members.add(member);
    else if (members === undefined) this.linkFirst(name, member);
    else this.members.set(name, new Set([members, member]));
  }

  private linkFirst(name: Name, member: P): void {
    this.members.set(name, member);
    this.occupancy.occupied(name);
  }

  private unlink(name: Name, member: P): void {
    const members = this.members.get(name);
    if (members instanceof Set) members.delete(member);
    if (members !== member && !(members instanceof Set && members.size === 0)) return;
    this.members.delete(name);
    this.occupancy.vacant(name);
  }
}

const NO_NAMES: ReadonlySet<Name> = new Set();
const NOBODY: readonly never[] = [];
