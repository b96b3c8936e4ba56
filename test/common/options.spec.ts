import { describe, expect, it } from '@jest/globals';
import { choice, count, flag, milliseconds, resolveOptions, Rule, Switch } from '../../lib/common/options.js';
import { thrownBy } from '../protocol/wire.js';

const schema = {
  interval: milliseconds(15_000),
  timeout: milliseconds(0, 0),
  size: count(32, 0),
  detailed: flag(false),
  outbox: {
    maximum: count(100, 1, true),
    whenSlow: choice('close', 'close', 'drop-newest'),
    deeper: { flag: flag(true), size: count(1, 1) },
  },
};

const resolve = (...layers: (object | undefined)[]) =>
  resolveOptions(schema, ...layers.map((options, index) => ({ from: index === 0 ? 'forRoot()' : `@Hub number ${index}`, options })));

const refusal = (...layers: (object | undefined)[]): unknown => {
  const error = thrownBy(() => resolve(...layers));
  expect(error).toMatchObject({ code: 'ERR_SIGNALR_OPTIONS' });
  return (error as Error).message;
};

describe('options', () => {
  it('have their defaults where nobody says anything', () => {
    const defaults = {
      interval: 15_000,
      timeout: 0,
      size: 32,
      detailed: false,
      outbox: { maximum: 100, whenSlow: 'close', deeper: { flag: true, size: 1 } },
    };
    expect(resolve()).toEqual(defaults);
    expect(resolve({}, undefined, {})).toEqual(defaults);
  });

  it('leave the other members of a group as they are when one is said', () => {
    expect(resolve({ outbox: { deeper: { flag: false } } }).outbox).toEqual({
      maximum: 100,
      whenSlow: 'close',
      deeper: { flag: false, size: 1 },
    });
  });

  it('are those of the later layer, member by member', () => {
    const resolved = resolve(
      { interval: 1, size: 1, outbox: { maximum: 1, deeper: { size: 5 } } },
      { interval: 2, outbox: { maximum: 2 } },
      { outbox: { whenSlow: 'drop-newest' } },
    );
    expect(resolved).toMatchObject({
      interval: 2,
      size: 1,
      outbox: { maximum: 2, whenSlow: 'drop-newest', deeper: { size: 5, flag: true } },
    });
  });

  it('say nothing where they are undefined, a whole group among them', () => {
    expect(resolve({ interval: 1, outbox: { maximum: 7 } }, { interval: undefined, outbox: { maximum: undefined } })).toMatchObject({
      interval: 1,
      outbox: { maximum: 7 },
    });
    expect(resolve({ outbox: { maximum: 7 } }, { outbox: undefined }).outbox.maximum).toBe(7);
  });

  it('cannot be changed once they are resolved, and do not follow what they were made of', () => {
    const given = { outbox: { maximum: 7 } };
    const resolved = resolve(given);
    given.outbox.maximum = 8;
    expect(resolved.outbox.maximum).toBe(7);
    for (const group of [resolved, resolved.outbox, resolved.outbox.deeper]) expect(Object.isFrozen(group)).toBe(true);
  });

  it('take only what is the object’s own: a prototype says nothing', () => {
    expect(resolve(Object.create({ interval: 1, unknown: 1 }) as object).interval).toBe(15_000);
    const parsed = Object.assign(Object.create(null) as object, { interval: 1 });
    expect(resolve(parsed).interval).toBe(1);
  });
});

describe('an option that does not exist', () => {
  it('is refused with where it stands and what there is, in the order of the alphabet', () => {
    expect(refusal({ intervall: 1 })).toBe(
      "Unknown option 'intervall' in forRoot(). Did you mean 'interval'? Known ones are: detailed, interval, outbox, size, timeout.",
    );
  });

  it.each([
    [{ outbox: { max: 1 } }, "Unknown option 'outbox.max' in forRoot(). Known ones are: deeper, maximum, whenSlow."],
    [{ outbox: { deeper: { other: 1 } } }, "Unknown option 'outbox.deeper.other' in forRoot(). Known ones are: flag, size."],
  ])('is refused inside a group with what that group has: %j', (options, message) => expect(refusal(options)).toBe(message));

  it.each([
    ['time-out', 'timeout'],
    ['Interval', 'interval'],
  ])('is taken for the one that is meant: %s', (name, meant) => expect(refusal({ [name]: 1 })).toContain(`Did you mean '${meant}'?`));

  it.each(['szie', 'outbax.maximum', ''])('is taken for none where none is near: %j', (name) =>
    expect(refusal({ [name]: 1 })).not.toContain('Did you mean'),
  );

  it('is refused even when it is undefined', () => expect(refusal({ intervall: undefined })).toContain("'intervall'"));

  it('is refused in every layer, whatever the others say', () => {
    expect(refusal({}, { interval: 1, nothing: 1 })).toBe(
      "Unknown option 'nothing' in @Hub number 1. Known ones are: detailed, interval, outbox, size, timeout.",
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])('is refused when it is called %j', (name) => {
    const options = JSON.parse(`{ ${JSON.stringify(name)}: { "interval": 1 } }`) as object;
    expect(refusal(options)).toContain(`Unknown option '${name}'`);
    expect(refusal({ outbox: options })).toContain(`Unknown option 'outbox.${name}'`);
    expect(({} as { interval?: number }).interval).toBeUndefined();
  });
});

describe('a value that is not allowed', () => {
  it.each<[object, string]>([
    [{ interval: 0 }, "The option 'interval' in forRoot() is 0. It has to be a number of milliseconds, 1 or more."],
    [{ interval: '15000' }, "The option 'interval' in forRoot() is '15000'. It has to be a number of milliseconds, 1 or more."],
    [{ interval: NaN }, "The option 'interval' in forRoot() is NaN. It has to be a number of milliseconds, 1 or more."],
    [{ interval: Infinity }, "The option 'interval' in forRoot() is Infinity. It has to be a number of milliseconds, 1 or more."],
    [{ timeout: -1 }, "The option 'timeout' in forRoot() is -1. It has to be a number of milliseconds, 0 or more."],
    [{ size: 1.5 }, "The option 'size' in forRoot() is 1.5. It has to be a whole number, 0 or more."],
    [{ size: 2 ** 53 }, "The option 'size' in forRoot() is 9007199254740992. It has to be a whole number, 0 or more."],
    [{ size: Infinity }, "The option 'size' in forRoot() is Infinity. It has to be a whole number, 0 or more."],
    [{ size: 5n }, "The option 'size' in forRoot() is 5. It has to be a whole number, 0 or more."],
    [{ outbox: { maximum: 0 } }, "The option 'outbox.maximum' in forRoot() is 0. It has to be a whole number, 1 or more, or Infinity."],
    [{ outbox: { whenSlow: 'drop' } }, "The option 'outbox.whenSlow' in forRoot() is 'drop'. It has to be one of 'close', 'drop-newest'."],
    [{ outbox: { deeper: { flag: 1 } } }, "The option 'outbox.deeper.flag' in forRoot() is 1. It has to be true or false."],
    [{ detailed: null }, "The option 'detailed' in forRoot() is null. It has to be true or false."],
    [{ detailed: () => true }, "The option 'detailed' in forRoot() is a function. It has to be true or false."],
    [{ detailed: new Map() }, "The option 'detailed' in forRoot() is an object (Map). It has to be true or false."],
    [
      { detailed: Object.create(null) as object },
      "The option 'detailed' in forRoot() is an object (without a prototype). It has to be true or false.",
    ],
    [{ detailed: Symbol('no') }, "The option 'detailed' in forRoot() is Symbol(no). It has to be true or false."],
    [{ outbox: 5 }, "The option 'outbox' in forRoot() is 5. It has to be an object."],
    [{ outbox: null }, "The option 'outbox' in forRoot() is null. It has to be an object."],
    [{ outbox: [] }, "The option 'outbox' in forRoot() is an object (Array). It has to be an object."],
    [{ outbox: { deeper: 'x' } }, "The option 'outbox.deeper' in forRoot() is 'x'. It has to be an object."],
  ])('is refused with what would be allowed: %p', (options, message) => expect(refusal(options)).toBe(message));

  it('is refused even when a later layer has a good one', () => {
    expect(refusal({ interval: -5 }, { interval: 5 })).toBe(
      "The option 'interval' in forRoot() is -5. It has to be a number of milliseconds, 1 or more.",
    );
  });

  it('is shown short and on one line', () => {
    const message = refusal({ detailed: `first\nsecond\u2028${'x'.repeat(10_000)}` }) as string;
    expect(message).toContain("is 'first\\u000asecond\\u2028xxx");
    expect(message).toContain("…'. It has to be true or false.");
    expect(message.length).toBeLessThan(150);
  });

  it('may be judged by a rule of one’s own, which is asked only about what was said', () => {
    const asked: unknown[] = [];
    const own = { mine: new Rule<number>(1, 'even', (value) => asked.push(value) > 0 && Number(value) % 2 === 0) };
    expect(resolveOptions(own, { from: 'here', options: { mine: undefined } })).toEqual({ mine: 1 });
    expect(asked).toEqual([]);
    expect(resolveOptions(own, { from: 'here', options: { mine: 4 } })).toEqual({ mine: 4 });
    expect(thrownBy(() => resolveOptions(own, { from: 'here', options: { mine: 3 } }))).toMatchObject({
      message: "The option 'mine' in here is 3. It has to be even.",
    });
  });
});

describe('the limits of a value', () => {
  it.each<[string, object]>([
    ['the smallest span of time', { interval: 1 }],
    ['a fraction of a millisecond above it', { interval: 1.5 }],
    ['no time where zero means none', { timeout: 0 }],
    ['a size of zero', { size: 0 }],
    ['the largest whole number', { size: Number.MAX_SAFE_INTEGER }],
    ['no limit where there may be none', { outbox: { maximum: Infinity } }],
  ])('allow %s', (_, options) => expect(resolve(options)).toMatchObject(options));
});

describe('a group that is off until somebody wants it', () => {
  const switched = { pressure: new Switch({ level: count(3, 1), size: count(10, 1) }) };
  const pressureOf = (...said: unknown[]): unknown =>
    resolveOptions(switched, ...said.map((pressure) => ({ from: 'forRoot()', options: { pressure } }))).pressure;

  it.each<[string, unknown[], unknown]>([
    ['off where nobody says anything', [undefined], false],
    ['off where it is said to be', [false], false],
    ['on with its defaults', [true], { level: 3, size: 10 }],
    ['on with what is given, and the rest of its defaults', [{ level: 9 }], { level: 9, size: 10 }],
    ['on with nothing given', [{}], { level: 3, size: 10 }],
    ['merged from what several say', [{ level: 9, size: 7 }, { size: 8 }], { level: 9, size: 8 }],
    ['left as it is by a true that comes later', [{ level: 9 }, true], { level: 9, size: 10 }],
    ['turned off by a false that comes later', [{ level: 9 }, false], false],
    ['begun anew after a false', [{ level: 9 }, false, { size: 8 }], { level: 3, size: 8 }],
  ])('is %s', (_, said, expected) => expect(pressureOf(...said)).toEqual(expected));

  it.each([1, 'yes', null, []])('is refused as %j', (given) => {
    expect(thrownBy(() => pressureOf(given))).toMatchObject({ message: expect.stringContaining('true, false or an object.') });
  });

  it('knows its members', () => {
    const message = "Unknown option 'pressure.depth' in forRoot(). Known ones are: level, size.";
    expect(thrownBy(() => pressureOf({ depth: 1 }))).toMatchObject({ message });
    expect(thrownBy(() => pressureOf({ level: 0 }))).toMatchObject({
      message: expect.stringContaining("'pressure.level' in forRoot() is 0."),
    });
  });
});
