import { choice, resolveOptions, Rule } from '../common/options.js';
import { binaryFraming, type Cursor } from './framing.js';
import type { HubProtocol } from './hub-protocol.js';
import { MessagePackInput } from './messagepack-input.js';
import { remembered, type Rename, toCamelCase, toPascalCase } from './messagepack-keys.js';
import { type Parts, readMessage } from './messagepack-message.reader.js';
import { addArgument, writeMessage } from './messagepack-message.writer.js';
import { MessagePackNames } from './messagepack-names.js';
import { MessagePackOutput } from './messagepack-output.js';
import { MessagePackValueReader } from './messagepack-values.reader.js';
import { MessagePackValueWriter } from './messagepack-values.writer.js';
import type { HubMessage } from './messages.js';

/** The deepest that is allowed: what is done with a value once it is read, writing it included, goes level by level on the stack. */
const LARGEST_DEPTH = 1_000;

/** Options of the MessagePack protocol. */
export interface MessagePackProtocolOptions {
  /**
   * How the names of properties are spelled. .NET's MessagePack has them as they are in C#, `UserName`, where its JSON has `userName`.
   *
   * - `'as-is'`: nothing is changed.
   * - `'camel'`: a .NET peer looks the same as under JSON. The keys of every map that comes in are read as System.Text.Json would have written
   *   them (`UserName` is `userName`, `URLValue` is `urlValue`, `ID` is `id`), those of a .NET dictionary among them: MessagePack does not tell
   *   it from an object. The properties of every object that goes out get a capital first letter (`userName` is `UserName`), the keys of a
   *   `Map` do not. Acronyms do not find back: `id` goes out as `Id`, which is not `ID`. It is for hubs whose MessagePack clients are .NET:
   *   those in other languages would get the capitals as well.
   * @default 'as-is'
   */
  keys?: 'as-is' | 'camel';
  /**
   * The most levels of maps and arrays that a message from a peer may have, the message itself being the first, the array of its arguments
   * the second. A deeper one ends the connection. From 1 to 1_000.
   * @default 128
   */
  maximumDepth?: number;
}

const messagePackOptions = {
  keys: choice<'as-is' | 'camel'>('as-is', 'as-is', 'camel'),
  maximumDepth: new Rule<number>(128, `a whole number from 1 to ${LARGEST_DEPTH}`, isDepth),
};

/**
 * The MessagePack protocol of SignalR, to be given as one of `protocols`.
 *
 * @throws SignalRError `ERR_SIGNALR_OPTIONS` for an unknown option or an impossible value.
 * @example
 * SignalRModule.forRoot({ protocols: [json(), messagePack({ keys: 'camel' })] })
 */
export function messagePack(options?: MessagePackProtocolOptions): HubProtocol {
  return new MessagePackHubProtocol(options);
}

/**
 * Hub messages as MessagePack arrays, each after its length.
 *
 * Where the standards leave a choice, what is read is this:
 * - bytes that end too early or are no MessagePack end the connection; so does a message deeper than `maximumDepth`;
 * - what follows the last element that is known is not looked at, and elements may be nil or empty where ASP.NET Core lets them;
 * - integers are numbers where that is exact, else bigints; floats are numbers;
 * - bin is a `Uint8Array` of its own memory; timestamps (extension -1) are a `Date`, without what is finer than a millisecond; every other
 *   extension, and a time that no `Date` can be, ends the connection;
 * - bytes of a text that are no UTF-8 are U+FFFD, as for .NET: some clients write half an emoji so, and shall not lose their connection for it;
 * - of a key that occurs twice, the last one counts; keys may be texts and numbers, which become the text of the property's name, other keys
 *   end the connection;
 * - a key called `__proto__` is dropped wherever it stands; `constructor` and its like are data as any other;
 * - a message of an unknown type is skipped; a type that is no whole number of 32 bits ends the connection.
 *
 * What is written is said at {@link MessagePackValueWriter}.
 *
 * @see signalr.md §1.10: SignalR Hub Protocol, "MessagePack Encoding"; texts and quirks are those of ASP.NET Core's MessagePackHubProtocol
 */
export class MessagePackHubProtocol implements HubProtocol {
  readonly name = 'messagepack';
  readonly version = 2;
  readonly transferFormat = 'binary';
  readonly framing = binaryFraming;
  private readonly parts: Parts;
  private readonly rename: Rename | undefined;
  private spare: MessagePackValueWriter | undefined;

  /** @throws SignalRError `ERR_SIGNALR_OPTIONS` for an unknown option or an impossible value. */
  constructor(options?: MessagePackProtocolOptions) {
    const { keys, maximumDepth } = resolveOptions(messagePackOptions, { from: 'messagePack()', options });
    const isCamel = keys === 'camel';
    this.parts = { targets: new MessagePackNames(), values: new MessagePackValueReader(maximumDepth, isCamel ? toCamelCase : undefined) };
    this.rename = isCamel ? remembered(toPascalCase) : undefined;
  }

  parse(bytes: Buffer, start: number, end: number): HubMessage | undefined {
    return readMessage(new MessagePackInput(bytes, start, end), this.parts);
  }

  write(message: HubMessage): Uint8Array {
    return this.writeBy((writer) => writeMessage(message, writer));
  }

  addArgument(call: Uint8Array, argument: unknown): Uint8Array {
    const bytes = Buffer.from(call.buffer, call.byteOffset, call.length);
    const { start, end } = frameOf(bytes);
    return this.writeBy((writer) => addArgument(new MessagePackInput(bytes, start, end), argument, writer));
  }

  private writeBy(write: (writer: MessagePackValueWriter) => void): Uint8Array {
    // A `toJSON` in the message may itself write one; that one takes a writer of its own. So does the next one after an error.
    const writer = this.spare ?? new MessagePackValueWriter(new MessagePackOutput(), this.rename);
    this.spare = undefined;
    writer.output.begin();
    write(writer);
    this.spare = writer;
    return writer.output.finish();
  }
}

function frameOf(bytes: Buffer): Cursor {
  const cursor: Cursor = { start: 0, end: 0, next: 0 };
  binaryFraming.seek(bytes, 0, 0, 0, cursor);
  return cursor;
}

function isDepth(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LARGEST_DEPTH;
}
