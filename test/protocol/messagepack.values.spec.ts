import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import { json } from '../../lib/protocol/json.protocol.js';
import { type CompletionMessage, MessageType } from '../../lib/protocol/messages.js';
import { toCamelCase, toPascalCase } from '../../lib/protocol/messagepack-keys.js';
import { messagePack } from '../../lib/protocol/messagepack.protocol.js';
import { parseBytes, parseText } from './wire.js';

const protocol = messagePack();
const completion = (result: unknown): CompletionMessage => ({ type: MessageType.Completion, invocationId: '1', result });
const HEAD = '950380a13103';
const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
const readResult = (hex: string, by = protocol): unknown => (parseBytes(by, bytesOf(HEAD + hex)) as CompletionMessage).result;
/** What a value is written as, without the message around it. */
const writtenResult = (result: unknown, by = protocol): string => {
  const hex = Buffer.from(by.write(completion(result)) as Uint8Array).toString('hex');
  return hex.slice(hex.indexOf(HEAD) + HEAD.length);
};

describe('E09: one value for clients of both protocols', () => {
  /** What a peer gets that reads MessagePack with the library that the official client uses, and one that reads JSON. */
  const both = (value: unknown): [unknown, unknown] => [decode(bytesOf(writtenResult(value))), parsedJson(value)];
  const parsedJson = (value: unknown): unknown =>
    (
      parseText(
        json(),
        (json().write({ type: MessageType.Completion, invocationId: '1', result: value }) as string).slice(0, -1),
      ) as CompletionMessage
    ).result;

  class Money {
    constructor(readonly cents: number) {}
    toJSON(key: string): unknown {
      return { key, euros: this.cents / 100 };
    }
  }
  class Point {
    private readonly hidden = undefined;
    constructor(
      readonly x: number,
      readonly y: number,
    ) {}
    get sum(): number {
      return this.x + this.y;
    }
    shown = (): unknown => this.hidden;
  }

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['-0', -0],
    ['a function', (): void => {}],
    ['a symbol', Symbol('s')],
    ['what cannot be said in an object', { a: undefined, b: () => {}, c: Symbol('c'), d: 1, e: null }],
    ['what cannot be said in an array', [undefined, () => {}, Symbol('c')]],
    ['holes', Object.assign([], { 2: 1 })],
    ['wrapped primitives', [Object(1), Object('a'), Object(false), { a: Object(2) }]],
    ['an instance', new Point(1, 2)],
    ['toJSON at the top', new Money(150)],
    ['toJSON within', { m: [new Money(150)], n: new Money(50) }],
    ['toJSON that returns nothing', [{ toJSON: () => undefined }, { a: { toJSON: () => undefined } }]],
    ['toJSON of an array', Object.assign([1], { toJSON: () => 'mine' })],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, new Map([['b', null]])],
        [Symbol('c'), 1],
        ['d', undefined],
        [1.5, 'f'],
        [true, 't'],
      ]),
    ],
    ['a Map with a toJSON', Object.assign(new Map(), { toJSON: () => 'mine' })],
    ['a Set', new Set([1, 'a', undefined, new Set()])],
    ['an invalid date', [new Date(Number.NaN)]],
    ['a null prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['a tag', { a: 1, [Symbol.toStringTag]: 'Tagged' }],
    ['a property called valueOf', { valueOf: 1, a: 2 }],
    ['a property called toJSON', { toJSON: 1, a: 2 }],
    ['floats in an array of their own kind', Float64Array.of(1, 1.5)],
    ['an ArrayBuffer', new ArrayBuffer(3)],
    ['an error', Object.assign(new RangeError('x'), { code: 1 })],
    ['a regular expression', /x/],
    [
      '1 000 properties of which 10 are said',
      Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`p${i}`, i < 10 ? i : undefined])),
    ],
    [
      '70 000 properties of which all but one are said',
      Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`p${i}`, i > 0 ? i : undefined])),
    ],
    ['16 properties of which 15 are said', Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`p${i}`, i > 0 ? i : undefined]))],
    ['40 levels', JSON.parse(`${'['.repeat(40)}1${']'.repeat(40)}`)],
  ])('is the same: %s', (_name, value) => {
    const [binary, text] = both(value);
    // Jest takes seconds for 70 000 properties.
    expect(isDeepStrictEqual(binary, text)).toBe(true);
    expect(isDeepStrictEqual(...both([{ value }, value]))).toBe(true);
  });

  it('is bytes where JSON has base64, at the top and within', () => {
    for (const bytes of [Uint8Array.of(1, 2, 3), Buffer.from([1, 2, 3]), Uint8Array.of(0, 1, 2, 3, 0).subarray(1, 4)]) {
      expect(writtenResult(bytes)).toBe('c403010203');
      expect(writtenResult({ a: [bytes] })).toBe('81a16191c403010203');
    }
    expect(writtenResult(new Uint8Array())).toBe('c400');
    expect(writtenResult(new Uint8Array(256)).slice(0, 6)).toBe('c50100');
    expect(writtenResult(new Uint8Array(65_536)).slice(0, 10)).toBe('c600010000');
  });

  it.each([
    ['1970-01-01T00:00:00.000Z', 'd6ff00000000'],
    ['2017-04-11T00:00:00.000Z', 'd6ff58ec1c80'],
    ['2106-02-07T06:28:15.000Z', 'd6ffffffffff'],
    ['2106-02-07T06:28:16.000Z', 'd7ff0000000100000000'],
    ['2017-04-11T00:00:00.125Z', 'd7ff1dcd650058ec1c80'],
    ['2514-05-30T01:53:04.000Z', 'c70cff000000000000000400000000'],
    ['1969-12-31T23:59:59.500Z', 'c70cff1dcd6500ffffffffffffffff'],
    ['0001-01-01T00:00:00.000Z', 'c70cff00000000fffffff1886e0900'],
    ['+275760-09-13T00:00:00.000Z', 'c70cff00000000000007dba8218000'],
  ])('is a timestamp where JSON has the text %s', (text, hex) => {
    expect(writtenResult(new Date(text))).toBe(hex);
    expect(writtenResult({ a: [new Date(text)] })).toBe(`81a16191${hex}`);
    expect(readResult(hex)).toEqual(new Date(text));
    expect(decode(bytesOf(hex))).toEqual(new Date(text));
  });

  it('is what its own toJSON says where a date has one', () => {
    expect(writtenResult(Object.assign(new Date(0), { toJSON: () => 'mine' }))).toBe('a46d696e65');
    expect(writtenResult({ toJSON: () => new Date(0) })).toBe('d6ff00000000');
  });

  it.each([
    [0n, 'd30000000000000000'],
    [42n, 'd3000000000000002a'],
    [-1n, 'd3ffffffffffffffff'],
    [2n ** 53n + 1n, 'd30020000000000001'],
    [2n ** 63n - 1n, 'd37fffffffffffffff'],
    [2n ** 63n, 'cf8000000000000000'],
    [2n ** 64n - 1n, 'cfffffffffffffffff'],
    [-(2n ** 63n), 'd38000000000000000'],
  ])('is 64 bits where it is the bigint %s', (value, hex) => {
    expect(writtenResult(value)).toBe(hex);
    expect(writtenResult(Object(value))).toBe(hex);
    expect(writtenResult({ a: [value] })).toBe(`81a16191${hex}`);
    const isSafe = Number.isSafeInteger(Number(value));
    expect(readResult(hex)).toBe(isSafe ? Number(value) : value);
  });

  it.each([2n ** 64n, -(2n ** 63n) - 1n, 10n ** 100n])('is a RangeError where it is the bigint %s', (value) => {
    expect(() => writtenResult(value)).toThrow(RangeError);
    expect(() => writtenResult([{ value }])).toThrow('A bigint of more than 64 bits');
  });

  it('is what its toJSON says where an application has given bigints one', () => {
    const toJSON = function (this: bigint): string {
      return String(this);
    };
    // oxlint-disable-next-line eslint/no-extend-native -- that is what such applications do
    Object.defineProperty(BigInt.prototype, 'toJSON', { value: toJSON, configurable: true });
    try {
      expect(writtenResult(1n)).toBe('a131');
      expect(writtenResult([1n])).toBe('91a131');
    } finally {
      delete (BigInt.prototype as { toJSON?: unknown }).toJSON;
    }
  });

  it('keeps integers as keys where a Map has them, for dictionaries of .NET', () => {
    expect(
      writtenResult(
        new Map<unknown, unknown>([
          [1, 'a'],
          [-2, 'b'],
          ['3', 'c'],
          [4n, 'd'],
        ]),
      ),
    ).toBe('8401a161fea162a133a163a134a164');
  });

  it.each([
    [Number.NaN, 'cb7ff8000000000000'],
    [Infinity, 'cb7ff0000000000000'],
    [1.5, 'cb3ff8000000000000'],
    [2 ** 53, 'cb4340000000000000'],
    [1e300, 'cb7e37e43c8800759c'],
    [2 ** 53 - 1, 'cf001fffffffffffff'],
    [-(2 ** 53) + 1, 'd3ffe0000000000001'],
    [2 ** 32, 'cf0000000100000000'],
    [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
    [-0, '00'],
  ])('has the number %d in the form that MessagePack has for it', (value, hex) => {
    expect(writtenResult(value)).toBe(hex);
    expect(readResult(hex)).toBe(value + 0);
  });

  it.each([0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, -1, -0x20, -0x21, -0x80, -0x81, -0x8000, -0x8001, -0x8000_0000])(
    'has the integer %d in its shortest form',
    (value) => {
      expect(writtenResult(value)).toBe(Buffer.from(encode(value)).toString('hex'));
      expect(readResult(writtenResult(value))).toBe(value);
    },
  );
});

describe('a value that changes while it is written', () => {
  it('makes no message that cannot be read', () => {
    const growing: unknown[] = [{ toJSON: () => growing.push(1) }, 2];
    expect(decode(bytesOf(writtenResult(growing)))).toEqual([3, 2]);
    const shrinking: Record<string, unknown> = { a: { toJSON: () => delete shrinking.b }, b: 1 };
    expect(decode(bytesOf(writtenResult(shrinking)))).toEqual({ a: true });
  });
});

/** Values that contain themselves, as a program makes them by mistake. */
const cycles: Record<string, () => unknown> = {
  'an object': () => {
    const a: Record<string, unknown> = {};
    a.b = { a };
    return a;
  },
  'an array': () => {
    const a: unknown[] = [];
    a.push([a]);
    return a;
  },
  'a map': () => {
    const a = new Map<string, unknown>();
    return a.set('a', { a });
  },
  'a set': () => {
    const a = new Set<unknown>();
    return a.add([a]);
  },
  'one of many branches': () => {
    const a: Record<string, unknown> = {};
    return Object.assign(a, { b: [1, a, a], c: [a, a] });
  },
};

describe('a value that contains itself', () => {
  it.each(Object.keys(cycles))('is a TypeError: %s', (name) => {
    for (const by of [protocol, messagePack({ keys: 'camel' })]) {
      expect(() => writtenResult(cycles[name](), by)).toThrow(TypeError);
      expect(() => writtenResult([1, cycles[name]()], by)).toThrow('a value contains itself');
    }
    expect(writtenResult(1)).toBe('01');
  });

  it('is not one that merely occurs twice, at any depth', () => {
    const shared = { a: new Set([1]) };
    expect(writtenResult([shared, shared, { shared }])).toBe('9381a161910181a161910181a673686172656481a1619101');
    const low = nested(150, [shared, shared]);
    expect(decode(bytesOf(writtenResult(low)))).toEqual(nested(150, [{ a: [1] }, { a: [1] }]));
  });
});

/** A value `levels` deep. */
function nested(levels: number, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

describe('depth', () => {
  it.each([99, 100, 101, 102, 500])('of %d levels makes no difference', (levels) => {
    expect(writtenResult(nested(levels, 1n))).toBe(`${'91'.repeat(levels)}d30000000000000001`);
    expect(writtenResult(nested(levels, 1))).toBe(`${'91'.repeat(levels)}01`);
  });

  it('of 200 000 levels is a RangeError', () => {
    expect(() => writtenResult(nested(200_000, 1))).toThrow(RangeError);
    expect(() => writtenResult({ a: 1n, b: nested(200_000, 1) })).toThrow(RangeError);
    expect(writtenResult(1)).toBe('01');
  });

  it('without end is a RangeError', () => {
    const getters = (): object => ({
      get next() {
        return getters();
      },
    });
    const calls = (): object => ({ toJSON: () => ({ next: calls() }) });
    expect(() => writtenResult(getters())).toThrow(RangeError);
    expect(() => writtenResult(calls())).toThrow(RangeError);
  });
});

describe('keys: camel', () => {
  const camel = messagePack({ keys: 'camel' });
  const hex = (value: unknown): string => Buffer.from(encode(value)).toString('hex');

  // What .NET's JsonNamingPolicy.CamelCase gives, most of it from its own tests.
  it.each([
    ['UserName', 'userName'],
    ['URLValue', 'urlValue'],
    ['URL', 'url'],
    ['ID', 'id'],
    ['I', 'i'],
    ['IP', 'ip'],
    ['IPAddress', 'ipAddress'],
    ['MyURL', 'myURL'],
    ['XMLHttpRequest', 'xmlHttpRequest'],
    ['IsJSONProperty', 'isJSONProperty'],
    ['SHOUTING_CASE', 'shoutinG_CASE'],
    ['9999-12-31', '9999-12-31'],
    ['Hi!! This is text. Time to test.', 'hi!! This is text. Time to test.'],
    ['BUILDING', 'building'],
    ['BUILDING Property', 'building Property'],
    ['Building Property', 'building Property'],
    ['BUILDING PROPERTY', 'building PROPERTY'],
    ['I18N', 'i18N'],
    ['userName', 'userName'],
    ['_Name', '_Name'],
    ['ÄnderungAm', 'änderungAm'],
    ['ÉÈValue', 'éèValue'],
    ['ΑΣ', 'ασ'],
    ['İd', 'İd'],
    [' A', ' A'],
    ['', ''],
  ])('reads %p as %p', (name, camelCase) => {
    expect(toCamelCase(name)).toBe(camelCase);
    for (let times = 0; times < 2; times++) expect(readResult(hex({ [name]: 1 }), camel)).toEqual({ [camelCase]: 1 });
  });

  it.each([
    ['userName', 'UserName'],
    ['url', 'Url'],
    ['UserName', 'UserName'],
    ['änderungAm', 'ÄnderungAm'],
    ['_name', '_name'],
    ['1st', '1st'],
    ['', ''],
  ])('writes %p as %p', (name, pascalCase) => {
    expect(toPascalCase(name)).toBe(pascalCase);
    for (let times = 0; times < 2; times++) expect(writtenResult({ [name]: 1 }, camel)).toBe(hex({ [pascalCase]: 1 }));
  });

  it('is for objects at every depth', () => {
    const out = { userName: 'a', tags: [{ tagName: 'b' }], more: new Set([{ x: 1 }]) };
    expect(writtenResult(out, camel)).toBe(hex({ UserName: 'a', Tags: [{ TagName: 'b' }], More: [{ X: 1 }] }));
    expect(readResult(writtenResult(out, camel), camel)).toEqual({ userName: 'a', tags: [{ tagName: 'b' }], more: [{ x: 1 }] });
  });

  it('leaves the keys of a Map as they are, and renames the objects in it', () => {
    expect(writtenResult(new Map([['userName', { userName: 1 }]]), camel)).toBe(hex({ userName: { UserName: 1 } }));
  });

  it('leaves values, headers and targets as they are', () => {
    const message = { type: MessageType.Invocation, headers: { Aa: 'Bb' }, target: 'Target', arguments: ['Text', 'text'] };
    const bytes = camel.write(message) as Uint8Array;
    expect(Buffer.from(bytes).toString('latin1')).toContain('Aa');
    expect(parseBytes(camel, bytes.subarray(1))).toEqual(message);
    expect(Buffer.from(bytes)).toEqual(Buffer.from(protocol.write(message) as Uint8Array));
  });

  it('forgets names when there are too many to remember', () => {
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`name${index}`, index]));
    expect(readResult(writtenResult(many, camel), camel)).toEqual(many);
    expect(readResult(writtenResult(many, camel))).toEqual(
      Object.fromEntries(Object.entries(many).map(([name, value]) => [`N${name.slice(1)}`, value])),
    );
  });

  it('is not the default', () => {
    expect(readResult(hex({ UserName: 1 }))).toEqual({ UserName: 1 });
    expect(writtenResult({ userName: 1 })).toBe(hex({ userName: 1 }));
  });
});
