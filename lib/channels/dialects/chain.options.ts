import { randomBytes } from 'node:crypto';
import { chainErrors } from '../../common/channel-errors.js';
import { choice, count, flag, milliseconds, resolveOptions, Rule, type Resolved } from '../../common/options.js';

/** Options of {@link chain}. Times in milliseconds, but for those that browsers are told: these are seconds. */
export interface ChainOptions {
  /**
   * How long a session waits for its client when the stream has ended. After that its sockets leave with the reason `close`.
   * @default 15_000 // 15 seconds
   */
  resumeWindow?: number;
  /**
   * How many messages wait for a client that is away, and how many of the last ones are said again when it comes back and has not read them. A
   * session for which more would have to wait is ended: its client joins anew, and nothing is left out in silence.
   * @default 32
   */
  resumeQueue?: number;
  /** The cookie by which a browser comes back to its sessions. */
  cookie?: {
    /** @default '_sse_' and 8 digits that follow from the path */
    name?: string;
    /**
     * What the cookie is signed with: the first one signs, all are good. Put a new one in front of the old one, and take the old one away when
     * `maxAge` has passed. With several servers they have to be the same everywhere.
     * @default a random one, which is gone when the process ends; in production (`NODE_ENV`) they have to be given
     */
    secrets?: readonly string[];
    /** @default the host alone */
    domain?: string;
    /** @default the path of the stream */
    path?: string;
    /**
     * Whether it goes over TLS alone.
     * @default false
     */
    secure?: boolean;
    /**
     * Whether it goes with requests from pages of other sites. `'None'` needs `secure`.
     * @default 'Lax'
     */
    sameSite?: 'Strict' | 'Lax' | 'None';
    /**
     * How long browsers keep it, in seconds. It is renewed as long as the client says something.
     * @default 14_400 // 4 hours
     */
    maxAge?: number;
  };
  /**
   * What pages of other origins are told beside what the endpoint's `allowedOrigins` says: that decides who may come, and with cookies only who
   * is named there.
   */
  cors?: {
    /**
     * The headers of answers that their scripts may read.
     * @default []
     */
    exposeHeaders?: readonly string[];
    /**
     * The headers that they may send.
     * @default those that they ask for
     */
    allowHeaders?: readonly string[];
    /**
     * Whether pages from the Internet may reach a server in a private network.
     * @default false
     */
    allowPrivateNetwork?: boolean;
    /**
     * How long browsers may remember that, in seconds.
     * @default 600 // 10 minutes
     */
    maxAge?: number;
  };
  /**
   * Where the browser client is served, with its types beside it (`/chain.d.ts`); false for nowhere.
   * @default '/chain.js'
   */
  clientRoute?: string | false;
}

const text = (allowed: string, pattern: RegExp): Rule<string | undefined> =>
  new Rule<string | undefined>(undefined, allowed, (value) => typeof value === 'string' && pattern.test(value));

const isSecret = (value: unknown): boolean => typeof value === 'string' && value !== '';

const secretList = new Rule<readonly string[] | undefined>(
  undefined,
  'a list of one or more texts that are not empty',
  (value) => Array.isArray(value) && value.length > 0 && value.every(isSecret),
  isSecret,
);

const headerNames = <T>(fallback: T): Rule<readonly string[] | T> =>
  new Rule<readonly string[] | T>(
    fallback,
    'a list of names of headers',
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[\w-]+$/.test(name)),
  );

const chainOptions = {
  resumeWindow: milliseconds(15_000, 0),
  resumeQueue: count(32, 0),
  cookie: {
    name: text("the name of a cookie, such as '_chain'", /^[\w!#$%&'*+.^`|~-]+$/),
    secrets: secretList,
    domain: text("a domain, such as 'example.com'", /^[\w.-]+$/),
    path: text("a path that begins with '/'", /^\/[^;\s]*$/),
    secure: flag(false),
    sameSite: choice<'Strict' | 'Lax' | 'None'>('Lax', 'Strict', 'Lax', 'None'),
    maxAge: count(14_400, 1),
  },
  cors: {
    exposeHeaders: headerNames<readonly string[]>([]),
    allowHeaders: headerNames<undefined>(undefined),
    allowPrivateNetwork: flag(false),
    maxAge: count(600, 0),
  },
  clientRoute: new Rule<string | false>(
    '/chain.js',
    "a path such as '/chain.js', or false",
    (value) => value === false || (typeof value === 'string' && /^\/[^\s?#]*\.js$/.test(value)),
  ),
};

/** {@link ChainOptions} with every default filled in. */
export type ResolvedChainOptions = Resolved<typeof chainOptions>;

/** The part of them that is about pages of other origins. */
export type ResolvedChainCors = ResolvedChainOptions['cors'];

/** The part of them that makes a cookie. */
export type ResolvedChainCookie = ResolvedChainOptions['cookie'];

/**
 * Checks options and fills in the defaults.
 *
 * @throws SignalRError `ERR_SIGNALR_OPTIONS` for what cannot be, and in production where there are no secrets.
 */
export function resolveChainOptions(options: ChainOptions): ResolvedChainOptions {
  const resolved = resolveOptions(chainOptions, { from: 'chain()', options });
  const { secrets, sameSite, secure } = resolved.cookie;
  if (sameSite === 'None' && !secure) throw chainErrors.insecureCookie();
  if (secrets === undefined && process.env['NODE_ENV'] === 'production') throw chainErrors.noSecrets();
  return resolved;
}

/** For who has given none: nobody else can know it. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
