import { unheardRejection } from '../common/unheard-rejection.js';
import type { Address } from '../delivery/address.js';
import { MessageType, type InvocationMessage } from '../protocol/messages.js';

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

/** Who carries messages to the clients of a hub. */
export interface Audience {
  /** Sends to an address. Throws for what cannot be sent. */
  send(address: Address, message: InvocationMessage): Promise<void>;
  /** Takes note of what failed where nobody listened. */
  report(doing: string, error: unknown): void;
}

/** Some of a hub's clients, ready to be told something. */
export class ClientProxy<T = unknown> {
  /** @internal */
  constructor(
    private readonly audience: () => Audience,
    private readonly address: Address,
  ) {}

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
      return audience.send(this.address, { type: MessageType.Invocation, target: method, arguments: args });
    } catch (error) {
      // Without types a method may be anything, a Symbol too.
      const target: unknown = method;
      return unheardRejection(error, () => audience.report(`sending '${String(target)}'`, error));
    }
  }
}
