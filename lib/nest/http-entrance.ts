import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerHeaders } from '../connections/exchange.js';
import type { ApplicationCors } from './application-cors.js';
import type { AuthenticatedRequest, Doorman } from './connect-gate.js';
import { crossOrigin, isPreflight } from './cross-origin.js';
import { answerRequest, type HttpAnswer } from './http-answer.js';
import type { Refusals } from './refusals.js';
import { showBody } from './request-body.js';
import type { Served } from './served.js';

/** What a middleware of Express or Fastify is called with. */
type Request = AuthenticatedRequest & { originalUrl?: string };

/** A request on its way in. */
export interface Knock {
  readonly request: AuthenticatedRequest;
  readonly response: ServerResponse;
  /** As the client wrote it. */
  readonly url: string;
}

/** What a request wants, and of whom. */
export interface Wish {
  readonly served: Served;
  /** What the answer to a preflight says in place of what it says else. */
  readonly preflight?: AnswerHeaders;
  /** Answers it; undefined where the response belongs to somebody else from now on. */
  answer(knock: Knock): HttpAnswer | undefined | Promise<HttpAnswer | undefined>;
}

/** Finds what a request wants; undefined where that is nobody's here. */
export type WishFinder = (url: string, request: IncomingMessage) => Wish | undefined;

/** URLs of a hub hold the token of a connection, which is not to go on to other sites; and what a client wrote is no page, whatever it looks like. */
const PRECAUTIONS = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

/** The door of HTTP requests: whoever comes from an allowed origin is led to what is served at its path. */
export class HttpEntrance {
  constructor(
    private readonly finders: readonly WishFinder[],
    private readonly doorman: Doorman,
    private readonly cors: ApplicationCors,
    private readonly refusals: Refusals,
  ) {}

  /** A middleware: answers what is for somebody here, and hands on the rest. */
  readonly handle = (request: Request, response: ServerResponse, next: () => void): void => {
    const url = request.originalUrl ?? request.url ?? '/';
    const wish = this.wishOf(url, request);
    showBody(request);
    if (wish === undefined) next();
    else this.begin(wish, { request, response, url });
  };

  /** Answers a preflight where it is said whose pages may connect: `enableCors` may say otherwise of the application's own, and comes first. */
  takesPreflight(request: Request, response: ServerResponse): boolean {
    const url = request.url ?? '/';
    const wish = isPreflight(request) ? this.wishOf(url, request) : undefined;
    if (wish === undefined || wish.served.origins.isDefault) return false;
    this.begin(wish, { request, response, url });
    return true;
  }

  /** Whether a request is for somebody here. */
  owns(request: IncomingMessage): boolean {
    return this.wishOf(request.url ?? '/', request) !== undefined;
  }

  private wishOf(url: string, request: IncomingMessage): Wish | undefined {
    for (const find of this.finders) {
      const wish = find(url, request);
      if (wish !== undefined) return wish;
    }
    return undefined;
  }

  private begin(wish: Wish, knock: Knock): void {
    void this.fulfil(wish, knock).catch((error: unknown) => giveUp(error, wish.served, knock.response));
  }

  /** Preflights come first: they bring nothing that a guard could know somebody by. */
  private async fulfil(wish: Wish, knock: Knock): Promise<void> {
    const { request, response, url } = knock;
    for (const [name, value] of Object.entries(PRECAUTIONS)) response.setHeader(name, value);
    const cors = crossOrigin(wish, request, response, this.cors);
    if (cors === 'answered') return;
    const answer = cors ?? (await wish.answer(knock));
    // A connection that is kept alive would keep the server open.
    if (this.doorman.isClosed) response.shouldKeepAlive = false;
    if (answer !== undefined) answerRequest(response, answer);
    this.refusals.tell(wish.served, { method: request.method, url }, { status: response.statusCode, body: answer?.body ?? '' });
  }
}

/** Headers that guards have written, or what wraps a response, may make it fail; its peer is not to wait for ever. */
function giveUp(error: unknown, { endpoint }: Served, response: ServerResponse): void {
  endpoint.report('answering a request', error);
  response.destroy();
}
