import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerHeaders } from '../connections/exchange.js';
import type { ApplicationCors } from './application-cors.js';
import { plain, type HttpAnswer } from './http-answer.js';
import type { Served } from './served.js';

const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';
const ALLOW_CREDENTIALS = 'Access-Control-Allow-Credentials';

/** What a page of another origin may want to cross to. */
interface Crossing {
  readonly served: Served;
  /** What the answer to a preflight says in place of what it says else. */
  readonly preflight?: AnswerHeaders;
}

/** How long browsers may remember the answer to a preflight, in seconds: long polling posts all the time. */
const REMEMBERED = 600;

export const WRONG_ORIGIN = plain(403, 'Pages of this origin may not connect.');

/** Whether the page that a request comes from may connect. What the application's own function throws is a no. */
export function isAllowedOrigin({ origins, endpoint }: Served, request: IncomingMessage): boolean {
  try {
    return origins.allows(request);
  } catch (error) {
    endpoint.report('asking allowedOrigins', error);
    return false;
  }
}

/**
 * Says to browsers whose pages may read the answer, and answers their preflights. Where nothing is said of a hub's own pages, the application's
 * `enableCors` decides.
 *
 * @param cors - that of the application.
 * @returns what to answer at once; undefined where the request goes on, 'answered' where it has its answer.
 */
export function crossOrigin(
  { served, preflight = {} }: Crossing,
  request: IncomingMessage,
  response: ServerResponse,
  cors: ApplicationCors,
): HttpAnswer | 'answered' | undefined {
  const { origin } = request.headers;
  const isDecided = served.origins.isDefault && (cors.isEnabled || isDecidedIn(response));
  if (!isDecided || response.getHeader(ALLOW_ORIGIN) !== '*') vary(response, 'Origin');
  if (origin === undefined) return undefined;
  const isOurs = served.origins.isDefault && response.getHeader(ALLOW_ORIGIN) === origin;
  if (!isOurs && !isAllowedOrigin(served, request)) return WRONG_ORIGIN;
  if (!isDecided) allow(served, origin, response);
  return isPreflight(request) ? answerPreflight(request, response, preflight) : undefined;
}

/** A middleware that has a list names an origin only if that is on it, and says that its answers vary. */
function isDecidedIn(response: ServerResponse): boolean {
  return response.hasHeader(ALLOW_ORIGIN) || varies(response).includes('origin');
}

function allow({ origins }: Served, origin: string, response: ServerResponse): void {
  response.setHeader(ALLOW_ORIGIN, origin);
  if (origins.allowsCredentials) response.setHeader(ALLOW_CREDENTIALS, 'true');
  else response.removeHeader(ALLOW_CREDENTIALS);
}

/** Whether a browser asks whether a page may ask something. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** Clients may be told to send any header. */
function answerPreflight({ headers }: IncomingMessage, response: ServerResponse, preflight: AnswerHeaders): 'answered' {
  const asked = headers['access-control-request-headers'];
  vary(response, 'Access-Control-Request-Headers');
  if (asked !== undefined) response.setHeader('Access-Control-Allow-Headers', asked);
  const usual = { 'Access-Control-Allow-Methods': 'GET, POST, DELETE', 'Access-Control-Max-Age': REMEMBERED };
  response.writeHead(204, { ...usual, ...preflight }).end();
  return 'answered';
}

function varies(response: ServerResponse): string[] {
  return String(response.getHeader('Vary') ?? '')
    .toLowerCase()
    .split(/\s*,\s*/);
}

function vary(response: ServerResponse, name: string): void {
  const before = response.getHeader('Vary');
  if (!varies(response).includes(name.toLowerCase()))
    response.setHeader('Vary', before === undefined ? name : `${String(before)}, ${name}`);
}
