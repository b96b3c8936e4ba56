import { reconnectErrors } from '../common/reconnect-errors.js';

/** How many peers may be away at a time, of the server and of each user. */
export interface AbsenceLimits {
  readonly resumable: number;
  readonly resumablePerUser: number;
}

/** A connection without its peer. */
interface Absentee {
  readonly userIdentifier: string | undefined;
}

/** The connections whose peers are away and may come back. */
export class Absentees {
  private readonly away = new Set<Absentee>();
  private readonly ofUser = new Map<string, number>();

  constructor(private readonly limits: AbsenceLimits) {}

  /** Adds one; where there are too many already it says so, and does not. Somebody without a name is nobody's user. */
  add(connection: Absentee): Error | undefined {
    const { resumable, resumablePerUser } = this.limits;
    const { userIdentifier: user } = connection;
    if (this.away.size >= resumable) return reconnectErrors.tooManyAway('resumable', resumable);
    if (this.countOf(user) >= resumablePerUser) return reconnectErrors.tooManyAway('resumablePerUser', resumablePerUser);
    this.away.add(connection);
    if (user !== undefined) this.ofUser.set(user, this.countOf(user) + 1);
    return undefined;
  }

  /** Its peer is back, or it has ended. One that is not away is nothing. */
  remove(connection: Absentee): void {
    const { userIdentifier: user } = connection;
    if (!this.away.delete(connection) || user === undefined) return;
    const rest = this.countOf(user) - 1;
    if (rest > 0) this.ofUser.set(user, rest);
    else this.ofUser.delete(user);
  }

  private countOf(user: string | undefined): number {
    return user === undefined ? 0 : (this.ofUser.get(user) ?? 0);
  }
}
