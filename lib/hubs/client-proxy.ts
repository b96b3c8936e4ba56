import { resolveOptions, Rule } from '../common/options.js';
import { withKey, slownessRules, type WhenSlow } from '../common/slowness.js';
import { unheardRejection, unlessUnheard } from '../common/unheard-rejection.js';
import type { Address } from '../delivery/address.js';
import { MessageType, type InvocationMessage, type MessageHeaders } from '../protocol/messages.js';
import type { SentMessage } from './hub.delivery.js';

/** The names of what a client can be told; any name where there is no client interface. */
export type ClientMethod<T> = unknown extends T
  ? string
  : { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T] & string;

/** The arguments of one of a client's methods; any where there is no client interface. */
export type ClientArguments<T, K> = unknown extends T
  ? unknown[]
  : K extends keyof T
    ? T[K] extends (...args: infer A) => unknown
      ? A
      : never
    : never;

/** The names of what a client answers: those whose methods return a promise; any name where there is no client interface. */
export type AnsweredMethod<T> = unknown extends T
  ? string
  : { [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never }[keyof T] & string;

/** What a client answers; `unknown` where there is no client interface. */
export type ClientAnswer<T, K> = unknown extends T
  ? unknown
  : K extends keyof T
    ? T[K] extends (...args: never[]) => Promise<infer R>
      ? R
      : never
    : never;

/** How clients are called. */
export interface CallSettings {
  /**
   * How long `invoke` waits for the answer, in milliseconds; 0 is for ever.
   * @default the option clientResultTimeout
   */
  readonly timeout?: number;
  /** Ends the wait of `invoke` when it is aborted. */
  readonly signal?: AbortSignal;
  /**
   * What becomes of what is sent where a client is too slow for it. What `invoke` asks is never dropped.
   * @default the option outbox.whenSlow
   */
  readonly whenSlow?: WhenSlow;
  /**
   * Of what waits for a client with the same key only the newest is sent: with a key `whenSlow` is 'coalesce', whatever the options say.
   * @default the name of the method
   */
  readonly key?: string;
  /** Go with the message; official clients do not look at them. */
  readonly headers?: MessageHeaders;
}

/** Who carries messages to the clients of a hub. */
export interface Audience {
  /** Sends to an address. Throws for what cannot be sent. */
  send(address: Address, message: SentMessage): Promise<void>;
  /** Calls the one client of an address and waits for its answer. */
  invoke(address: Address, message: InvocationMessage, settings: CallSettings): Promise<unknown>;
  /** Takes note of what failed where nobody listened. */
  report(doing: string, error: unknown): void;
}

/** Some of a hub's clients, ready to be told something. */
export class ClientProxy<T = unknown> {
  /** @internal */
  constructor(
    protected readonly audience: () => Audience,
    protected readonly address: Address,
    protected readonly settings: CallSettings = {},
  ) {}

  /**
   * The same clients, called with these settings.
   *
   * @throws SignalRError for a setting that does not exist, or cannot be.
   */
  with(settings: CallSettings): this {
    const { constructor } = this as { constructor: unknown };
    const merged = withKey({ ...this.settings, ...checked(settings) });
    return new (constructor as new (...parts: [() => Audience, Address, CallSettings]) => this)(this.audience, this.address, merged);
  }

  /**
   * Calls a method on all of these clients and waits for no answer. The message is encoded and queued before this returns; nobody waits for
   * a slow client. To nobody is no error.
   *
   * @param method - the name under which the clients registered their handler; they compare it without case.
   * @returns settles when the message stands in the outboxes of the clients here and the backplane has taken it for those elsewhere.
   * Rejects for arguments that cannot be encoded, and by the backplane's policy; a rejection that nobody awaits is logged.
   * @throws SignalRError while the application has not started.
   */
  send<K extends ClientMethod<T>>(method: K, ...args: ClientArguments<T, K>): Promise<void> {
    const audience = this.audience();
    try {
      return audience.send(this.address, this.sent(method, args));
    } catch (error) {
      // Without types a method may be anything, a Symbol too.
      const target: unknown = method;
      return unheardRejection(error, () => audience.report(`sending '${String(target)}'`, error));
    }
  }

  private sent(target: string, args: readonly unknown[]): SentMessage {
    const { whenSlow, key } = this.settings;
    const message = this.message(target, args);
    return whenSlow === undefined && key === undefined ? message : { ...message, slowness: { whenSlow, key: key ?? target } };
  }

  protected message(target: string, args: readonly unknown[]): InvocationMessage {
    const { headers } = this.settings;
    const message: InvocationMessage = { type: MessageType.Invocation, target, arguments: args };
    return headers === undefined ? message : { ...message, headers };
  }
}

/** One client, which can be asked as well. */
export class SingleClientProxy<T = unknown> extends ClientProxy<T> {
  /**
   * Calls a method of the client and waits for what it answers. Inside a hub method, too: answers do not wait behind calls.
   *
   * @param method - the name under which the client registered its handler; only those whose handlers return a promise can be asked.
   * @returns rejects with a HubException for the error that the client answered, and with an error whose `code` is `ERR_SIGNALR_CLIENT_GONE` when
   * the client is not, or no longer, connected, `ERR_SIGNALR_CLIENT_TIMEOUT` after `clientResultTimeout`; a rejection that nobody awaits is logged.
   * @throws SignalRError while the application has not started.
   * @example
   * const isSure = await clients.caller.invoke('confirm', 'Delete everything?');
   */
  invoke<K extends AnsweredMethod<T>>(method: K, ...args: ClientArguments<T, K>): Promise<ClientAnswer<T, K>> {
    const audience = this.audience();
    const target: unknown = method;
    return unlessUnheard(
      () => audience.invoke(this.address, this.message(method, args), this.settings) as Promise<ClientAnswer<T, K>>,
      (error) => audience.report(`asking for '${String(target)}'`, error),
    );
  }
}

const settingRules = {
  timeout: new Rule<number | undefined>(
    undefined,
    'a number of milliseconds, 0 or more',
    (value) => typeof value === 'number' && value >= 0,
  ),
  signal: new Rule<AbortSignal | undefined>(undefined, 'an AbortSignal', (value) => value instanceof AbortSignal),
  ...slownessRules,
  headers: new Rule<MessageHeaders | undefined>(undefined, 'an object of texts', isHeaders),
};

function checked(settings: CallSettings): CallSettings {
  return resolveOptions(settingRules, { from: 'with()', options: settings });
}

function isHeaders(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
}
