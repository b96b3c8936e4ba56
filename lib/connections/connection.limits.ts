import type { Clock } from '../common/clock.js';
import type { SignalRError } from '../common/errors.js';
import { Events, type LimitName } from '../common/events.js';
import { limitErrors } from '../common/limit-errors.js';
import { TokenBucket } from '../common/token-bucket.js';
import type { OpeningRequest } from './connection.birth.js';
import { networkOf } from './network.js';
import { Tally } from './tally.js';
import { Ticket } from './ticket.js';

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

/** The one name by which all are counted together. */
const EVERYBODY = '';

const BOUNDLESS = { connections: Infinity, connectionsPerUser: Infinity, connectionsPerAddress: Infinity, connectionsPerSecond: Infinity };

const UNCOUNTED: Entry = { ticket: undefined };

/** Counts connections, and says who may have one more: on this server, of one user, from one address, and in a second. */
export class ConnectionLimits {
  private readonly everybody: Tally;
  private readonly users: Tally;
  private readonly addresses: Tally;
  private readonly rate: TokenBucket | undefined;
  private readonly countsAny: boolean;

  constructor(
    private readonly bounds: ConnectionBounds,
    private readonly clock: Clock,
    private readonly events: Events,
    private readonly addressOf: (request: OpeningRequest) => string | undefined,
  ) {
    this.everybody = new Tally(bounds.connections);
    this.users = new Tally(bounds.connectionsPerUser);
    this.addresses = new Tally(bounds.connectionsPerAddress);
    this.countsAny = [this.everybody, this.users, this.addresses].some(({ isUsed }) => isUsed);
    if (bounds.connectionsPerSecond !== Infinity) this.rate = new TokenBucket(bounds.connectionsPerSecond, clock.now());
  }

  /** Without any bound. */
  static none(clock: Clock): ConnectionLimits {
    return new ConnectionLimits(BOUNDLESS, clock, new Events(), () => undefined);
  }

  /** Whether it is worth going on for somebody who has just come; that alone counts for the second. */
  greet(newcomer: Newcomer): Refused | undefined {
    return this.crowdedFor(newcomer) ?? this.tooFast(newcomer);
  }

  /** A ticket for somebody who was greeted before. */
  enter(newcomer: Newcomer): Entry {
    if (!this.countsAny) return UNCOUNTED;
    const refused = this.crowdedFor(newcomer);
    return refused === undefined ? { ticket: this.ticketFor(newcomer) } : { refused };
  }

  /** Both, for somebody who comes unannounced. */
  admit(newcomer: Newcomer): Entry {
    const refused = this.greet(newcomer);
    return refused === undefined ? this.enter(newcomer) : { refused };
  }

  /** Tells that somebody was refused. */
  tell(limit: LimitName, value: number, newcomer: Newcomer): void {
    if (!this.events.has('limited')) return;
    const { endpoint, userIdentifier } = newcomer;
    this.events.emit('limited', { endpoint, limit, value, address: this.whereIs(newcomer), userIdentifier });
  }

  private crowdedFor(newcomer: Newcomer): Refused | undefined {
    if (this.everybody.isFull(EVERYBODY)) return this.refuse('connections', 503, newcomer);
    if (this.users.isFull(newcomer.userIdentifier)) return this.refuse('connectionsPerUser', 429, newcomer);
    if (this.addresses.isFull(this.networkOf(newcomer))) return this.refuse('connectionsPerAddress', 429, newcomer);
    return undefined;
  }

  private ticketFor(newcomer: Newcomer): Ticket {
    const { userIdentifier } = newcomer;
    const network = this.networkOf(newcomer);
    this.everybody.add(EVERYBODY);
    this.users.add(userIdentifier);
    this.addresses.add(network);
    return new Ticket(() => {
      this.everybody.remove(EVERYBODY);
      this.users.remove(userIdentifier);
      this.addresses.remove(network);
    });
  }

  /** Not looked for where it does not count. */
  private networkOf(newcomer: Newcomer): string | undefined {
    return this.addresses.isUsed ? networkOf(this.whereIs(newcomer)) : undefined;
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
    return { status: 429, error: limitErrors.connectingTooFast(connectionsPerSecond), retryAfter };
  }
}
