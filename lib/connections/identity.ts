import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../common/clock.js';

/** Who sends a request, or whose a connection is: later requests with its token have to be by the same user. */
export interface Who {
  /** The name of the user, where there is one. */
  readonly userIdentifier: string | undefined;
  /** Whether there is a user at all: one without a name is not nobody. */
  readonly isSomebody: boolean;
}

/** Two users without a name cannot be told apart. */
export function isSameUser(one: Who, other: Who): boolean {
  return one.userIdentifier === other.userIdentifier && one.isSomebody === other.isSomebody;
}

/** Guards that know nobody leave nothing on a request, or false, as Passport does. */
export function isSomebody(user: unknown): boolean {
  return user !== undefined && user !== null && user !== false;
}

/** What a request tells of who sends it. */
export interface Authentication {
  readonly user?: unknown;
  /** Until when that holds, by the wall clock, in milliseconds; Infinity, or nothing, where it has no end. */
  readonly expiresAt?: number;
  /** Requests are numbered in the order in which they came. */
  readonly arrival?: number;
  readonly request?: { readonly headers?: IncomingHttpHeaders };
}

/** Who a connection is, from one authentication to the next. */
export class Identity {
  /** Guards that run before calls may write another one. */
  user: unknown;
  readonly expiresAt: number;
  readonly #arrival: number;
  readonly #token: string | undefined;
  readonly #tokenBefore: string | undefined;

  /** @param before - in whose place it wants to be. */
  constructor({ user, expiresAt = Infinity, arrival = 0, request }: Authentication, before?: Identity) {
    this.user = user;
    this.expiresAt = expiresAt;
    this.#arrival = arrival;
    this.#token = request?.headers?.authorization;
    this.#tokenBefore = before === undefined ? undefined : before.#token;
  }

  /** Whether it no longer holds. The wall clock is asked only where there is an end. */
  isOver(clock: Clock): boolean {
    return this.expiresAt !== Infinity && clock.date().getTime() >= this.expiresAt;
  }

  /** One that came before `other`, or ends sooner, is late and takes nobody's place. Where one of them has no end their order alone decides. */
  replaces(other: Identity): boolean {
    const endsSooner = this.expiresAt < other.expiresAt && other.expiresAt !== Infinity;
    return this.#arrival > other.#arrival && !endsSooner;
  }

  /** Whether a token says nothing new: it is this one's, or that of the one before, with which requests may still be on their way. */
  knows(token: string | undefined): boolean {
    return token === undefined || token === this.#token || token === this.#tokenBefore;
  }
}

/** Guards that are asked later look for the token, or the cookie, where it stood when the connection was opened. Which other headers are credentials nobody knows. */
export function handCredentials(from: Authentication['request'], to: Authentication['request']): void {
  for (const name of ['authorization', 'cookie'] as const) {
    const given = from?.headers?.[name];
    if (given !== undefined && to?.headers !== undefined) to.headers[name] = given;
  }
}
