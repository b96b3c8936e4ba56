import { connectionOptions, type ConnectionOptions } from '../connections/connection.options.js';
import { choice, count, flag, listOf, milliseconds, Rule, Switch, type Resolved } from '../common/options.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import { json } from '../protocol/json.protocol.js';
import { messagePack } from '../protocol/messagepack.protocol.js';

/** Options that a hub may have of its own; the module's are the defaults of all its hubs. */
export interface HubOptions extends ConnectionOptions {
  /**
   * How many calls of one client run at a time; the others wait in the order they came. With 1 a client's calls never overtake each other.
   * @default 1
   */
  maximumParallelInvocationsPerClient?: number;
  /**
   * How many items of an upload are kept for a method that reads slower than its client sends; of each upload.
   * @default 10
   */
  streamBufferCapacity?: number;
  /**
   * How many bytes of items may wait beyond `streamBufferCapacity`, of all uploads of a connection together; each item counts for 64 more than its
   * message has. Meanwhile its other messages are read; when it is full nothing is, until half of it is gone.
   * @default 65_536 // 64 KiB
   */
  uploadBacklog?: number;
  /**
   * How long an upload whose items wait in the backlog may go unread, in milliseconds, to the second. Then it ends with the HubException
   * 'The upload was not read in time.', and what waits of it is dropped; the call goes on.
   * @default 5_000 // 5 seconds
   */
  uploadItemTimeout?: number;
  /**
   * How long `invoke` waits for the answer of a client, in milliseconds; 0 is for ever.
   * @default 30_000 // 30 seconds
   */
  clientResultTimeout?: number;
  /**
   * How long a method may take to answer, in milliseconds, to the second; 0 is for ever. A call that takes longer is answered with an error, its
   * signal is aborted, its uploads fail, and what becomes of it then is dropped. A method that answers with a stream has so long to return it, one that takes an
   * upload so long to read it and to answer.
   * @default 0
   */
  handlerTimeout?: number;
  /**
   * Whether a client is told the name and the message of every error. Meant for development: they may hold what is nobody's business.
   * A `HubException` is always told.
   * @default false
   */
  enableDetailedErrors?: boolean;
  /**
   * Which parameters a client may leave out: those that have a default value ('declared'), or all at the end ('all'), which then are undefined.
   * @default 'declared'
   */
  optionalArguments?: 'declared' | 'all';
  /**
   * The hub protocols that are spoken, as `json()` and `messagePack()` make them.
   * @default [json(), messagePack()]
   */
  protocols?: readonly HubProtocol[];
  /**
   * The lowest version of the negotiation that is answered; 1 refuses clients whose connection id would be their secret token as well.
   * @default 0
   */
  minimumProtocolVersion?: 0 | 1;
  /**
   * Whether what is sent to groups is remembered, for members that were away; true is the defaults. Messages of `group`, `groups`, `groupExcept` and
   * `othersInGroup` then carry one more argument, a `GroupPosition`; a client that comes back calls `resume(group, position)` and gets exactly what
   * it has missed, or learns that this cannot be had. Plain gateways have none.
   * @default false
   */
  history?:
    | boolean
    | {
        /**
         * The most messages that are kept of a group.
         * @default 100
         */
        size?: number;
        /**
         * How long each of them is kept, in milliseconds.
         * @default 300_000 // 5 minutes
         */
        ttl?: number;
        /**
         * What clients call to get what they have missed; compared without case. No method of the hub may be called so.
         * @default 'resume'
         */
        resumeMethod?: string;
      };
  /**
   * Whether a client whose WebSocket breaks off may come back to the same connection and gets what it has missed, in order and once; true is the defaults.
   * Only for clients that ask for it, as official ones do with `withStatefulReconnect()`. It may come back within `disconnectTimeout`.
   * @default false
   */
  statefulReconnect?:
    | boolean
    | {
        /**
         * How many bytes of messages, of text characters, are kept until the client has acknowledged them, which official clients do once a second. As long as more are
         * kept, further messages wait: five seconds, and up to `outbox.maximum` bytes; then the connection is closed. The last message to be kept may be larger than what is left.
         * @default 100_000
         */
        bufferSize?: number;
        /**
         * The same for how many messages are kept.
         * @default 1_000
         */
        maximumMessages?: number;
      };
  /**
   * Guards that are asked when somebody negotiates or connects, and not before each call; classes are injected. They come after the guards of the
   * hub's class, which are asked at both times.
   * @default []
   */
  connectGuards?: readonly ConnectGuard[];
  /**
   * A port on which the hub is served without HTTP: the handshake comes first, and the messages' own framing is all there is. It is open from the
   * start of the application to its end. Nobody knows who connects there, so a hub that is guarded when somebody connects cannot have one.
   * @default none
   */
  tcp?: {
    /** 0 is any that is free; `SignalRServer.tcpAddress` says which. */
    port?: number;
    /**
     * The address that is listened on.
     * @default '127.0.0.1' // this machine alone
     */
    host?: string;
  };
}

/** A guard or the class of one, as `@UseGuards` takes them. */
export type ConnectGuard = { canActivate(context: never): unknown } | (new (...args: never[]) => { canActivate(context: never): unknown });

const protocols = listOf<HubProtocol>(
  [json(), messagePack()],
  'a list of one or more protocols, such as [json(), messagePack()]',
  isProtocol,
);

const connectGuards = new Rule<readonly ConnectGuard[]>(
  [],
  'a list of guards or of their classes',
  (value) => Array.isArray(value) && value.every(isGuard),
  isGuard,
);

const port = new Rule<number | undefined>(
  undefined,
  'a port, 0 to 65535',
  (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff,
);

const host = new Rule('127.0.0.1', 'an address or a name of this machine', (value) => typeof value === 'string' && value !== '');

const methodName = new Rule(
  'resume',
  'the name of a method, of one character or more',
  (value) => typeof value === 'string' && value !== '',
);

const version = new Rule<0 | 1>(0, '0 or 1', (value) => value === 0 || value === 1);

export const hubOptions = {
  ...connectionOptions,
  maximumParallelInvocationsPerClient: count(1, 1),
  streamBufferCapacity: count(10, 1),
  uploadBacklog: count(65_536, 1),
  uploadItemTimeout: milliseconds(5_000),
  clientResultTimeout: milliseconds(30_000, 0),
  handlerTimeout: milliseconds(0, 0),
  enableDetailedErrors: flag(false),
  optionalArguments: choice('declared', 'declared', 'all'),
  protocols,
  minimumProtocolVersion: version,
  history: new Switch({ size: count(100, 1), ttl: milliseconds(300_000), resumeMethod: methodName }),
  statefulReconnect: new Switch({ bufferSize: count(100_000, 1), maximumMessages: count(1_000, 1) }),
  connectGuards,
  tcp: { port, host },
};

/** {@link HubOptions} with every default filled in. */
export type ResolvedHubOptions = Resolved<typeof hubOptions>;

function isProtocol(value: unknown): value is HubProtocol {
  const { name, parse, write } = (value ?? {}) as Partial<HubProtocol>;
  return typeof name === 'string' && typeof parse === 'function' && typeof write === 'function';
}

function isGuard(value: unknown): boolean {
  const guard: unknown = typeof value === 'function' ? value.prototype : value;
  return typeof (guard as { canActivate?: unknown } | undefined | null)?.canActivate === 'function';
}
