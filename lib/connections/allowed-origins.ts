import type { IncomingMessage } from 'node:http';
import { types } from 'node:util';
import { Rule } from '../common/options.js';

/** Origins whose pages may connect; see the option `allowedOrigins`. */
export type AllowedOrigins = string | RegExp | readonly (string | RegExp)[] | ((origin: string, request: IncomingMessage) => boolean);

/** Whether an origin, as {@link normalOrigin} writes it, is one of those that are allowed. */
type Matcher = (origin: string, request: IncomingMessage) => boolean;

/** Scheme, host and port, and nothing else: no path, no user before an @. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\]+$/i;
const WILDCARD = '://*.';
/** What browsers add to a request without being told to: whoever's page it comes from, it is signed by the user. */
const OF_THE_BROWSER = /^(basic|digest|negotiate|ntlm)\b/i;

export const allowedOrigins = new Rule<AllowedOrigins | undefined>(
  undefined,
  "'*', an origin such as 'https://example.com' or 'https://*.example.com', without a path or a slash at the end, a RegExp, a list of those, or a function",
  (value) => typeof value === 'function' || [value].flat().every(isAllowable),
  isAllowable,
);

/** Which pages may connect to one hub. */
export class OriginPolicy {
  /** Whether nobody has said anything: then the same host may where there are credentials, and everybody where there are none. */
  readonly isDefault: boolean;
  /** Whether pages may send cookies: never where everybody may come. */
  readonly allowsCredentials: boolean;
  private readonly matches: Matcher;

  constructor(allowed: AllowedOrigins | undefined) {
    const listed = typeof allowed === 'function' ? [] : [allowed].flat();
    this.isDefault = allowed === undefined;
    this.allowsCredentials = !listed.includes('*');
    this.matches = this.allowsCredentials ? matcherOf(allowed) : () => true;
  }

  /**
   * Whether a request may come from where it does. What has no origin comes from no page.
   *
   * @throws what a function of the application throws.
   */
  allows(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    if (origin === undefined || !this.allowsCredentials) return true;
    if (this.isDefault && !hasCredentials(request)) return true;
    const normal = origin === 'null' ? origin : normalOrigin(origin);
    return normal !== undefined && this.matches(normal, request);
  }
}

function matcherOf(allowed: AllowedOrigins | undefined): Matcher {
  if (allowed === undefined) return isSameHost;
  // A promise, or any other thing, is no yes.
  if (typeof allowed === 'function') return (origin, request) => (allowed(origin, request) as unknown) === true;
  const matchers = [allowed].flat().map((one) => (typeof one === 'string' ? textMatcher(one) : regexMatcher(one)));
  return (origin, request) => matchers.some((matches) => matches(origin, request));
}

/** `search` takes no note of where a `g` or `y` has stopped before. */
function regexMatcher(pattern: RegExp): Matcher {
  return (origin) => origin.search(pattern) >= 0;
}

function textMatcher(text: string): Matcher {
  const listed = normalOrigin(text) as string;
  const star = listed.indexOf(WILDCARD);
  if (star < 0) return (origin) => origin === listed;
  const [scheme, domain] = [listed.slice(0, star + 3), listed.slice(star + 4)];
  return (origin) => origin.startsWith(scheme) && origin.endsWith(domain) && origin.length > scheme.length + domain.length;
}

/** As browsers write it: small letters, IDN in its ASCII form, no port where it is the scheme's own. Undefined for what is no origin. */
function normalOrigin(text: string): string | undefined {
  if (!ORIGIN.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host } = new URL(text);
  return `${protocol}//${host.toLowerCase()}`;
}

function isAllowable(value: unknown): boolean {
  return types.isRegExp(value) || isOrigin(value);
}

function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const normal = normalOrigin(value);
  return value === '*' || (normal !== undefined && !normal.replace(WILDCARD, '://').includes('*'));
}

function hasCredentials({ headers }: IncomingMessage): boolean {
  return headers.cookie !== undefined || OF_THE_BROWSER.test(headers.authorization ?? '');
}

/** The scheme is not looked at where it cannot be known: a proxy may have taken TLS off. */
function isSameHost(origin: string, { headers: { host }, socket }: IncomingMessage): boolean {
  const scheme = origin.slice(0, origin.indexOf('//'));
  const isEncrypted = (socket as { encrypted?: boolean } | undefined)?.encrypted === true;
  return host !== undefined && !(isEncrypted && scheme === 'http:') && normalOrigin(`${scheme}//${host}`) === origin;
}
