import { describe, expect, it } from '@jest/globals';
import { type HubMessage as OfficialMessage, NullLogger } from '@microsoft/signalr';
import { MessagePackHubProtocol as OfficialProtocol } from '@microsoft/signalr-protocol-msgpack';
import { Decoder, Encoder } from '@msgpack/msgpack';
import fc from 'fast-check';
import { SignalRError } from '../../lib/common/errors.js';
import { binaryFraming, FrameReader } from '../../lib/protocol/framing.js';
import type { HubProtocol } from '../../lib/protocol/hub-protocol.js';
import { json } from '../../lib/protocol/json.protocol.js';
import { type CompletionMessage, type HubMessage, MessageType } from '../../lib/protocol/messages.js';
import { messagePack } from '../../lib/protocol/messagepack.protocol.js';
import { parseBytes, parseText, thrownBy } from './wire.js';

// The official client reads and writes values as @msgpack/msgpack does. Beside it, the codec itself says what bytes a message has.
const codec = { encoder: new Encoder({ ignoreUndefined: true }), decoder: new Decoder() };
/** That keeps 64 bits, and therefore writes integers beyond 32 as floats. */
const wide = { encoder: new Encoder({ useBigInt64: true }), decoder: new Decoder({ useBigInt64: true }) };

const protocol = messagePack();
const official = new OfficialProtocol();
const text = fc.string({ unit: 'binary' });
const name = fc.string({ unit: 'binary', minLength: 1 });
/** Without __proto__: headers that are nothing else would be empty, which means none. */
const header = name.filter((given) => given !== '__proto__');
const headers = fc.option(fc.dictionary(header, name, { minKeys: 1 }), { nil: undefined });
const streamIds = fc.option(fc.array(name, { minLength: 1 }), { nil: undefined });
const value = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });
const sequenceId = fc.maxSafeInteger();

/** A message by the names of its properties; those that may be undefined are left out then. */
const message = (type: number, properties: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<HubMessage> =>
  fc
    .record(properties)
    .map((given) => ({ type, ...Object.fromEntries(Object.entries(given).filter(([, said]) => said !== undefined)) }) as HubMessage);

const call = { headers, target: name, arguments: fc.array(value), streamIds };
/** Those that the official client both reads and writes in full. */
const bothWays = [
  message(MessageType.Invocation, { ...call, invocationId: fc.option(name, { nil: undefined }) }),
  message(MessageType.StreamItem, { headers, invocationId: name, item: value }),
  message(MessageType.Completion, { headers, invocationId: name }),
  message(MessageType.Completion, { headers, invocationId: name, error: name }),
  message(MessageType.Completion, { headers, invocationId: name, result: value }),
  message(MessageType.Ping, {}),
  message(MessageType.Ack, { sequenceId }),
  message(MessageType.Sequence, { sequenceId }),
];
/** It writes Close without an error. */
const close = message(MessageType.Close, { error: fc.option(name, { nil: undefined }), allowReconnect: fc.boolean() });
/** It only writes these. */
const upstream = [
  message(MessageType.StreamInvocation, { ...call, invocationId: name }),
  message(MessageType.CancelInvocation, { headers, invocationId: name }),
];
const everyMessage = fc.oneof(...bothWays, close, ...upstream);

/** The array that the official client makes of a message, and reads one from. */
function elementsOf(given: HubMessage): unknown[] {
  const { headers: said = {}, invocationId = null } = given as { headers?: object; invocationId?: string };
  switch (given.type) {
    case MessageType.Invocation:
    case MessageType.StreamInvocation:
      return [given.type, said, invocationId, given.target, given.arguments, given.streamIds ?? []];
    case MessageType.StreamItem:
      return [given.type, said, invocationId, given.item];
    case MessageType.Completion:
      return [given.type, said, invocationId, ...outcomeOf(given)];
    case MessageType.CancelInvocation:
      return [given.type, said, invocationId];
    case MessageType.Ping:
      return [given.type];
    case MessageType.Close:
      return [given.type, given.error ?? null, given.allowReconnect];
    default:
      return [given.type, given.sequenceId];
  }
}

function outcomeOf(given: CompletionMessage): unknown[] {
  if (given.error !== undefined) return [1, given.error];
  return 'result' in given ? [3, given.result] : [2];
}

/** What is left of a value: text without lone surrogates, no key called __proto__, and no negative zero. */
function received(given: unknown): unknown {
  if (typeof given === 'string') return (given as string & { toWellFormed(): string }).toWellFormed();
  if (typeof given === 'number') return given + 0;
  if (typeof given !== 'object' || given === null) return given;
  if (Array.isArray(given)) return given.map(received);
  const entries = Object.entries(given).map(([key, part]) => [received(key) as string, received(part)] as const);
  return Object.fromEntries(entries.filter(([key]) => key !== '__proto__'));
}

const bytesOf = (given: HubMessage, by = protocol): Buffer => Buffer.from(by.write(given) as Uint8Array);

/** The one frame of these bytes. */
function bodyOf(bytes: Buffer): Buffer {
  const bodies: Buffer[] = [];
  new FrameReader(binaryFraming, 0).push(bytes, (frame, start, end) => bodies.push(frame.subarray(start, end)));
  expect(bodies).toHaveLength(1);
  return bodies[0];
}

const read = (bytes: Buffer, by = protocol): HubMessage | undefined => parseBytes(by, bodyOf(bytes));
const completion = (result: unknown): CompletionMessage => ({ type: MessageType.Completion, invocationId: '1', result });
const through = (result: unknown, by = protocol): unknown => (read(bytesOf(completion(result), by), by) as CompletionMessage).result;
const bodyOfResult = (encoded: Uint8Array): Buffer => Buffer.concat([Buffer.from('950380a13103', 'hex'), encoded]);
const readResult = (encoded: Uint8Array): unknown => (parseBytes(protocol, bodyOfResult(encoded)) as CompletionMessage).result;

describe('any message', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(everyMessage, (given) => expect(read(bytesOf(given))).toEqual(received(given))));
  });

  it('is written byte for byte as the reference codec writes it', () => {
    fc.assert(
      fc.property(everyMessage, (given) => {
        const plain = received(elementsOf(given));
        expect(bodyOf(bytesOf(received(given) as HubMessage)).equals(codec.encoder.encode(plain))).toBe(true);
      }),
    );
  });

  it('is read as the reference codec wrote it, and skips as many elements as are more', () => {
    fc.assert(
      fc.property(everyMessage, fc.array(value, { maxLength: 3 }), (given, more) => {
        const bytes = codec.encoder.encode([...elementsOf(received(given) as HubMessage), ...more]);
        expect(parseBytes(protocol, bytes)).toEqual(received(given));
      }),
    );
  });

  it('is read by the official client as we wrote it', () => {
    /** It hands out nil and empty parts as well, and no ids of streams. */
    const told = (given: object): object =>
      Object.fromEntries(
        Object.entries(given).filter(
          ([key, part]) => key !== 'streamIds' && (key === 'result' || (part ?? undefined) !== undefined) && !isEmptyHeader(key, part),
        ),
      );
    const isEmptyHeader = (key: string, part: object): boolean => key === 'headers' && Object.keys(part).length === 0;
    fc.assert(
      fc.property(fc.oneof(...bothWays, close), (given) => {
        const { buffer, byteOffset, byteLength } = bytesOf(received(given) as HubMessage);
        const frame = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
        const [theirs] = official.parseMessages(frame, NullLogger.instance);
        expect({ result: undefined, ...told(theirs) }).toEqual({ result: undefined, ...told(received(given) as object) });
      }),
    );
  });

  it('is read by us as the official client wrote it', () => {
    fc.assert(
      fc.property(fc.oneof(...bothWays, ...upstream), (given) => {
        const frame = official.writeMessage(received(given) as OfficialMessage);
        expect(read(Buffer.from(frame))).toEqual(received(given));
      }),
    );
    expect(read(Buffer.from(official.writeMessage({ type: MessageType.Close })))).toMatchObject({
      type: MessageType.Close,
      error: undefined,
    });
  });

  it('is read from whatever pieces it comes in', () => {
    fc.assert(
      fc.property(fc.array(everyMessage, { maxLength: 5 }), fc.array(fc.nat()), (given, places) => {
        const bytes = Buffer.concat(given.map((one) => bytesOf(one)));
        const cuts = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        const reader = new FrameReader(binaryFraming, 0);
        const found: (HubMessage | undefined)[] = [];
        let from = 0;
        for (const cut of cuts) {
          reader.push(bytes.subarray(from, cut), (frame, start, end) => found.push(protocol.parse(frame, start, end)));
          from = cut;
        }
        expect(found).toEqual(given.map(received));
        expect(reader.isPartial).toBe(false);
      }),
    );
  });
});

describe('any value', () => {
  /** What MessagePack knows and JSON does not. */
  const rich = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      name,
      fc.double(),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.uint8Array(),
      fc.date({ noInvalidDate: true }),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 20 }),
    object: fc.dictionary(name, tie('value'), { maxKeys: 20, noNullPrototype: true }),
  })).value;

  /** Integers of 64 bits are numbers where these are exact. */
  function narrowed(given: unknown): unknown {
    if (typeof given === 'bigint') return Number.isSafeInteger(Number(given)) ? Number(given) : given;
    if (typeof given === 'number') return given + 0;
    if (typeof given === 'string') return received(given);
    if (Array.isArray(given)) return given.map(narrowed);
    if (typeof given !== 'object' || given === null || given instanceof Date || given instanceof Uint8Array) return given;
    return Object.fromEntries(Object.entries(given).map(([key, part]) => [received(key), narrowed(part)]));
  }

  /** Whether a key called __proto__ is somewhere in it: the reference throws at it. */
  const hasProto = (given: unknown): boolean =>
    typeof given === 'object' && given !== null && Object.entries(given).some(([key, part]) => key === '__proto__' || hasProto(part));
  const safe = rich.filter((given) => !hasProto(given));

  it('is read as it was written, and as the reference codec reads it', () => {
    fc.assert(
      fc.property(safe, (given) => {
        expect(through(given)).toEqual(narrowed(given));
        const body = bodyOf(bytesOf(completion(given)));
        expect(narrowed((wide.decoder.decode(body) as unknown[])[4])).toEqual(narrowed(given));
      }),
    );
  });

  it('is read as the reference codec wrote it', () => {
    fc.assert(fc.property(safe, (given) => expect(readResult(wide.encoder.encode(narrowed(given)))).toEqual(narrowed(given))));
  });

  it('E09: is read as it is under JSON', () => {
    const asJson = json();
    const throughJson = (given: unknown): unknown =>
      (parseText(asJson, (asJson.write(completion(given)) as string).slice(0, -1)) as CompletionMessage).result;
    const anything = fc.anything({
      maxDepth: 4,
      withBoxedValues: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      values: [
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constantFrom(null, undefined),
      ],
    });
    fc.assert(
      fc.property(fc.oneof(value, anything), (given) => {
        expect(through(given)).toEqual(received(throughJson(given)));
        expect(through([given, new Map([['m', given]]), new Set([given])])).toEqual(
          received(throughJson([given, new Map([['m', given]]), new Set([given])])),
        );
      }),
    );
  });

  it('comes back with keys: camel when its names begin with a small letter', () => {
    const camel = messagePack({ keys: 'camel' });
    const key = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,12}$/);
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.integer(),
        fc.array(tie('tree')),
        fc.dictionary(key, tie('tree'), { noNullPrototype: true }),
      ),
    }));
    const isRow = (given: unknown): boolean =>
      typeof given === 'object' && given !== null && Object.entries(given).some(([one, part]) => /^.[A-Z]/.test(one) || isRow(part));
    fc.assert(
      fc.property(
        tree.filter((given) => !isRow(given)),
        (given) => expect(through(given, camel)).toEqual(received(given)),
      ),
    );
  });
});

describe('any bytes', () => {
  const readers: HubProtocol[] = [protocol, messagePack({ keys: 'camel', maximumDepth: 3 })];

  /** How much memory a value stands for: its parts, the characters of its texts, and its bytes. */
  function sizeOf(given: unknown): number {
    if (typeof given === 'string') return 1 + given.length;
    if (given instanceof Uint8Array) return 1 + given.length;
    if (typeof given !== 'object' || given === null || given instanceof Date) return 1;
    return Object.entries(given).reduce((sum, [key, part]) => sum + key.length + sizeOf(part), 1);
  }

  /** What is wrong with how a body is read: an error that is not ours, or more than the bytes account for. */
  function faultsOf(body: Uint8Array): unknown[] {
    return readers.flatMap((by) => {
      let found: HubMessage | undefined;
      const error = thrownBy(() => (found = parseBytes(by, body)));
      const isFault = error === undefined ? sizeOf(found) > 100 + 2 * body.length : !(error instanceof SignalRError);
      return isFault ? [error ?? found] : [];
    });
  }

  it('throw nothing but our own errors, and make no more than they are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(faultsOf(bytes)).toEqual([])));
  });

  it('throw nothing but our own errors as the values of a message', () => {
    const heads = fc.constantFrom(0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xa9, 0xbf, 0xca, 0xcf, 0xd3, 0xd6, 0xd7, 0xff);
    const bytes = fc.array(fc.oneof(heads, fc.integer({ min: 0xc0, max: 0xdf }), fc.nat({ max: 255 })), { maxLength: 100 });
    fc.assert(
      fc.property(bytes, (tail) => {
        expect(faultsOf(bodyOfResult(Uint8Array.from(tail)))).toEqual([]);
        expect(faultsOf(Uint8Array.from([0x96, 1, 0x80, 0xc0, 0xa1, 0x74, ...tail]))).toEqual([]);
        expect(faultsOf(Uint8Array.from([0x93, 5, ...tail]))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('throw nothing but our own errors when they were a message before something changed it', () => {
    fc.assert(
      fc.property(everyMessage, fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (given, place, byte, cut) => {
        const body = Buffer.from(bodyOf(bytesOf(given)));
        body[place % body.length] = byte;
        expect(faultsOf(cut ? body.subarray(0, place % body.length) : body)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are read as the reference codec reads them, where both can', () => {
    const heads = fc.constantFrom(0x81, 0x92, 0xa1, 0xcc, 0xcf, 0xd3, 0x61);
    const bytes = fc
      .uint8Array({ minLength: 1, maxLength: 1 })
      .chain((head) =>
        fc.array(fc.oneof(fc.nat({ max: 255 }), heads), { maxLength: 11 }).map((tail) => Uint8Array.from([...head, ...tail])),
      );
    fc.assert(
      fc.property(bytes, (encoded) => {
        const [theirs, ours] = [codec.decoder.decode.bind(codec.decoder), readResult].map((by) => outcome(() => by(encoded)));
        const areBoth = theirs.length === 1 && ours.length === 1 && isComparable(theirs[0]) && isComparable(ours[0]);
        expect(areBoth ? ours : theirs).toEqual(theirs);
      }),
      { numRuns: 3_000 },
    );
  });

  /** What a reader makes of bytes; nothing when it refuses them. */
  function outcome(run: () => unknown): unknown[] {
    let found: unknown[] = [];
    thrownBy(() => (found = [run()]));
    return found;
  }

  /** Not where the reference is inexact: integers that are not safe, as keys too, and texts that are no UTF-8. */
  function isComparable(theirs: unknown): boolean {
    if (typeof theirs === 'number') return !Number.isInteger(theirs) || Number.isSafeInteger(theirs);
    if (typeof theirs === 'string') return /^[\0-\x7f]*$/.test(theirs) && !/^-?\d{16}/.test(theirs);
    if (typeof theirs !== 'object' || theirs === null) return true;
    return Object.entries(theirs).every(([key, part]) => isComparable(key) && isComparable(part));
  }
});
