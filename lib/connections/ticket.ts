import type { Tally } from './tally.js';

/** Those who are counted, by the name of each. */
export interface Counts {
  /** By one name for all. */
  readonly everybody: Tally;
  readonly users: Tally;
  readonly addresses: Tally;
}

/** The one name by which all are counted together. */
export const EVERYBODY = '';

/**
 * What a client holds among those that are counted: of its user and its address from its negotiation on, of the server from its connection on, and
 * all of it until its transport has ended.
 */
export class Ticket {
  private isIn = false;
  private isOver = false;

  constructor(
    private readonly counts: Counts,
    private userIdentifier: string | undefined,
    private readonly network: string | undefined,
  ) {
    counts.users.add(userIdentifier);
    counts.addresses.add(network);
  }

  /** The client connects; once more is nothing. */
  enter(): void {
    if (this.isIn || this.isOver) return;
    this.isIn = true;
    this.counts.everybody.add(EVERYBODY);
  }

  /** It is another user's from now on; false where that would be one too many. */
  become(userIdentifier: string | undefined): boolean {
    const { users } = this.counts;
    if (this.isOver || userIdentifier === this.userIdentifier) return true;
    if (users.isFull(userIdentifier)) return false;
    users.remove(this.userIdentifier);
    users.add((this.userIdentifier = userIdentifier));
    return true;
  }

  /** Gives all of it back; once more is nothing. */
  release(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.isIn) this.counts.everybody.remove(EVERYBODY);
    this.counts.users.remove(this.userIdentifier);
    this.counts.addresses.remove(this.network);
  }
}
