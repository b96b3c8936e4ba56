import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JsonValues, writeString } from '../../lib/common/json-values.js';

const values = new JsonValues();
const write = (value: unknown): string => values.write(value);

/** A value `levels` deep, made without recursion. */
function deep(levels: number, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

describe('values that go out as JSON', () => {
  it.each<[unknown, string]>([
    [null, 'null'],
    [undefined, 'null'],
    [true, 'true'],
    [false, 'false'],
    [0, '0'],
    [-0, '0'],
    [1.5, '1.5'],
    [1e21, '1e+21'],
    [Number.NaN, 'null'],
    [Infinity, 'null'],
    ['', '""'],
    ['text', '"text"'],
    [[], '[]'],
    [{}, '{}'],
  ])('writes %p as %s', (value, text) => {
    expect(write(value)).toBe(text);
  });

  it('leaves out undefined, functions and symbols as properties, and writes null for them elsewhere', () => {
    expect(write({ a: undefined, b: () => {}, c: Symbol('c'), d: 1 })).toBe('{"d":1}');
    expect(write([undefined, () => {}, Symbol('c')])).toBe('[null,null,null]');
    expect(write(() => {})).toBe('null');
    expect(write(Symbol('c'))).toBe('null');
    expect(write({ big: 1n, a: undefined, b: [undefined, () => {}] })).toBe('{"big":1,"b":[null,null]}');
  });

  it('writes what JSON.stringify writes for all plain data', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(write(value)).toBe(JSON.stringify(value))));
    fc.assert(fc.property(fc.anything(), (value) => expect(write(value)).toBe(JSON.stringify(value) ?? 'null')));
  });

  it('writes plain data beside what is not plain as it writes it alone', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(write([value, 1n])).toBe(`[${JSON.stringify(value) ?? 'null'},1]`);
        expect(write({ a: 1n, b: [value] })).toBe(`{"a":1,"b":${JSON.stringify([value])}}`);
      }),
    );
  });

  it('writes strings as JSON.stringify does', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => expect(writeString(text)).toBe(JSON.stringify(text))));
    const characters = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code));
    expect(characters.filter((character) => writeString(character) !== JSON.stringify(character))).toEqual([]);
  });
});

describe('bytes', () => {
  it('are base64, at the top and within', () => {
    expect(write(Uint8Array.of(1, 2, 3))).toBe('"AQID"');
    expect(write(Buffer.from([1, 2, 3]))).toBe('"AQID"');
    expect(write({ a: [Buffer.from([1, 2, 3])], b: { c: new Uint8Array() } })).toBe('{"a":["AQID"],"b":{"c":""}}');
  });

  it('are those of the view alone', () => {
    expect(write(Uint8Array.of(0, 1, 2, 3, 0).subarray(1, 4))).toBe('"AQID"');
  });
});

describe('dates', () => {
  it('are ISO text in UTC, and null when they are none', () => {
    const date = new Date(Date.UTC(2017, 3, 11, 1, 2, 3, 4));
    expect(write(date)).toBe('"2017-04-11T01:02:03.004Z"');
    expect(write({ date })).toBe('{"date":"2017-04-11T01:02:03.004Z"}');
    expect(write([1n, date])).toBe('[1,"2017-04-11T01:02:03.004Z"]');
    expect(write(new Date(Number.NaN))).toBe('null');
  });
});

describe('a bigint', () => {
  it.each([0n, -1n, 42n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 100n])(
    'is a number with all digits: %s',
    (value) => {
      expect(write(value)).toBe(value.toString());
      expect(write({ a: [{ b: value }] })).toBe(`{"a":[{"b":${value}}]}`);
      expect(write(new Map([['a', new Set([value])]]))).toBe(`{"a":[${value}]}`);
      expect(write(Object(value))).toBe(value.toString());
    },
  );

  it('is what its toJSON says where an application has given it one', () => {
    const toJSON = function (this: bigint): string {
      return String(this);
    };
    // oxlint-disable-next-line eslint/no-extend-native -- that is what such applications do
    Object.defineProperty(BigInt.prototype, 'toJSON', { value: toJSON, configurable: true });
    try {
      expect(write(1n)).toBe('"1"');
      expect(write({ a: [1n] })).toBe('{"a":["1"]}');
    } finally {
      delete (BigInt.prototype as { toJSON?: unknown }).toJSON;
    }
  });
});

describe('maps and sets', () => {
  it('are objects and arrays', () => {
    expect(
      write(
        new Map<unknown, unknown>([
          ['a', 1],
          [2, new Map([['b', null]])],
        ]),
      ),
    ).toBe('{"2":{"b":null},"a":1}');
    expect(write(new Set([1, 'a', undefined]))).toBe('[1,"a",null]');
    expect(write({ m: new Map(), s: [new Set()] })).toBe('{"m":{},"s":[[]]}');
  });

  it('keep a key called __proto__ as a key', () => {
    expect(write(new Map([['__proto__', 1]]))).toBe('{"__proto__":1}');
  });

  it('leave out what is undefined, as objects do', () => {
    expect(write(new Map([['a', undefined]]))).toBe('{}');
  });
});

describe('classes', () => {
  class Point {
    constructor(
      readonly x: number,
      readonly y: unknown,
    ) {}
    get sum(): number {
      return this.x + 1;
    }
  }
  class Money {
    constructor(readonly amount: bigint) {}
    toJSON(key: string): unknown {
      return { key, amount: this.amount, bytes: Buffer.from([1]) };
    }
  }

  it('are written by their own properties', () => {
    expect(write(new Point(1, 2))).toBe('{"x":1,"y":2}');
    expect(write(new Point(1, 2n))).toBe('{"x":1,"y":2}');
  });

  it('are written by their toJSON, and what it returns is converted too', () => {
    expect(write(new Money(5n))).toBe('{"key":"","amount":5,"bytes":"AQ=="}');
    expect(write({ m: [new Money(5n)] })).toBe('{"m":[{"key":"0","amount":5,"bytes":"AQ=="}]}');
    expect(write({ toJSON: () => undefined })).toBe('null');
    expect(write([{ toJSON: () => undefined }])).toBe('[null]');
  });

  it('that extend Map are maps, unless they have a toJSON', () => {
    expect(write(new (class extends Map<string, number> {})([['a', 1]]))).toBe('{"a":1}');
    expect(
      write(
        new (class extends Map<string, number> {
          toJSON = (): string => 'mine';
        })(),
      ),
    ).toBe('"mine"');
  });

  it('that wrap a primitive are that primitive', () => {
    expect(write([Object(1), Object('a'), Object(false), 1n])).toBe('[1,"a",false,1]');
  });

  it('throw through what their toJSON throws', () => {
    const refuse = {
      toJSON(): never {
        throw new Error('not for you');
      },
    };
    expect(() => write({ refuse })).toThrow('not for you');
  });
});

describe('a value that contains itself', () => {
  const cycles: [string, () => unknown][] = [
    [
      'an object',
      () => {
        const a: Record<string, unknown> = {};
        a.b = { a };
        return a;
      },
    ],
    [
      'an array',
      () => {
        const a: unknown[] = [];
        a.push([a]);
        return a;
      },
    ],
    [
      'a map',
      () => {
        const a = new Map<string, unknown>();
        a.set('a', { a });
        return a;
      },
    ],
    [
      'a set',
      () => {
        const a = new Set<unknown>();
        a.add([a]);
        return a;
      },
    ],
    [
      'an object beside a bigint',
      () => {
        const a: Record<string, unknown> = { big: 1n };
        a.b = { c: [a] };
        return a;
      },
    ],
    [
      'one of many branches',
      () => {
        const a: Record<string, unknown> = {};
        a.b = [a, a];
        a.c = [a, a];
        a.big = 1n;
        return a;
      },
    ],
  ];

  it.each(cycles)('is a TypeError: %s', (_name, make) => {
    expect(() => write(make())).toThrow(TypeError);
    expect(() => write([1, make()])).toThrow(TypeError);
    expect(() => new JsonValues((_key, value) => value).write(make())).toThrow(TypeError);
  });

  it('is not one that merely occurs twice', () => {
    const shared = { a: new Set([1]) };
    expect(write([shared, shared, { shared }])).toBe('[{"a":[1]},{"a":[1]},{"shared":{"a":[1]}}]');
  });
});

describe('depth', () => {
  it.each([100, 101, 102, 500])('of %d levels makes no difference', (levels) => {
    expect(write(deep(levels, 1n))).toBe(`${'['.repeat(levels)}1${']'.repeat(levels)}`);
    expect(write(deep(levels, 1))).toBe(`${'['.repeat(levels)}1${']'.repeat(levels)}`);
  });

  it('of 200 000 levels is a RangeError', () => {
    expect(() => write(deep(200_000, 1))).toThrow(RangeError);
    expect(() => write(deep(200_000, 1n))).toThrow(RangeError);
    expect(() => write({ a: 1n, b: deep(200_000, 1) })).toThrow(RangeError);
  });

  it('without end is a RangeError', () => {
    const getters = (): object => ({
      get next() {
        return getters();
      },
    });
    const calls = (): object => ({ toJSON: () => ({ next: calls() }) });
    expect(() => write(getters())).toThrow(RangeError);
    expect(() => write(calls())).toThrow(RangeError);
  });
});

describe('all arguments of a call', () => {
  it('are one array', () => {
    expect(values.writeAll([])).toBe('[]');
    expect(values.writeAll([1, 'a', undefined, 2n, { a: 1 }])).toBe('[1,"a",null,2,{"a":1}]');
  });
});

describe('a replacer', () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.date(),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value')),
  })).value;

  it('is called as by JSON.stringify', () => {
    const trace = (calls: unknown[]) =>
      function (this: unknown, key: string, value: unknown): unknown {
        calls.push([Array.isArray(this), Object.keys(this as object), key, value]);
        return key === 'c' ? undefined : value;
      };
    fc.assert(
      fc.property(plain, (value) => {
        const [ours, theirs]: unknown[][] = [[], []];
        expect(new JsonValues(trace(ours)).write(value)).toBe(JSON.stringify(value, trace(theirs)) ?? 'null');
        expect(ours).toEqual(theirs);
      }),
    );
  });

  it('may be the names of the properties', () => {
    fc.assert(
      fc.property(plain, fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'x')), (value, names) => {
        expect(new JsonValues(names).write(value)).toBe(JSON.stringify(value, names) ?? 'null');
      }),
    );
    expect(new JsonValues([2, 'a', 'a']).write({ a: 1, 2: 2, b: 3 })).toBe('{"2":2,"a":1}');
    expect(
      new JsonValues(['a']).write(
        new Map([
          ['a', 1n],
          ['b', 2n],
        ]),
      ),
    ).toBe('{"a":1}');
  });

  it('sees bytes, maps and bigints as they are, and what it returns is converted', () => {
    const seen: unknown[] = [];
    const replacing = new JsonValues((_key, value) => {
      seen.push(value);
      return value === 1n ? new Set([2n]) : value;
    });
    const bytes = Buffer.from([1]);
    const map = new Map([['a', 1n]]);
    expect(replacing.writeAll([bytes, map])).toBe('["AQ==",{"a":[2]}]');
    expect(seen).toEqual([[bytes, map], bytes, map, 1n, 2n]);
  });

  it('makes a null of a whole value when it returns undefined', () => {
    expect(new JsonValues(() => undefined).write(1)).toBe('null');
  });
});
