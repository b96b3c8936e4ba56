import type { IncomingMessage } from 'node:http';
import { ForbiddenException, HttpException, UnauthorizedException, type CanActivate, type Type } from '@nestjs/common';
import { parseQuery } from '../connections/request-query.js';
import { activate } from './handler-pipeline.js';
import { document, type HttpAnswer } from './http-answer.js';
import { httpContext, type HandlerRef } from './nest-internals.js';

/** A request with what authentication leaves on it. */
export type AuthenticatedRequest = IncomingMessage & { user?: unknown };

/** What became of a request at the gate: it may enter, or this is the answer. */
export type Verdict = { readonly refusal?: undefined; readonly user: unknown } | { readonly refusal: HttpAnswer };

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
  /** Takes note of what failed for no reason of the request's. */
  report(doing: string, error: unknown): void;
}

const OPEN: Verdict = { user: undefined };
const SERVER_ERROR = 500;

/** Stands before a hub: every HTTP request of it passes here, upgrades included, before there is a connection. */
export class ConnectGate {
  /** Whether it knows who somebody is: without guards and authentication it lets everybody in as nobody. */
  readonly asksWho: boolean;

  constructor(private readonly keepers: GateKeepers) {
    this.asksWho = keepers.authenticate !== undefined || keepers.guards.length > 0;
  }

  /** Lets a request pass or says what to answer; at once where nobody has to be asked. */
  check(request: AuthenticatedRequest, response: object): Verdict | Promise<Verdict> {
    return this.asksWho ? this.ask(request, response) : OPEN;
  }

  private async ask(request: AuthenticatedRequest, response: object): Promise<Verdict> {
    const { guards, hub, handler } = this.keepers;
    try {
      fillAuthorization(request);
      await this.authenticate(request);
      const asked = typeof guards === 'function' ? await guards(request) : guards;
      const isActive = await activate(asked, httpContext(request, response, hub, handler));
      if (!isActive) throw new ForbiddenException('Forbidden resource');
      return { user: request.user };
    } catch (error) {
      return { refusal: this.refusal(error) };
    }
  }

  /** Nobody, or an error that says nothing of HTTP, is not authenticated. */
  private async authenticate(request: AuthenticatedRequest): Promise<void> {
    const { authenticate } = this.keepers;
    if (authenticate === undefined) return;
    const result = await callSafely(authenticate, request);
    if (result === undefined || result === null || result === false) throw new UnauthorizedException();
    request.user = typeof result === 'object' && 'user' in result ? result.user : result;
  }

  /** As Nest's own filter answers. */
  private refusal(error: unknown): HttpAnswer {
    if (!isHttpException(error)) {
      this.keepers.report('asking the guards of a connection', error);
      return document(SERVER_ERROR, { statusCode: SERVER_ERROR, message: 'Internal server error' });
    }
    const statusCode = error.getStatus();
    const body = error.getResponse();
    return document(statusCode, typeof body === 'object' ? body : { statusCode, message: body });
  }
}

async function callSafely(authenticate: Authenticate, request: IncomingMessage): Promise<unknown> {
  try {
    return await authenticate(request);
  } catch (error) {
    throw isHttpException(error) ? error : new UnauthorizedException(undefined, { cause: error });
  }
}

/** Browsers cannot send headers with a WebSocket: their token stands in the query, and guards look for it in the header. */
function fillAuthorization(request: IncomingMessage & { originalUrl?: string }): void {
  const token = parseQuery(request.originalUrl ?? request.url ?? '').get('access_token');
  if (token !== undefined && request.headers.authorization === undefined) request.headers.authorization = `Bearer ${token}`;
}

/** By its shape too: another copy of @nestjs/common has another class of that name. */
function isHttpException(error: unknown): error is HttpException {
  return error instanceof HttpException || typeof (error as Partial<HttpException> | undefined)?.getStatus === 'function';
}
