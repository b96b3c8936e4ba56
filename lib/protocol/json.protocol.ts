import { parseJson, readText, type Reviver } from '../common/json-text.js';
import { JsonValues, type Replacer, type ValueText } from '../common/json-values.js';
import { flag, Rule, resolveOptions } from '../common/options.js';
import { textFraming } from './framing.js';
import type { HubProtocol } from './hub-protocol.js';
import { JsonItemReader } from './json-item.reader.js';
import { checkProperty, type MessageProperties, toMessage } from './json-message.reader.js';
import { addArgument, writeMessage, writerOfItems } from './json-message.writer.js';
import { PlainJsonValues } from './json-plain-values.js';
import { readProperties } from './json-properties.js';
import type { HubMessage } from './messages.js';

/** The deepest that is allowed: readers and revivers work level by level on the stack, and shall never exhaust it. */
const LARGEST_DEPTH = 1_000;

/** Options of the JSON protocol. */
export interface JsonProtocolOptions {
  /**
   * The most levels of objects and arrays that a message from a peer may have, the message itself being the first, the array of its
   * arguments the second. A deeper one ends the connection before anything of it is parsed. From 1 to 1_000.
   * @default 64 // as System.Text.Json
   */
  maximumDepth?: number;
  /**
   * Called for what comes in, as by `JSON.parse`: once with the whole `arguments` of a call, or the `item` or `result` of another message,
   * as root. Properties called `__proto__` are not shown to it. What it throws ends the connection.
   * @default none
   */
  reviver?: Reviver;
  /**
   * Called for what goes out, as by `JSON.stringify`, with the same roots; or the names of the properties to write. It sees the values before
   * this library converts them: a `Map`, a `Buffer`, a `bigint`.
   * @default none
   */
  replacer?: Replacer;
  /**
   * Whether values that JSON has no form for are converted: byte arrays, `bigint`, `Map` and `Set`. With false values go to `JSON.stringify` as
   * they are, unlooked at: a `Map` is `{}`, and what has a `bigint` in it cannot be sent.
   * @default true
   */
  convert?: boolean;
}

const jsonOptions = {
  maximumDepth: new Rule<number>(64, `a whole number from 1 to ${LARGEST_DEPTH}`, isDepth),
  reviver: new Rule<Reviver | undefined>(undefined, 'a function', (value) => typeof value === 'function'),
  replacer: new Rule<Replacer | undefined>(undefined, 'a function or an array of property names', isReplacer),
  convert: flag(true),
};

/**
 * The JSON protocol of SignalR, to be given as one of `protocols`.
 *
 * @throws SignalRError `ERR_SIGNALR_OPTIONS` for an unknown option or an impossible value.
 * @example
 * SignalRModule.forRoot({ protocols: [json({ maximumDepth: 16 })] })
 */
export function json(options?: JsonProtocolOptions): HubProtocol {
  return new JsonHubProtocol(options);
}

/**
 * Hub messages as JSON, each followed by 0x1E.
 *
 * Where the standards leave a choice, what is read is this:
 * - bytes that are no UTF-8, and a byte order mark, end the connection; so does a message deeper than `maximumDepth`;
 * - of a property that occurs twice, the last one counts;
 * - numbers are doubles: 1e400 is Infinity, 9223372036854775807 is 9223372036854775808, -0 is -0;
 * - an escaped lone surrogate (`"\ud800"`) stays one, and is written as an escape again;
 * - a property called `__proto__` is dropped wherever it stands; `constructor` and its like are data as any other;
 * - what follows the message's object is not read;
 * - a message of an unknown type is skipped; a type that is no whole number of 32 bits ends the connection.
 *
 * What is written is said at {@link JsonValues}.
 *
 * @see signalr.md §1.9: SignalR Hub Protocol, "JSON Encoding"; texts and quirks are those of ASP.NET Core's JsonHubProtocol
 */
export class JsonHubProtocol implements HubProtocol {
  readonly name = 'json';
  readonly version = 2;
  readonly transferFormat = 'text';
  readonly framing = textFraming;
  private readonly maximumDepth: number;
  private readonly reviver: Reviver | undefined;
  private readonly values: ValueText;
  private readonly items: JsonItemReader;

  /** @throws SignalRError `ERR_SIGNALR_OPTIONS` for an unknown option or an impossible value. */
  constructor(options?: JsonProtocolOptions) {
    const { maximumDepth, reviver, replacer, convert } = resolveOptions(jsonOptions, { from: 'json()', options });
    this.maximumDepth = maximumDepth;
    this.reviver = reviver;
    this.items = new JsonItemReader(maximumDepth);
    this.values = convert ? new JsonValues(replacer) : new PlainJsonValues(replacer);
  }

  parse(bytes: Buffer, start: number, end: number): HubMessage | undefined {
    if (this.reviver !== undefined) return toMessage(readInOrder(readText(bytes, start, end, this.maximumDepth), this.reviver));
    return this.items.read(bytes, start, end) ?? this.read(bytes, start, end);
  }

  write(message: HubMessage): string {
    return writeMessage(message, this.values);
  }

  writerOfItems(invocationId: string): (item: unknown) => string {
    return writerOfItems(invocationId, this.values);
  }

  addArgument(call: string, argument: unknown): string {
    return addArgument(call, argument);
  }

  private read(bytes: Buffer, start: number, end: number): HubMessage | undefined {
    const message = toMessage(readAtOnce(readText(bytes, start, end, this.maximumDepth)));
    this.items.note(message, bytes, start, end);
    return message;
  }
}

function readAtOnce(text: string): MessageProperties {
  const value = tryParse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return readInOrder(text);
  // A peer's names are looked up here, but only those that the object itself has.
  for (const name in value) checkProperty(name, (value as Record<string, unknown>)[name]);
  return value;
}

function tryParse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Several times slower, but what is wrong with a message is said in the words of ASP.NET Core, and what follows it is not read. */
function readInOrder(text: string, reviver?: Reviver): MessageProperties {
  const properties = new Map<string, unknown>();
  for (const { name, value } of readProperties(text, (part, of) => readValue(part, of, reviver))) {
    checkProperty(name, value);
    properties.set(name, value);
  }
  return Object.fromEntries(properties);
}

function readValue(text: string, name: string, reviver: Reviver | undefined): unknown {
  if (reviver === undefined || (name !== 'arguments' && name !== 'item' && name !== 'result')) return parseJson(text);
  const value = parseJson(text, reviver);
  return value === undefined ? null : value;
}

function isDepth(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LARGEST_DEPTH;
}

function isReplacer(value: unknown): boolean {
  if (!Array.isArray(value)) return typeof value === 'function';
  return value.every((name) => typeof name === 'string' || typeof name === 'number');
}
