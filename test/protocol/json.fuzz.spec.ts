import { describe, expect, it } from '@jest/globals';
import { JsonHubProtocol as OfficialProtocol, type HubMessage as OfficialMessage, NullLogger } from '@microsoft/signalr';
import fc from 'fast-check';
import { SignalRError } from '../../lib/common/errors.js';
import { json } from '../../lib/protocol/json.protocol.js';
import { readProperties } from '../../lib/protocol/json-properties.js';
import { type HubMessage, MessageType } from '../../lib/protocol/messages.js';
import { parseBytes, parseText, thrownBy } from './wire.js';

const protocol = json();
const official = new OfficialProtocol();

const text = fc.string({ unit: 'binary' });
const name = fc.string({ unit: 'binary', minLength: 1 });
const headers = fc.option(fc.dictionary(text, text, { minKeys: 1 }), { nil: undefined });
const streamIds = fc.option(fc.array(text), { nil: undefined });
const value = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });
const sequenceId = fc.maxSafeInteger();

/** A message by the names of its properties; those that may be undefined are left out then, as a peer leaves them out. */
const message = (type: number, properties: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<HubMessage> =>
  fc
    .record(properties)
    .map((given) => ({ type, ...Object.fromEntries(Object.entries(given).filter(([, said]) => said !== undefined)) }) as HubMessage);

const call = { headers, target: name, arguments: fc.array(value), streamIds };
/** Those that the official client reads; of the others it only writes. */
const downstream = [
  message(MessageType.Invocation, { ...call, invocationId: fc.option(name, { nil: undefined }) }),
  message(MessageType.StreamItem, { headers, invocationId: name, item: value }),
  message(MessageType.Completion, { headers, invocationId: name }),
  message(MessageType.Completion, { headers, invocationId: name, error: name }),
  message(MessageType.Completion, { headers, invocationId: name, result: value }),
  message(MessageType.Ping, {}),
  message(MessageType.Close, {
    error: fc.option(text, { nil: undefined }),
    allowReconnect: fc.option(fc.constant(true), { nil: undefined }),
  }),
  message(MessageType.Ack, { sequenceId }),
  message(MessageType.Sequence, { sequenceId }),
];
const everyMessage = fc.oneof(
  ...downstream,
  message(MessageType.StreamInvocation, { ...call, invocationId: name }),
  message(MessageType.CancelInvocation, { headers, invocationId: name }),
);

/** What JSON keeps of a value, and we of JSON. */
const received = <T>(given: T): T =>
  JSON.parse(JSON.stringify(given), (key, part: unknown) => (key === '__proto__' ? undefined : part)) as T;

const read = (bytes: string): HubMessage | undefined => parseText(protocol, bytes.slice(0, -1));
const write = (given: HubMessage): string => protocol.write(given) as string;

describe('any message', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(everyMessage, (given) => expect(read(write(given))).toEqual(received(given))));
  });

  it('is read by the official client as we wrote it', () => {
    fc.assert(
      fc.property(fc.oneof(...downstream), (given) => {
        const [theirs] = official.parseMessages(write(given), NullLogger.instance);
        expect(JSON.stringify(theirs)).toBe(write(given).slice(0, -1));
        expect(received(theirs)).toEqual(received(given));
      }),
    );
  });

  it('is read by us as the official client wrote it', () => {
    fc.assert(
      fc.property(everyMessage, (given) => {
        expect(read(official.writeMessage(given as unknown as OfficialMessage))).toEqual(received(given));
      }),
    );
  });

  it('is read alike at once, and property by property before garbage', () => {
    fc.assert(
      fc.property(everyMessage, fc.string({ unit: 'grapheme-ascii', minLength: 1 }), (given, garbage) => {
        const body = write(given).slice(0, -1);
        expect(parseText(protocol, `${body}!${garbage}`)).toEqual(parseText(protocol, body));
      }),
    );
  });

  it('is read alike with a reviver that changes nothing', () => {
    const reviving = json({ reviver: (_key, part) => part });
    fc.assert(fc.property(everyMessage, (given) => expect(parseText(reviving, write(given).slice(0, -1))).toEqual(received(given))));
  });

  it('is written alike with a replacer that changes nothing', () => {
    const replacing = json({ replacer: (_key, part) => part });
    fc.assert(fc.property(everyMessage, (given) => expect(replacing.write(given)).toBe(write(given))));
  });
});

describe('any object', () => {
  it('is read property by property as JSON.parse reads it, however it is spaced', () => {
    fc.assert(
      fc.property(fc.dictionary(text, value, { noNullPrototype: true }), fc.constantFrom('', ' ', '\t', '\r\n'), (object, space) => {
        const properties = Array.from(readProperties(space + JSON.stringify(object, undefined, space)));
        const collected = Object.fromEntries(properties.map((property) => [property.name, property.value]));
        expect(received(collected)).toEqual(received(object));
      }),
    );
  });
});

describe('any bytes', () => {
  const reviving = json({ reviver: (_key, part) => part, maximumDepth: 3 });
  /** The errors that parsing throws and that are not ours. */
  const strangeErrors = (bytes: Uint8Array): unknown[] =>
    [protocol, reviving]
      .map((by) => thrownBy(() => parseBytes(by, bytes)))
      .filter((error) => error !== undefined && !(error instanceof SignalRError));
  const tokens = [
    ...Array.from('{}[]:,"\\ 1-.e'),
    '\\u0',
    'true',
    'null',
    '"type":',
    '"arguments":',
    '"headers":',
    '"target":"t"',
    '"__proto__":',
    '1',
    '\ufeff',
  ];

  it('throw nothing but our own errors', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(strangeErrors(bytes)).toEqual([])));
  });

  it('throw nothing but our own errors when they look like JSON', () => {
    const lookalike = fc.array(fc.constantFrom(...tokens), { maxLength: 40 }).map((parts) => Buffer.from(`{"type":1,${parts.join('')}`));
    fc.assert(
      fc.property(lookalike, (bytes) => expect(strangeErrors(bytes)).toEqual([])),
      { numRuns: 1_000 },
    );
  });

  it('throw nothing but our own errors when they were a message before something changed it', () => {
    fc.assert(
      fc.property(everyMessage, fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (given, place, byte, cut) => {
        const bytes = Buffer.from(write(given));
        bytes[place % bytes.length] = byte;
        expect(strangeErrors(cut ? bytes.subarray(0, place % bytes.length) : bytes)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
