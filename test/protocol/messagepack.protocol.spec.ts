import { describe, expect, it } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { SignalRError } from '../../lib/common/errors.js';
import { FrameReader } from '../../lib/protocol/framing.js';
import { json } from '../../lib/protocol/json.protocol.js';
import { type CompletionMessage, type HubMessage, type InvocationMessage, MessageType } from '../../lib/protocol/messages.js';
import { MessagePackHubProtocol, messagePack, type MessagePackProtocolOptions } from '../../lib/protocol/messagepack.protocol.js';
import { parseBytes, parseText, thrownBy } from './wire.js';

const protocol = messagePack();
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const read = (hex: string, by = protocol): HubMessage | undefined => parseBytes(by, bytesOf(hex));
const written = (message: HubMessage, by = protocol): string => Buffer.from(by.write(message) as Uint8Array).toString('hex');

/** A completion that brings a value. */
const COMPLETION = '95 03 80 a131 03';
const readResult = (hex: string, by = protocol): unknown => (read(COMPLETION + hex, by) as CompletionMessage).result;
const errorOf = (hex: string, by = protocol): unknown => thrownBy(() => readResult(hex, by));
/** What a value is written as, without the message around it. */
const writtenResult = (result: unknown): string =>
  written({ type: MessageType.Completion, invocationId: '1', result }).split('950380a13103').slice(1).join('950380a13103');
/** Bytes that are one argument of a call. */
const invocation = (argument: string): string => `96 01 80 c0 a174 91 ${argument} 90`;
const readArgument = (argument: string, by = protocol): unknown => (read(invocation(argument), by) as InvocationMessage).arguments[0];

describe('the MessagePack protocol', () => {
  it('says what it is', () => {
    expect(protocol).toMatchObject({ name: 'messagepack', version: 2, transferFormat: 'binary' });
    expect(protocol).toBeInstanceOf(MessagePackHubProtocol);
  });

  it.each<[MessagePackProtocolOptions, string]>([
    [{ maximumDepth: 0 }, "The option 'maximumDepth' in messagePack() is 0. It has to be a whole number from 1 to 1000."],
    [{ maximumDepth: 1_001 }, "'maximumDepth'"],
    [{ maximumDepth: 1.5 }, "'maximumDepth'"],
    [{ maximumDepth: '9' as never }, "'maximumDepth'"],
    [{ keys: 'pascal' as never }, "The option 'keys' in messagePack() is 'pascal'. It has to be one of 'as-is', 'camel'."],
    [{ reviver: 1 } as never, "Unknown option 'reviver' in messagePack(). Known ones are: keys, maximumDepth."],
  ])('refuses the options %j', (options, text) => {
    expect(() => messagePack(options)).toThrow(text);
    expect(thrownBy(() => messagePack(options))).toMatchObject({ code: 'ERR_SIGNALR_OPTIONS' });
  });

  it('takes undefined options for none', () => {
    expect(() => messagePack({ keys: undefined, maximumDepth: undefined })).not.toThrow();
  });
});

describe('E02, E03: lengths that the message does not have', () => {
  const claims = [
    ['an array of 30 million', 'dd01c9c380'],
    ['an array of 2³² - 1', 'ddffffffff'],
    ['a map of 2³² - 1', 'dfffffffff'],
    ['a text of 2³² - 1', 'dbffffffff'],
    ['bytes of 2³² - 1', 'c6ffffffff'],
    ['an extension of 2³² - 1', 'c9ffffffffff'],
    ['an array of 65 535', 'dcffff'],
    ['a map of 65 535', 'deffff'],
    ['a map of more pairs than bytes are left for', '82a161c0a162'],
    ['a text of one byte more than there are', 'a3ffff'],
  ];

  it.each(claims)('are refused: %s', (_name, claim) => {
    for (const bytes of [claim, `91${claim}`, `81a161${claim}`]) {
      expect(errorOf(bytes)).toMatchObject({
        name: 'InvalidDataException',
        message: "Deserializing object of the `Object` type for 'argument' failed.",
        cause: 'The bytes end too early, or are no MessagePack.',
      });
    }
  });

  it('are refused as arguments, headers and streams too', () => {
    expect(() => read('96 01 80 c0 a174 dd01c9c380')).toThrow("Reading array length for 'arguments' failed.");
    expect(() => read('96 01 df01c9c380')).toThrow("Reading map length for 'headers' failed.");
    expect(() => read('96 01 80 c0 a174 90 dd01c9c380')).toThrow("Reading array length for 'streamIds' failed.");
    expect(() => read('dd01c9c380')).toThrow("Reading array length for 'message' failed.");
    expect(() => read('96 01 80 dbffffffff')).toThrow("Reading 'invocationId' as String failed.");
  });

  it('allocate nothing', () => {
    const memory = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    for (const [, claim] of claims) {
      const before = memory();
      for (let count = 0; count < 10; count++) errorOf(claim);
      expect(memory() - before).toBeLessThan(1_000_000);
    }
  });

  it('allocate nothing where each of many levels claims all that is left', () => {
    const bytes = Buffer.concat(
      Array.from({ length: 100 }, () => Buffer.from([0xdd, 0, 0, 0x7f, 0xff])).concat(Buffer.alloc(32_767, 0xc0)),
    );
    const before = process.memoryUsage().heapUsed;
    expect(errorOf(bytes.toString('hex'))).toBeInstanceOf(SignalRError);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
  });
});

describe('E04: depth', () => {
  const lists = (levels: number): string => `${'91'.repeat(levels - 1)}90`;
  const maps = (levels: number): string => `${'81a161'.repeat(levels - 1)}80`;

  it.each([
    ['lists', lists],
    ['maps', maps],
  ])('is 128 levels of %s at the most, the message and the array of its arguments among them', (_name, nested) => {
    expect(readArgument(nested(126))).toBeDefined();
    expect(thrownBy(() => readArgument(nested(127)))).toMatchObject({
      name: 'InvalidDataException',
      message: 'The message is nested deeper than 128 levels, which is the most that is read.',
    });
    expect(readResult(nested(127))).toBeDefined();
    expect(() => readResult(nested(128))).toThrow('128 levels');
    expect(read(`94 02 80 a131 ${nested(127)}`)).toBeDefined();
    expect(() => read(`94 02 80 a131 ${nested(128)}`)).toThrow('128 levels');
  });

  it('honours maximumDepth', () => {
    expect(read('9106', messagePack({ maximumDepth: 1 }))).toEqual({ type: MessageType.Ping });
    expect(() => readArgument('c0', messagePack({ maximumDepth: 1 }))).toThrow('1 levels');
    expect(readArgument('c0', messagePack({ maximumDepth: 2 }))).toBeNull();
    const deep = messagePack({ maximumDepth: 1_000 });
    expect(readArgument(lists(998), deep)).toBeDefined();
    expect(readArgument(maps(998), deep)).toBeDefined();
    expect(() => readArgument(lists(999), deep)).toThrow('1000 levels');
  });

  it.each([30_000, 100_000])('of %d levels is refused, whether they end or not', (levels) => {
    for (const by of [protocol, messagePack({ maximumDepth: 1_000 })]) {
      for (const bytes of [lists(levels), maps(levels), '91'.repeat(levels), '81a161'.repeat(levels)]) {
        expect(errorOf(bytes, by)).toBeInstanceOf(SignalRError);
        expect(errorOf(bytes, by)).toMatchObject({ name: 'InvalidDataException', message: expect.stringContaining('nested deeper') });
      }
    }
    expect(readResult('2a')).toBe(42);
  });

  it('does not matter in what is not read', () => {
    expect(read(`92 06 ${lists(100_000)}`)).toEqual({ type: MessageType.Ping });
    expect(read(`92 63 ${lists(100_000)}`)).toBeUndefined();
  });

  it('does not count what stands side by side, nor what was open when an earlier message was refused', () => {
    expect(readResult(`dc03e8${'9180'.repeat(1_000)}`)).toHaveLength(1_000);
    expect(() => readResult(lists(128))).toThrow('128 levels');
    expect(readResult(lists(127))).toBeDefined();
  });
});

describe('E05: keys of maps', () => {
  it('are read alike whatever other peers have sent before', () => {
    const invalid = '81a66b31373333e901';
    const before = readResult(invalid);
    expect(readResult('81a76b31373333c3a901')).toEqual({ k1733é: 1 });
    expect(readResult(invalid)).toEqual(before);
    expect(before).toEqual({ 'k1733\ufffd': 1 });
  });

  const PROTO = 'a95f5f70726f746f5f5f';
  const admin = '81a561646d696ec3';

  it('called __proto__ are dropped wherever they stand, as under JSON', () => {
    const poison = `82 a161 92 82 ${PROTO} ${admin} a162 01 c0 ${PROTO} ${admin}`;
    const argument = readArgument(poison) as { a: object[] };
    expect(argument).toEqual({ a: [{ b: 1 }, null] });
    for (const object of [argument, argument.a[0]]) {
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
      expect((Object.assign({}, object) as { admin?: boolean }).admin).toBeUndefined();
    }
    expect(argument).toEqual(
      (
        parseText(
          json(),
          '{"type":1,"target":"t","arguments":[{"a":[{"__proto__":{"admin":true},"b":1},null],"__proto__":{"admin":true}}]}',
        ) as InvocationMessage
      ).arguments[0],
    );
  });

  it.each(['a95f5f70726f746f5f5f', 'd9095f5f70726f746f5f5f', 'da00095f5f70726f746f5f5f', 'db000000095f5f70726f746f5f5f'])(
    'called __proto__ are dropped in every form: %s',
    (key) => {
      for (const by of [protocol, messagePack({ keys: 'camel' })]) {
        expect(Object.getOwnPropertyNames(readResult(`81 ${key} ${admin}`, by))).toEqual([]);
      }
      expect(read(`93 05 82 ${key} a178 a161 a162 a131`)).toEqual({
        type: MessageType.CancelInvocation,
        invocationId: '1',
        headers: { a: 'b' },
      });
    },
  );

  it('called constructor and its like are data', () => {
    const value = readResult(
      '83 ab636f6e7374727563746f72 81a970726f746f7479706501 a8746f537472696e67 02 ae6861734f776e50726f7065727479 03',
    );
    expect(Object.entries(value as object)).toEqual([
      ['constructor', { prototype: 1 }],
      ['toString', 2],
      ['hasOwnProperty', 3],
    ]);
    expect(({} as { prototype?: unknown }).prototype).toBeUndefined();
  });

  it('that are numbers are their text', () => {
    expect(readResult('84 01 a161 ff a162 cf0020000000000001 a163 cb3ff8000000000000 a164')).toEqual({
      1: 'a',
      '-1': 'b',
      '9007199254740993': 'c',
      '1.5': 'd',
    });
    expect(Object.keys(readResult('81 cf0020000000000001 c0') as object)).toEqual(['9007199254740993']);
  });

  it.each(['c0', 'c3', '90', '80', 'c40100', 'd6ff00000000', 'c1'])('are refused when they are neither: %s', (key) => {
    expect(errorOf(`81 ${key} 01`)).toMatchObject({
      name: 'InvalidDataException',
      cause: 'A key of a map is neither a text nor a number.',
    });
  });

  it('may be empty, long, or not ASCII, and the last of two counts', () => {
    expect(readResult('81 a0 01')).toEqual({ '': 1 });
    expect(readResult(`81 d9c8 ${'61'.repeat(200)} 01`)).toEqual({ ['a'.repeat(200)]: 1 });
    expect(readResult('82 a2c3a9 01 a2c3a9 02')).toEqual({ é: 2 });
    expect(readResult('82 a161 01 a161 02')).toEqual({ a: 2 });
  });

  it('are told from each other, however many there are', () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `n${index}`);
    const object = Object.fromEntries(names.map((name, index) => [name, index]));
    const bytes = Buffer.from(encode(object)).toString('hex');
    expect(readResult(bytes)).toEqual(object);
    expect(readResult(bytes)).toEqual(object);
  });
});

describe('E06: extensions', () => {
  it.each([
    ['32 bits', 'd6ff 58ec1c80', '2017-04-11T00:00:00.000Z'],
    ['32 bits, spelled long', 'c704ff 58ec1c80', '2017-04-11T00:00:00.000Z'],
    ['32 bits at their end', 'd6ff ffffffff', '2106-02-07T06:28:15.000Z'],
    ['64 bits', 'd7ff 1dcd6500 58ec1c80', '2017-04-11T00:00:00.125Z'],
    ['64 bits beyond 2106', 'd7ff 00000001 00000000', '2106-02-07T06:28:16.000Z'],
    ['96 bits', 'c70cff 1dcd6500 ffffffffffffffff', '1969-12-31T23:59:59.500Z'],
    ['96 bits, the least date of .NET', 'c70cff 00000000 fffffff1886e0900', '0001-01-01T00:00:00.000Z'],
  ])('that are timestamps are dates: %s', (_name, bytes, expected) => {
    expect((readResult(bytes) as Date).toISOString()).toBe(expected);
  });

  it('that are finer than a millisecond are cut off, before 1970 too', () => {
    expect(readResult('d7ff 003d08fc 00000000')).toEqual(new Date(0));
    expect(readResult('c70cff 000f423f ffffffffffffffff')).toEqual(new Date(-1_000));
  });

  it.each([
    ['a timestamp of one byte', 'd4ff00'],
    ['a timestamp of two bytes', 'd5ff0000'],
    ['a timestamp of sixteen bytes', `d8ff${'00'.repeat(16)}`],
    ['a timestamp of none', 'c700ff'],
    ['a timestamp of five bytes', 'c705ff0000000000'],
    ['a billion nanoseconds', 'd7ff ee6b2800 00000000'],
    ['a time beyond all dates', 'c70cff 00000000 7fffffffffffffff'],
    ['msgpackr records', 'd472 00'],
    ['msgpackr sets', 'c70173c0'],
    ['msgpackr regular expressions', 'd47800'],
    ['msgpackr errors', 'd46500'],
    ['msgpackr bigints', 'd44200'],
    ['the type of MessagePack-CSharp for LZ4', 'd46300'],
    ['undefined, as msgpackr writes it', 'd40000'],
    ['type -2', 'd6fe00000000'],
  ])('of other kinds are refused: %s', (_name, bytes) => {
    expect(errorOf(bytes)).toMatchObject({
      name: 'InvalidDataException',
      cause: 'An extension is no timestamp, or one that no Date can be.',
    });
    expect(errorOf(`92 c0 ${bytes}`)).toBeInstanceOf(SignalRError);
  });
});

describe('E07: texts', () => {
  it.each([
    ['a lone byte', 'a1ff', '\ufffd'],
    ['a character that is cut off', 'a361e282', 'a\ufffd'],
    ['an overlong form', 'a2c080', '\ufffd\ufffd'],
    ['half of an emoji, as the official client writes it', 'a4 61eda080', 'a\ufffd\ufffd\ufffd'],
    ['beyond Unicode', 'a4f4908080', '\ufffd\ufffd\ufffd\ufffd'],
  ])('that are no UTF-8 have U+FFFD for it: %s', (_name, bytes, text) => {
    expect(readResult(bytes)).toBe(text);
    expect(readResult(`91 ${bytes}`)).toEqual([text]);
    expect(readResult(`81 ${bytes} 01`)).toEqual({ [text]: 1 });
    expect(read(`96 01 80 c0 ${bytes} 90 90`)).toMatchObject({ target: text });
  });

  it.each([1, 8, 9, 31, 32, 200, 201, 300, 70_000])('of %d characters are read whole', (length) => {
    for (const text of ['x'.repeat(length), 'é'.repeat(length), `\ufeff${'x'.repeat(length)}`, '😀'.repeat(length)]) {
      const hex = Buffer.from(encode(text)).toString('hex');
      expect(readResult(hex)).toBe(text);
      expect(readResult(`91${hex}`)).toEqual([text]);
      expect(writtenResult(text)).toBe(hex);
    }
  });

  it.each([16, 17, 28, 31, 32, 127, 128, 255, 256, 1_024, 1_025, 21_845, 65_535, 65_536, 100_000])(
    'of %d characters are written in the shortest form',
    (length) => {
      for (const text of ['x'.repeat(length), 'é'.repeat(length), '€'.repeat(length), `${'x'.repeat(length - 1)}€`]) {
        expect(writtenResult(text) === Buffer.from(encode(text)).toString('hex')).toBe(true);
      }
    },
  );

  it('of 1 MB may stand in headers, within the size of a message', () => {
    const long = 'x'.repeat(1_000_000);
    const message: HubMessage = { type: MessageType.CancelInvocation, invocationId: '1', headers: { long } };
    const bytes = Buffer.from(protocol.write(message) as Uint8Array);
    expect(protocol.parse(bytes, 3, bytes.length)).toEqual(message);
  });

  it('lose lone surrogates when they are written: UTF-8 has no form for them', () => {
    for (const length of [0, 20, 100, 2_000]) {
      const around = 'x'.repeat(length);
      const hex = Buffer.from(encode(`${around}\ufffd${around}`)).toString('hex');
      expect(writtenResult(`${around}\ud800${around}`)).toBe(hex);
      expect(writtenResult([{ [`${around}\udc00${around}`]: 1 }])).toBe(`9181${hex}01`);
    }
  });
});

describe('E08: 10 000 messages in one chunk', () => {
  it('are read one by one', () => {
    const one = protocol.write({ type: MessageType.Invocation, target: 't', arguments: [{ a: [1] }] }) as Uint8Array;
    const reader = new FrameReader(protocol.framing, 32_768);
    let count = 0;
    reader.push(Buffer.concat(Array.from({ length: 10_000 }, () => one)), (bytes, start, end) => {
      expect(protocol.parse(bytes, start, end)).toMatchObject({ target: 't' });
      count++;
    });
    expect(count).toBe(10_000);
  });
});

describe('bytes', () => {
  it('are a copy, whose memory holds nothing else', () => {
    const frame = bytesOf(`${COMPLETION} 92 c403010203 c400`);
    const [bytes, none] = (protocol.parse(frame, 0, frame.length) as CompletionMessage).result as Uint8Array[];
    frame.fill(0xff);
    expect(bytes).toStrictEqual(Uint8Array.of(1, 2, 3));
    expect(bytes.buffer.byteLength).toBe(3);
    expect(none).toStrictEqual(new Uint8Array());
  });
});

describe('numbers', () => {
  it.each<[string, number | bigint]>([
    ['00', 0],
    ['7f', 127],
    ['e0', -32],
    ['ff', -1],
    ['cc80', 128],
    ['cd0001', 1],
    ['ce00000001', 1],
    ['cf0000000000000001', 1],
    ['cf001fffffffffffff', 2 ** 53 - 1],
    ['cf0020000000000000', 2n ** 53n],
    ['cfffffffffffffffff', 2n ** 64n - 1n],
    ['d080', -128],
    ['d18000', -32_768],
    ['d280000000', -(2 ** 31)],
    ['d3ffffffffffffffff', -1],
    ['d3ffe0000000000001', -(2 ** 53) + 1],
    ['d3ffe0000000000000', -(2n ** 53n)],
    ['d38000000000000000', -(2n ** 63n)],
    ['ca42280000', 42],
    ['ca3dcccccd', 0.10000000149011612],
    ['cb3ff8000000000000', 1.5],
    ['cb8000000000000000', -0],
    ['ca7f800000', Infinity],
    ['cb7ff8000000000000', Number.NaN],
  ])('%s are read as %s', (bytes, value) => {
    expect(readResult(bytes)).toBe(value);
    expect(readResult(`92 ${bytes} a0`)).toEqual([value, '']);
  });
});

describe('E10: messages with fewer or more elements', () => {
  const whole = ['01', '80', 'a131', 'a174', '90', '90'];

  it.each([0, 1, 2, 3, 4])('are refused with the first %d alone', (count) => {
    expect(thrownBy(() => read(`9${count} ${whole.slice(0, count).join('')}`))).toMatchObject({ name: 'InvalidDataException' });
  });

  it.each([
    ['an invocation', `98 ${whole.join('')} c0 90`, { type: 1, invocationId: '1', target: 't', arguments: [] }],
    ['a stream invocation', `98 04 ${whole.slice(1).join('')} c0 90`, { type: 4, invocationId: '1', target: 't', arguments: [] }],
    ['a stream item', '95 02 80 a131 01 c0', { type: 2, invocationId: '1', item: 1 }],
    ['a completion', '96 03 80 a131 03 01 c0', { type: 3, invocationId: '1', result: 1 }],
    ['a completion without a result', '95 03 80 a131 02 01', { type: 3, invocationId: '1' }],
    ['a cancellation', '94 05 80 a131 c0', { type: 5, invocationId: '1' }],
    ['a ping', '92 06 c0', { type: 6 }],
    ['a goodbye', '94 07 a165 c3 c0', { type: 7, error: 'e', allowReconnect: true }],
    ['an acknowledgement', '93 08 01 c0', { type: 8, sequenceId: 1 }],
    ['a sequence', '93 09 01 c0', { type: 9, sequenceId: 1 }],
  ])('are read without what is more: %s', (_name, bytes, message) => {
    expect(read(bytes)).toEqual(message);
    expect(read(`${bytes} c1`)).toEqual(message);
  });

  it.each(['', '80', 'c0', '06', 'a0', 'c1', 'dc', '90'])('are refused when they are no array with a type: %s', (bytes) => {
    expect(thrownBy(() => read(bytes))).toMatchObject({ name: 'InvalidDataException' });
  });

  it('have their headers, if none', () => {
    expect(() => read('96 01 c0 c0 a174 90 90')).toThrow("Reading map length for 'headers' failed.");
  });
});

describe('a message that is read', () => {
  it.each(['00', '0a', '63', 'ff', 'd280000000', 'ce7fffffff'])('is skipped when its type is %s', (type) => {
    expect(read(`91 ${type}`)).toBeUndefined();
  });

  it.each(['c0', 'c3', 'a131', 'cb3ff0000000000000', 'ceffffffff', 'cf0020000000000000', '90'])(
    'is refused when its type is %s',
    (type) => {
      expect(() => read(`91 ${type}`)).toThrow("Reading 'messageType' as Int32 failed.");
    },
  );

  it('is a call without an answer when its id is nil or empty', () => {
    const call = { type: MessageType.Invocation, target: 't', arguments: [] };
    expect(read('96 01 80 c0 a174 90 90')).toEqual(call);
    expect(read('96 01 80 a0 a174 90 90')).toEqual(call);
  });

  it.each([
    ['02', 'StreamItem'],
    ['03', 'Completion'],
    ['04', 'StreamInvocation'],
    ['05', 'CancelInvocation'],
  ])('needs an id that is not nil when its type is %s', (type, name) => {
    expect(() => read(`96 ${type} 80 c0 a174 90 90`)).toThrow(`Null or empty invocation ID for ${name} message.`);
  });

  it('needs a target that is not nil', () => {
    expect(() => read('96 01 80 c0 c0 90 90')).toThrow('Null or empty target for Invocation message.');
  });

  it.each([
    ['91c0', 'Null or empty value in streamIds received.'],
    ['9101', "Reading 'streamIds' as String failed."],
    ['80', "Reading array length for 'streamIds' failed."],
    ['c0', "Reading array length for 'streamIds' failed."],
  ])('is refused with the streams %s', (streams, text) => {
    expect(() => read(`96 01 80 c0 a174 90 ${streams}`)).toThrow(text);
  });

  it.each([
    ['81c0a178', 'Null or empty key in header.'],
    ['81a178c0', 'Null or empty value in header.'],
    ['81a17891a178', "Reading 'headers[0].Value' as String failed."],
    ['90', "Reading map length for 'headers' failed."],
  ])('is refused with the headers %s', (headers, text) => {
    expect(() => read(`93 05 ${headers} a131`)).toThrow(text);
  });

  it.each(['c0', 'cb3ff0000000000000', 'cf0020000000000000', 'a131'])('is refused with the sequenceId %s', (id) => {
    expect(() => read(`92 08 ${id}`)).toThrow("Reading 'sequenceId' as Int64 failed.");
  });

  it('is refused with an opinion on coming back that is neither yes nor no', () => {
    expect(() => read('93 07 c0 01')).toThrow("Reading 'allowReconnect' as Boolean failed.");
  });

  it('may say goodbye with an empty error', () => {
    expect(read('93 07 a0 c2')).toEqual({ type: MessageType.Close, error: '', allowReconnect: false });
  });

  it('is a completion with a null result when that is there, and without one when it is not', () => {
    expect('result' in (read(`${COMPLETION} c0`) as HubMessage)).toBe(true);
    expect('result' in (read('94 03 80 a131 02') as HubMessage)).toBe(false);
    expect('result' in (read('95 03 80 a131 01 c0') as HubMessage)).toBe(false);
  });

  it('has the shape that it has under JSON', () => {
    const shapes: [string, string][] = [
      [invocation('01'), '{"type":1,"target":"t","arguments":[1]}'],
      ['96 04 80 a131 a174 90 90', '{"type":4,"invocationId":"1","target":"t","arguments":[]}'],
      ['94 02 80 a131 01', '{"type":2,"invocationId":"1","item":1}'],
      [`${COMPLETION} 01`, '{"type":3,"invocationId":"1","result":1}'],
      ['94 03 80 a131 02', '{"type":3,"invocationId":"1"}'],
      ['93 05 80 a131', '{"type":5,"invocationId":"1"}'],
      ['92 07 c0', '{"type":7}'],
      ['92 08 01', '{"type":8,"sequenceId":1}'],
    ];
    for (const [bytes, text] of shapes) {
      const [binary, plain] = [read(bytes) as HubMessage, parseText(json(), text) as HubMessage];
      expect(binary).toStrictEqual(plain);
      expect(Object.keys(binary)).toEqual(Object.keys(plain));
    }
  });

  it('may have an invocationId of any length and spelling', () => {
    for (const invocationId of ['x'.repeat(1_000_000), '__proto__', 'constructor', 'ünï\u0000']) {
      const bytes = Buffer.from(encode([5, {}, invocationId])).toString('hex');
      expect(read(bytes)).toEqual({ type: MessageType.CancelInvocation, invocationId });
    }
  });

  it('ends where its frame ends, whatever follows', () => {
    const bytes = bytesOf(invocation('01'));
    for (let end = 0; end < bytes.length; end++) expect(thrownBy(() => protocol.parse(bytes, 0, end))).toBeInstanceOf(SignalRError);
  });
});

describe('a message that is written', () => {
  it('is a nil, or empty, where something is empty or was not said', () => {
    expect(written({ type: MessageType.Invocation, headers: {}, invocationId: '', target: 't', arguments: [] })).toBe('08960180c0a1749090');
    expect(written({ type: MessageType.Invocation, target: 't', arguments: [], streamIds: [] })).toBe('08960180c0a1749090');
    expect(written({ type: MessageType.Close, error: '' })).toBe('049307c0c2');
  });

  it('has no headers that say nothing: a reader would refuse them', () => {
    const headers = { a: '', '': 'b', c: 'd', e: undefined as unknown as string };
    expect(written({ type: MessageType.CancelInvocation, headers, invocationId: '1' })).toBe('09930581a163a164a131');
  });

  it('has a result when the property is there, whatever it is', () => {
    expect(written({ type: MessageType.Completion, invocationId: '1', result: undefined })).toBe('07950380a13103c0');
    expect(written({ type: MessageType.Completion, invocationId: '1' })).toBe('06940380a13102');
  });

  it('has no result beside an error, and no empty error', () => {
    expect(written({ type: MessageType.Completion, invocationId: '1', error: 'e', result: 1 })).toBe('08950380a13101a165');
    expect(written({ type: MessageType.Completion, invocationId: '1', error: '', result: 1 })).toBe('07950380a1310301');
    expect(written({ type: MessageType.Completion, invocationId: '1', error: '' })).toBe('06940380a13102');
  });

  it.each([0, 16, 70_000])('may have %d arguments and streams, and a hundred headers', (count) => {
    const texts = Array.from({ length: count }, (_, index) => `t${index}`);
    const message: HubMessage = {
      type: MessageType.Invocation,
      headers: Object.fromEntries(texts.slice(0, 100).map((text) => [text, text])),
      target: 't',
      arguments: texts,
      streamIds: texts,
    };
    const reader = new FrameReader(protocol.framing, 0);
    let found: HubMessage | undefined;
    reader.push(Buffer.from(protocol.write(message) as Uint8Array), (bytes, start, end) => (found = protocol.parse(bytes, start, end)));
    expect(found).toEqual(count === 0 ? { type: MessageType.Invocation, target: 't', arguments: [] } : message);
  });

  it.each([0, 117, 118, 119, 16_372, 16_373, 16_374, 2_097_140, 2_097_141, 2_097_142])(
    'begins with its length when it brings %d bytes',
    (count) => {
      const bytes = Buffer.from(
        protocol.write({ type: MessageType.StreamItem, invocationId: '1', item: Buffer.alloc(count) }) as Uint8Array,
      );
      let found: Uint8Array | undefined;
      new FrameReader(protocol.framing, 0).push(bytes, (frame, start, end) => {
        found = (protocol.parse(frame, start, end) as { item: Uint8Array }).item;
        expect(end).toBe(bytes.length);
      });
      expect(found).toHaveLength(count);
    },
  );

  it('keeps its bytes whatever is written after it', () => {
    const sizes = Array.from({ length: 300 }, (_, index) => (index % 50 === 49 ? 20_000 : index * 7));
    const message = (size: number): HubMessage => ({ type: MessageType.StreamItem, invocationId: '1', item: ['x'.repeat(size), size] });
    const frames = sizes.map((size) => protocol.write(message(size)) as Uint8Array);
    const reader = new FrameReader(protocol.framing, 0);
    const found: (HubMessage | undefined)[] = [];
    reader.push(Buffer.concat(frames), (bytes, start, end) => found.push(protocol.parse(bytes, start, end)));
    expect(found).toEqual(sizes.map(message));
  });

  it('keeps no more than a small block alive beside it', () => {
    protocol.write({ type: MessageType.StreamItem, invocationId: '1', item: 'x'.repeat(1_000_000) });
    for (let count = 0; count < 1_000; count++) {
      const bytes = protocol.write({ type: MessageType.Ping }) as Uint8Array;
      expect(bytes.buffer.byteLength).toBeLessThanOrEqual(8_192);
    }
  });

  it('may be interrupted by another one that a toJSON writes, and by one that fails', () => {
    let inner = '';
    const nosy = {
      toJSON(): string {
        inner = written({ type: MessageType.StreamItem, invocationId: 'inner', item: [1] });
        return 'outer';
      },
    };
    const refusing = {
      toJSON(): never {
        throw new Error('not for you');
      },
    };
    const outer: HubMessage = { type: MessageType.Completion, invocationId: '1', result: ['before', nosy, 'after'] };
    const expected = Buffer.from(encode([3, {}, '1', 3, ['before', 'outer', 'after']])).toString('hex');
    for (let count = 0; count < 3; count++) {
      expect(written(outer).slice(2)).toBe(expected);
      expect(inner.slice(2)).toBe(Buffer.from(encode([2, {}, 'inner', [1]])).toString('hex'));
      expect(() => written({ type: MessageType.Completion, invocationId: '1', result: ['a', refusing] })).toThrow('not for you');
    }
  });
});
