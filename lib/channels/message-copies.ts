import { JsonValues } from '../common/json-values.js';
import { bytesOf } from './bytes.js';
import type { ChannelMessage } from './channel.message.js';

const values = new JsonValues();
const known = new WeakMap<ChannelMessage, MessageCopies>();

/**
 * The arguments of a message as a recipient of its own would read them off the wire: handlers that are asked for each recipient may change what
 * they get. They are written once.
 */
export class MessageCopies {
  /** About how many bytes they are. */
  readonly size: number;
  private readonly written: readonly (string | Uint8Array)[];

  /** @throws what cannot be written for. */
  private constructor({ args }: ChannelMessage) {
    this.written = args.map((arg) => bytesOf(arg) ?? values.write(arg));
    this.size = this.written.reduce((sum, { length }) => sum + length, 0);
  }

  /** Those of a message. */
  static of(message: ChannelMessage): MessageCopies {
    const copies = known.get(message) ?? new MessageCopies(message);
    known.set(message, copies);
    return copies;
  }

  /** A copy that is nobody else's. */
  make(): unknown[] {
    return this.written.map((one) => (typeof one === 'string' ? (JSON.parse(one) as unknown) : Buffer.from(one)));
  }
}
