import { TICK, type Cancel, type Clock } from '../common/clock.js';
import { closeReason } from '../common/close-reason.js';
import { asError } from '../common/errors.js';
import { Absentees } from './absentees.js';
import type { ConnectionBirth } from './connection.birth.js';
import type { ConnectionHome } from './connection.home.js';
import { Connection } from './connection.js';
import { ConnectionLimits } from './connection.limits.js';
import type { ResolvedConnectionOptions } from './connection.options.js';
import type { Endpoint } from './endpoint.js';
import type { Who } from './identity.js';
import { randomName } from './random-name.js';
import type { Ticket } from './ticket.js';
import type { Transport } from './transport.js';

const NOBODY: Who = { userIdentifier: undefined, isSomebody: false };

/** What a negotiation gives beside the names. */
interface Promised {
  /** Whether the client was promised that it may come back after a break. */
  readonly mayResume?: boolean;
  /** What it holds among those that are counted, where they are: with the place it is given back, or handed on. */
  readonly ticket?: Ticket | undefined;
}

/** The two names of a connection that a negotiation hands out. Only who negotiated may connect. */
export interface Reservation extends Who, Promised {
  readonly id: string;
  readonly token: string;
  readonly endpoint: Endpoint;
  readonly expires: number;
}

/** All live peers by their secret token: hands out ids, ticks the connections, drops what nobody came for. */
export class ConnectionStore implements ConnectionHome<Connection> {
  private readonly reservations = new Map<string, Reservation>();
  private readonly live = new Map<string, Connection>();
  private readonly ending = new Set<Connection>();
  /** Connections that have ended and whose peers have still to hear of it, when they poll. */
  private readonly awaited = new Map<string, Connection>();
  /** Connections that have ended and whose transports have not. */
  private readonly closing = new Set<Connection>();
  /** What connections hold among those that are counted, where they are: until nothing of their transports stands any more. */
  private readonly tickets = new Map<Connection, Ticket>();
  private whenEmpty: (() => void)[] = [];
  /** Set from {@link shut} on: nobody would ever end a connection that begins now. */
  isClosed = false;
  private stopTicking: Cancel | undefined;
  private lastTick = 0;

  /**
   * @param disconnectTimeout - how long a reservation is kept, in milliseconds.
   * @param maximumReservations - how many are kept at a time.
   * @param absentees - the connections whose peers are away.
   * @param limits - who may have a connection: whoever opens one has asked them. Everybody, where nothing is said.
   */
  constructor(
    readonly clock: Clock,
    readonly disconnectTimeout: number,
    readonly maximumReservations: number,
    readonly absentees = new Absentees({ resumable: Infinity, resumablePerUser: Infinity }),
    readonly limits = ConnectionLimits.none(clock),
  ) {}

  /** How many connections are open. */
  get size(): number {
    return this.live.size;
  }

  /**
   * Keeps a place for a peer that is going to connect.
   *
   * @param version - of the negotiation: up to 0 the id is the token as well.
   * @param who - who it is.
   * @param promised - what else it is given.
   * @returns undefined when too many are waiting already: the ticket is given back.
   */
  reserve(endpoint: Endpoint, version: number, who: Who = NOBODY, promised: Promised = {}): Reservation | undefined {
    if (this.reservations.size >= this.maximumReservations) {
      promised.ticket?.release();
      return undefined;
    }
    const { userIdentifier, isSomebody } = who;
    const expires = this.clock.now() + this.disconnectTimeout;
    const reservation = { ...makeNames(version), ...promised, endpoint, userIdentifier, isSomebody, expires };
    this.reservations.set(reservation.token, reservation);
    this.startTicking();
    return reservation;
  }

  /** How long it takes until the first of the places that are kept is free again, in milliseconds. */
  get untilVacancy(): number {
    const [first] = this.reservations.values();
    return first === undefined ? 0 : first.expires - this.clock.now();
  }

  /** The place that is kept for the owner of `token` at this endpoint. */
  reserved(token: string, endpoint: Endpoint): Reservation | undefined {
    const reservation = this.reservations.get(token);
    return reservation?.endpoint === endpoint ? reservation : undefined;
  }

  /** The owner of a reservation has come: it is kept no longer, and its ticket is the connection's. */
  claim({ token }: Reservation): void {
    this.reservations.delete(token);
  }

  /** The connection to this endpoint of the owner of `token`; one that has ended while its transport waits for the peer to hear of it. */
  find(token: string, endpoint: Endpoint): Connection | undefined {
    const connection = this.live.get(token) ?? this.awaited.get(token);
    return connection?.endpoint === endpoint ? connection : undefined;
  }

  /** Whoever has the token at this endpoint: a client that is connected, or one that has only negotiated. */
  ownerOf(token: string, endpoint: Endpoint): Connection | Reservation | undefined {
    return this.find(token, endpoint) ?? this.reserved(token, endpoint);
  }

  /** A connection begins; without names of its own it gets new ones, of which nobody knows the token. */
  open(endpoint: Endpoint, transport: Transport, options: ResolvedConnectionOptions, birth: Partial<ConnectionBirth>): Connection {
    const names = birth.id !== undefined && birth.token !== undefined ? { id: birth.id, token: birth.token } : makeNames(1);
    const connection = new Connection({ ...birth, ...names }, transport, endpoint, options, this);
    this.live.set(connection.token, connection);
    if (birth.ticket !== undefined) this.count(connection, birth.ticket);
    this.startTicking();
    return connection;
  }

  /** The connections that are open, in the order in which they were opened. */
  get all(): Connection[] {
    return [...this.live.values()];
  }

  /** Keeps no places any more: those that are kept are forgotten. */
  shut(): void {
    this.isClosed = true;
    for (const reservation of this.reservations.values()) this.drop(reservation);
    this.stopIfEmpty();
  }

  /** The connections of which something is left: those that are open, and those whose end is not done. */
  get unfinished(): Set<Connection> {
    return new Set([...this.live.values(), ...this.ending, ...this.closing]);
  }

  /** Settles when no connection is open, and the ends of all are done, of their transports too. */
  allGone(): Promise<void> {
    if (this.isEmpty) return Promise.resolve();
    return new Promise((resolve) => this.whenEmpty.push(resolve));
  }

  left(connection: Connection): void {
    this.live.delete(connection.token);
    this.absentees.remove(connection);
    this.ending.add(connection);
    const { isStanding, isAwaited } = connection.transport;
    if (isAwaited === true) this.awaited.set(connection.token, connection);
    if (isStanding === true) this.closing.add(connection);
    else this.discount(connection);
  }

  released(connection: Connection): void {
    this.awaited.delete(connection.token);
  }

  freed(connection: Connection): void {
    if (!this.closing.delete(connection)) return;
    this.discount(connection);
    this.tellIfEmpty();
  }

  gone(connection: Connection): void {
    this.ending.delete(connection);
    this.stopIfEmpty();
    this.tellIfEmpty();
  }

  private count(connection: Connection, ticket: Ticket): void {
    ticket.enter();
    this.tickets.set(connection, ticket);
  }

  private discount(connection: Connection): void {
    this.tickets.get(connection)?.release();
    this.tickets.delete(connection);
  }

  private get isEmpty(): boolean {
    return this.live.size === 0 && this.ending.size === 0 && this.closing.size === 0;
  }

  private tellIfEmpty(): void {
    if (this.isEmpty) for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  private readonly tick = (now: number): void => {
    this.excuse(now);
    for (const connection of this.live.values()) tickSafely(connection, now);
    this.dropExpired(now);
    this.stopIfEmpty();
  };

  /** Reservations stand in the order of their making, so the first that is still good ends the search. */
  private dropExpired(now: number): void {
    for (const reservation of this.reservations.values()) {
      if (reservation.expires > now) return;
      this.drop(reservation);
    }
  }

  private drop({ token, ticket }: Reservation): void {
    this.reservations.delete(token);
    ticket?.release();
  }

  /** Ticks that come late: the process stood still, and what peers said meanwhile is still to be read. That was not their silence. */
  private excuse(now: number): void {
    const late = now - this.lastTick - TICK;
    this.lastTick = now;
    if (late >= TICK) for (const connection of this.live.values()) connection.excuse(late);
  }

  private startTicking(): void {
    if (this.stopTicking !== undefined) return;
    this.lastTick = this.clock.now();
    this.stopTicking = this.clock.onTick(this.tick);
  }

  private stopIfEmpty(): void {
    if (this.live.size > 0 || this.reservations.size > 0) return;
    this.stopTicking?.();
    this.stopTicking = undefined;
  }
}

/** One connection that fails must not cost all others their tick. */
function tickSafely(connection: Connection, now: number): void {
  try {
    connection.tick(now);
  } catch (error) {
    connection.close(closeReason('internal-error', { error: asError(error) }));
  }
}

function makeNames(version: number): { id: string; token: string } {
  const id = randomName();
  return { id, token: version > 0 ? randomName() : id };
}
