import type { Clock } from '../common/clock.js';
import type { SignalRError } from '../common/errors.js';
import { Events, type LimitName } from '../common/events.js';
import { limitErrors } from '../common/limit-errors.js';
import { TokenBucket } from '../common/token-bucket.js';
import type { OpeningRequest } from './connection.birth.js';
import { networkOf } from './network.js';
import { Tally } from './tally.js';
import { EVERYBODY, Ticket, type Counts } from './ticket.js';

/** How many connections there may be. */
export interface ConnectionBounds {
  readonly connections: number;
  readonly connectionsPerUser: number;
  readonly connectionsPerAddress: number;
  readonly connectionsPerSecond: number;
}

/** Somebody who wants a connection. */
export interface Newcomer {
  /** The name of the endpoint. */
  readonly endpoint: string;
  readonly userIdentifier: string | undefined;
  /** By which it comes, where there is one. */
  readonly request?: OpeningRequest;
  /** Where it comes from, where no request says so. */
  readonly address?: string;
}

/** Why somebody gets no connection now, as an answer of HTTP. */
export interface Refused {
  readonly status: 429 | 503;
  readonly error: SignalRError;
  /** When it is worth trying again, in seconds. */
  readonly retryAfter: number;
}

/** What was asked for, and the refusal where it is refused. */
export type Entry =
  { readonly refused?: undefined; readonly ticket: Ticket | undefined } | { readonly refused: Refused; readonly ticket?: undefined };

/** When somebody leaves nobody knows: a guess, in seconds. */
const LATER = 10;

const BOUNDLESS = { connections: Infinity, connectionsPerUser: Infinity, connectionsPerAddress: Infinity, connectionsPerSecond: Infinity };

const UNCOUNTED: Entry = { ticket: undefined };

/** Counts connections, and says who may have one more: on this server, of one user, from one address, and in a second. */
export class ConnectionLimits {
  private readonly counts: Counts;
  private readonly rate: TokenBucket | undefined;
  private readonly countsAny: boolean;

  constructor(
    private readonly bounds: ConnectionBounds,
    private readonly clock: Clock,
    private readonly events: Events,
    private readonly addressOf: (request: OpeningRequest) => string | undefined,
  ) {
    const { connections, connectionsPerUser, connectionsPerAddress } = bounds;
    const [everybody, users, addresses] = [connections, connectionsPerUser, connectionsPerAddress].map((most) => new Tally(most));
    this.counts = { everybody, users, addresses };
    this.countsAny = [everybody, users, addresses].some(({ isUsed }) => isUsed);
    if (bounds.connectionsPerSecond !== Infinity) this.rate = new TokenBucket(bounds.connectionsPerSecond, clock.now());
  }

  /** Without any bound. */
  static none(clock: Clock): ConnectionLimits {
    return new ConnectionLimits(BOUNDLESS, clock, new Events(), () => undefined);
  }

  /** For somebody who negotiates. From now on it counts for its user and its address, and it alone counts for the second. */
  expect(newcomer: Newcomer): Entry {
    const network = this.networkOf(newcomer);
    const refused = this.crowdedFor(newcomer, network) ?? this.tooFast(newcomer);
    if (refused !== undefined) return { refused };
    return this.countsAny ? { ticket: new Ticket(this.counts, newcomer.userIdentifier, network) } : UNCOUNTED;
  }

  /** For somebody who comes unannounced. */
  admit(newcomer: Newcomer): Entry {
    const entry = this.expect(newcomer);
    entry.ticket?.enter();
    return entry;
  }

  /** For somebody who was expected: whether there is no room on the server by now. */
  turnAway(newcomer: Newcomer): Refused | undefined {
    return this.counts.everybody.isFull(EVERYBODY) ? this.refuse('connections', 503, newcomer) : undefined;
  }

  /** Tells that somebody was refused. */
  tell(limit: LimitName, value: number, newcomer: Newcomer): void {
    if (!this.events.has('limited')) return;
    const { endpoint, userIdentifier } = newcomer;
    this.events.emit('limited', { endpoint, limit, value, address: this.whereIs(newcomer), userIdentifier });
  }

  private crowdedFor(newcomer: Newcomer, network: string | undefined): Refused | undefined {
    const { everybody, users, addresses } = this.counts;
    if (everybody.isFull(EVERYBODY)) return this.refuse('connections', 503, newcomer);
    if (users.isFull(newcomer.userIdentifier)) return this.refuse('connectionsPerUser', 429, newcomer);
    return addresses.isFull(network) ? this.refuse('connectionsPerAddress', 429, newcomer) : undefined;
  }

  /** Not looked for where it does not count. */
  private networkOf(newcomer: Newcomer): string | undefined {
    return this.counts.addresses.isUsed ? networkOf(this.whereIs(newcomer)) : undefined;
  }

  private whereIs({ request, address }: Newcomer): string | undefined {
    return request === undefined ? address : this.addressOf(request);
  }

  private refuse(limit: 'connections' | 'connectionsPerUser' | 'connectionsPerAddress', status: 429 | 503, newcomer: Newcomer): Refused {
    this.tell(limit, this.bounds[limit], newcomer);
    return { status, error: limitErrors.crowded(limit, this.bounds[limit]), retryAfter: LATER };
  }

  private tooFast(newcomer: Newcomer): Refused | undefined {
    const { rate } = this;
    const now = this.clock.now();
    if (rate === undefined || rate.take(now)) return undefined;
    const { connectionsPerSecond } = this.bounds;
    this.tell('connectionsPerSecond', connectionsPerSecond, newcomer);
    const retryAfter = Math.ceil(rate.wait(now) / 1_000);
    return { status: 429, error: limitErrors.connectingTooFast(), retryAfter };
  }
}
