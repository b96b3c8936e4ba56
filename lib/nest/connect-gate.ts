import type { IncomingMessage } from 'node:http';
import { ForbiddenException, HttpException, UnauthorizedException, type CanActivate, type Type } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import { isThenable } from '../common/thenable.js';
import { isSomebody, type Who } from '../connections/identity.js';
import { parseQuery } from '../connections/request-query.js';
import { activate } from './handler-pipeline.js';
import { document, plain, SHUTTING_DOWN, type HttpAnswer } from './http-answer.js';
import { httpContext, type HandlerRef } from './nest-internals.js';

/** A request with what authentication leaves on it. */
export type AuthenticatedRequest = IncomingMessage & { user?: unknown };

/** Who a request comes from, and what `authenticate` has said of the end of that. */
interface Known {
  readonly refusal?: undefined;
  readonly user: unknown;
  readonly expiresAt?: unknown;
}

/** What became of a request at the gate: it may enter, or this is the answer. */
export type Verdict = Known | { readonly refusal: HttpAnswer };

/** The application's own authentication. */
export type Authenticate = (request: IncomingMessage) => unknown;

/** What a gate consults. */
export interface GateKeepers {
  /** What `getClass()` and `getHandler()` return to guards. */
  readonly hub: Type;
  readonly handler: HandlerRef;
  /** In the order in which they are asked; a function where each request has its own. */
  readonly guards: readonly CanActivate[] | ((request: IncomingMessage) => Promise<readonly CanActivate[]>);
  /** The option of that name. */
  readonly authenticate: Authenticate | undefined;
  /** The token that a request brings elsewhere than in its `Authorization`; by default the parameter `access_token`. */
  readonly token?: (request: IncomingMessage) => string | undefined;
  /** Takes note of what failed for no reason of the request's. */
  report(doing: string, error: unknown): void;
}

/** A gate and what stands behind it. */
export interface Guarded {
  readonly gate: ConnectGate;
  readonly endpoint: GuardedEndpoint;
}

interface GuardedEndpoint {
  readonly name: string;
  readonly options: { readonly handshakeTimeout: number };
  /** Who a user is; throws what the application throws. */
  identify(user: unknown): string | undefined;
  /** Until when that holds, by the wall clock in milliseconds, where it matters; throws what the application throws. */
  expiryOf?(user: unknown, said: unknown): number;
  /** Takes note of what failed and is no client's fault. */
  report(doing: string, error: unknown): void;
}

/** Who may enter, with the name. */
export interface Admitted extends Who {
  readonly refusal?: undefined;
  readonly user: unknown;
  /** Until when, by the wall clock in milliseconds; Infinity is for ever. */
  readonly expiresAt: number;
  /** Requests are numbered in the order in which they came. */
  readonly arrival: number;
}

/** A verdict, with the name of who may enter. */
export type Admission = Admitted | { readonly refusal: HttpAnswer };

type TurnAway = (refusal: HttpAnswer) => void;

const OPEN: Verdict = { user: undefined };
const SERVER_ERROR = document(500, { statusCode: 500, message: 'Internal server error' });
const TOO_SLOW = plain(503, 'The connection was not authorized in time.');

/** Stands before a hub: every HTTP request of it passes here, upgrades included, before there is a connection. */
export class ConnectGate {
  /** Whether it knows who somebody is: without guards and authentication it lets everybody in as nobody. */
  readonly asksWho: boolean;

  constructor(private readonly keepers: GateKeepers) {
    const { authenticate, guards } = keepers;
    this.asksWho = authenticate !== undefined || typeof guards === 'function' || guards.length > 0;
  }

  /**
   * Lets a request pass or says what to answer; at once where nobody has to be asked. The promise never rejects.
   *
   * @param response - not looked at where nobody asks.
   */
  check(request: AuthenticatedRequest, response: object | undefined): Verdict | Promise<Verdict> {
    // Also where nobody asks now: guards of single methods read it later.
    fillAuthorization(request, this.keepers.token);
    return this.asksWho ? this.ask(request, response) : OPEN;
  }

  private async ask(request: AuthenticatedRequest, response: object = {}): Promise<Verdict> {
    const { guards, hub, handler } = this.keepers;
    try {
      const expiresAt = await this.authenticate(request);
      const asked = typeof guards === 'function' ? await guards(request) : guards;
      const isActive = await activate(asked, httpContext(request, response, hub, handler));
      if (!isActive) throw new ForbiddenException('Forbidden resource');
      return { user: request.user, expiresAt };
    } catch (error) {
      return { refusal: this.refusal(error) };
    }
  }

  /**
   * Nobody, or an error that says nothing of HTTP, is not authenticated.
   *
   * @returns when that ends, where the application says so.
   */
  private async authenticate(request: AuthenticatedRequest): Promise<unknown> {
    const { authenticate } = this.keepers;
    if (authenticate === undefined) return undefined;
    const result = await callSafely(authenticate, request);
    const { user, expiresAt } = authenticated(result);
    if (!isSomebody(user)) throw new UnauthorizedException();
    request.user = user;
    return expiresAt;
  }

  /** As Nest's own filter answers. An exception may be made of anything, and not all of it can be sent. */
  private refusal(error: unknown): HttpAnswer {
    try {
      if (isHttpException(error)) return httpRefusal(error);
    } catch {
      // Then it is as good as any other error.
    }
    this.keepers.report('asking the guards of a connection', error);
    return SERVER_ERROR;
  }
}

/** Leads requests to the gates of their hubs, waits for none of these for ever, and for none at all when the application ends. */
export class Doorman {
  /** Whether nobody new is let in any more. */
  isClosed = false;
  private readonly newcomers = new Set<TurnAway>();
  private arrivals = 0;

  constructor(private readonly clock: Clock) {}

  /** Whether a newcomer's request may enter; at once where nobody has to be asked. The promise never rejects. */
  admit(guarded: Guarded, request: AuthenticatedRequest, response?: object): Admission | Promise<Admission> {
    return this.isClosed ? { refusal: SHUTTING_DOWN } : this.ask(guarded, request, response, this.newcomers);
  }

  /** The same for a request of a connection that is there: it is served to its end. */
  readmit(guarded: Guarded, request: AuthenticatedRequest, response?: object): Admission | Promise<Admission> {
    return this.ask(guarded, request, response);
  }

  /**
   * Waits for somebody who decides whether a request may enter, but not for ever, and not when the application ends; rejects as that does.
   *
   * @param limit - milliseconds.
   */
  within<T>(work: PromiseLike<T>, limit: number): Promise<T | { readonly refusal: HttpAnswer }> {
    if (this.isClosed) return Promise.resolve({ refusal: SHUTTING_DOWN });
    return this.bounded(work, limit, this.newcomers);
  }

  /** Lets nobody new in any more, not even those whose guards are still thinking. */
  close(): void {
    this.isClosed = true;
    for (const turnAway of this.newcomers) turnAway(SHUTTING_DOWN);
  }

  private ask(
    { gate, endpoint }: Guarded,
    request: AuthenticatedRequest,
    response?: object,
    waiting?: Set<TurnAway>,
  ): Admission | Promise<Admission> {
    const arrival = ++this.arrivals;
    const verdict = gate.check(request, response);
    if (!isThenable(verdict)) return identify(endpoint, verdict, arrival);
    return this.bounded(verdict, endpoint.options.handshakeTimeout, waiting).then((known) => identify(endpoint, known, arrival));
  }

  private bounded<T>(work: PromiseLike<T>, limit: number, waiting?: Set<TurnAway>): Promise<T | { readonly refusal: HttpAnswer }> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        waiting?.delete(turnAway);
        cancel();
      };
      const turnAway = (refusal: HttpAnswer): void => {
        over();
        resolve({ refusal });
      };
      const cancel = this.clock.after(limit, () => turnAway(TOO_SLOW));
      waiting?.add(turnAway);
      Promise.resolve(work).finally(over).then(resolve, reject);
    });
  }
}

/** The application says who a user is, and may fail at it. */
function identify(endpoint: GuardedEndpoint, verdict: Verdict, arrival: number): Admission {
  if (verdict.refusal !== undefined) return verdict;
  const { user, expiresAt: said } = verdict;
  let doing = 'asking userIdProvider who somebody is';
  try {
    const userIdentifier = endpoint.identify(user);
    doing = 'finding out when an authentication ends';
    return { user, userIdentifier, isSomebody: isSomebody(user), expiresAt: endpoint.expiryOf?.(user, said) ?? Infinity, arrival };
  } catch (error) {
    endpoint.report(doing, error);
    return { refusal: SERVER_ERROR };
  }
}

/** The user, or an object with one. */
function authenticated(result: unknown): { user?: unknown; expiresAt?: unknown } {
  return typeof result === 'object' && result !== null && 'user' in result ? result : { user: result };
}

async function callSafely(authenticate: Authenticate, request: IncomingMessage): Promise<unknown> {
  try {
    return await authenticate(request);
  } catch (error) {
    // Libraries throw for a token that is none: what exactly was wrong with it is nobody's business.
    throw isHttpException(error) ? error : new UnauthorizedException();
  }
}

/** Browsers cannot send headers with a WebSocket: their token stands elsewhere, and guards look for it in the header. */
function fillAuthorization(request: IncomingMessage, tokenOf: GateKeepers['token']): void {
  if (request.headers.authorization !== undefined) return;
  const token = tokenOf?.(request) ?? tokenInQuery(request);
  if (token) request.headers.authorization = `Bearer ${token}`;
}

function tokenInQuery(request: IncomingMessage & { originalUrl?: string }): string | undefined {
  return parseQuery(request.originalUrl ?? request.url ?? '').get('access_token');
}

/** By its shape too: another copy of @nestjs/common has another class of that name. */
function isHttpException(error: unknown): error is HttpException {
  return error instanceof HttpException || typeof (error as Partial<HttpException> | undefined)?.getStatus === 'function';
}

/** @throws for a status or a body that cannot be sent. */
function httpRefusal(error: HttpException): HttpAnswer {
  const statusCode = error.getStatus();
  const body = error.getResponse();
  if (!(statusCode >= 200 && statusCode <= 599)) throw error;
  return document(statusCode, typeof body === 'object' ? body : { statusCode, message: body });
}
