import { describe, expect, it } from '@jest/globals';
import { SignalRError } from '../../lib/common/errors.js';
import { json, JsonHubProtocol, type JsonProtocolOptions } from '../../lib/protocol/json.protocol.js';
import { type HubMessage, type InvocationMessage, MessageType } from '../../lib/protocol/messages.js';
import { parseBytes, parseText, SEPARATOR, thrownBy } from './wire.js';

const protocol = json();
const read = (text: string): HubMessage | undefined => parseText(protocol, text);
const invocation = (argument: string): string => `{"type":1,"target":"t","arguments":[${argument}]}`;
/** What a hub method would be given as its first argument. */
const readArgument = (text: string, by = protocol): unknown => (parseText(by, invocation(text)) as InvocationMessage).arguments[0];
const written = (message: HubMessage, by = protocol): string => {
  const text = by.write(message) as string;
  expect(text.endsWith(SEPARATOR)).toBe(true);
  return text.slice(0, -1);
};
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('the JSON protocol', () => {
  it('says what it is', () => {
    expect(protocol).toMatchObject({ name: 'json', version: 2, transferFormat: 'text' });
    expect(protocol).toBeInstanceOf(JsonHubProtocol);
  });

  it.each<[JsonProtocolOptions, string]>([
    [{ maximumDepth: 0 }, "The option 'maximumDepth' in json() is 0. It has to be a whole number from 1 to 1000."],
    [{ maximumDepth: 1_001 }, "'maximumDepth'"],
    [{ maximumDepth: 1.5 }, "'maximumDepth'"],
    [{ maximumDepth: Number.NaN }, "'maximumDepth'"],
    [{ reviver: 'x' as never }, "The option 'reviver' in json() is 'x'. It has to be a function."],
    [{ replacer: {} as never }, "'replacer'"],
    [{ replacer: [{}] as never }, "'replacer'"],
    [{ convert: 'never' as never }, "'convert'"],
    [null as never, 'The options given to json() have to be an object; they are null.'],
    [5 as never, 'The options given to json() have to be an object; they are 5.'],
    [{ depth: 1 } as never, "Unknown option 'depth' in json(). Known ones are: convert, maximumDepth, replacer, reviver."],
  ])('refuses the options %j', (options, text) => {
    expect(() => json(options)).toThrow(text);
    expect(thrownBy(() => json(options))).toMatchObject({ code: 'ERR_SIGNALR_OPTIONS' });
  });

  it('takes undefined options for none', () => {
    expect(() => json({ maximumDepth: undefined, reviver: undefined, replacer: undefined })).not.toThrow();
  });
});

describe('a message that is read', () => {
  it.each([99, 0, -1, 2_147_483_647])('D02: is skipped when its type is %d', (type) => {
    expect(read(`{"type":${type},"target":"t"}`)).toBeUndefined();
  });

  it.each(['"1"', '1.5', 'null', 'true', '{}', '2147483648', '1e400'])('D02: is refused when its type is %s', (type) => {
    expect(() => read(`{"type":${type},"target":"t","arguments":[]}`)).toThrow("Expected 'type' to be of type Number.");
  });

  it('is a call without an answer when its invocationId is empty', () => {
    expect(read('{"type":1,"invocationId":"","target":"t","arguments":[]}')).toEqual({
      type: MessageType.Invocation,
      target: 't',
      arguments: [],
    });
  });

  it.each([2, 3, 4, 5])('needs an invocationId that is not empty when its type is %d', (type) => {
    const rest = '"target":"t","arguments":[],"item":1';
    expect(() => read(`{"type":${type},"invocationId":"",${rest}}`)).toThrow("Missing required property 'invocationId'.");
    expect(() => read(`{"type":${type},${rest}}`)).toThrow("Missing required property 'invocationId'.");
  });

  it.each([1, 4])('needs a target that is not empty when its type is %d', (type) => {
    expect(() => read(`{"type":${type},"invocationId":"1","target":"","arguments":[]}`)).toThrow("Missing required property 'target'.");
  });

  it.each([8, 9])('needs a sequenceId that is not null when its type is %d', (type) => {
    expect(() => read(`{"type":${type},"sequenceId":null}`)).toThrow("Missing required property 'sequenceId'.");
    expect(() => read(`{"type":${type},"sequenceId":1.5}`)).toThrow("Expected 'sequenceId' to be of type Number.");
  });

  it.each([
    ['"headers":[]', "Expected 'headers' to be of type Object."],
    ['"headers":null', "Expected 'headers' to be of type Object."],
    ['"streamIds":"1"', "Expected 'streamIds' to be of type Array."],
    ['"streamIds":null', "Expected 'streamIds' to be of type Array."],
    ['"streamIds":[1]', "Expected the elements of 'streamIds' to be of type String."],
    ['"streamIds":["1",null]', "Expected the elements of 'streamIds' to be of type String."],
    ['"allowReconnect":1', "Expected 'allowReconnect' to be true or false."],
    ['"invocationId":null', "Expected 'invocationId' to be of type String."],
    ['"invocationId":{}', "Expected 'invocationId' to be of type String."],
    ['"arguments":null', "Expected 'arguments' to be of type Array."],
    ['"error":null', "Expected 'error' to be of type String."],
  ])('is refused with %s', (property, text) => {
    expect(() => read(`{"type":1,"target":"t","arguments":[],${property}}`)).toThrow(text);
  });

  it('names the first of two properties of a wrong type', () => {
    expect(() => read('{"type":1,"target":1,"invocationId":2}')).toThrow("'target'");
    expect(() => read('{"invocationId":2,"type":1,"target":1}')).toThrow("'invocationId'");
  });

  it('D06: may have an invocationId of any length and spelling', () => {
    for (const invocationId of ['x'.repeat(1_000_000), '__proto__', 'constructor', 'ünï\u0000']) {
      expect(read(JSON.stringify({ type: 5, invocationId }))).toEqual({ type: MessageType.CancelInvocation, invocationId });
    }
  });

  it('may have its properties in any order, with space between them', () => {
    expect(read(' { "arguments" : [ 1 ] ,\r\n"target"\t: "t", "type" : 1 } ')).toEqual({ type: 1, target: 't', arguments: [1] });
  });

  it('has its names in exactly this case', () => {
    expect(() => read('{"Type":6}')).toThrow("Missing required property 'type'.");
  });

  it('is read up to the end of its object', () => {
    expect(read('{"type":6}garbage')).toEqual({ type: MessageType.Ping });
    expect(read('{"type":1,"target":"t","arguments":["}",{"a":["\\"]"]}]}]}"')).toEqual({
      type: MessageType.Invocation,
      target: 't',
      arguments: ['}', { a: ['"]'] }],
    });
  });

  it('D03: may hold 100 000 arguments', () => {
    expect((read(invocation(Array.from({ length: 100_000 }, () => '1').join(','))) as InvocationMessage).arguments).toHaveLength(100_000);
  });

  it('is a completion with a null result when that is there, and without one when it is not', () => {
    expect('result' in (read('{"type":3,"invocationId":"1","result":null}') as HubMessage)).toBe(true);
    expect('result' in (read('{"type":3,"invocationId":"1"}') as HubMessage)).toBe(false);
  });

  it('D08: is refused with both an error and a result, even where they say nothing', () => {
    expect(() => read('{"type":3,"invocationId":"1","error":"","result":null}')).toThrow('mutually exclusive');
  });

  it.each([
    '',
    ' ',
    '{',
    '{"type"',
    '{"type":',
    '{"type":6',
    '{"type":6,',
    '{"type":6,}',
    '{"type":6 "a":1}',
    "{'type':6}",
    '{"type":06}',
    '{"type"=6}',
    '{"type":6["a":1}',
    '{"a":[]:"type":6}',
    '{"type":6,"a":[}',
    'nul',
  ])('is refused when it is no JSON: %s', (text) => {
    expect(() => read(text)).toThrow('Error reading JSON.');
  });

  it('keeps what the parser said as the cause', () => {
    const error = thrownBy(() => read('{"type":6,"a":[}')) as Error;
    expect((error.cause as Error).name).toBe('SyntaxError');
  });
});

describe('D09: text', () => {
  it.each([[[0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xc0, 0x80]], [[0xf4, 0x90, 0x80, 0x80]]])(
    'is refused when it is no UTF-8: %j',
    (bytes) => {
      const [head, tail] = invocation('"|"').split('|');
      expect(() => parseBytes(protocol, Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)]))).toThrow('UTF-8');
    },
  );

  it('may contain a replacement character that the peer sent itself', () => {
    expect(readArgument('"\ufffd é"')).toBe('\ufffd é');
  });

  it('is refused with a byte order mark', () => {
    expect(() => read('\ufeff{"type":6}')).toThrow('Error reading JSON.');
  });

  it('keeps a lone surrogate that came as an escape, and writes it as one', () => {
    expect(readArgument('"\\ud800"')).toBe('\ud800');
    expect(written({ type: MessageType.StreamItem, invocationId: '1', item: '\ud800' })).toBe(
      '{"type":2,"invocationId":"1","item":"\\ud800"}',
    );
  });

  it('keeps every character of every plane', () => {
    for (const text of ['\u0000\u001f', '\u007f', 'é', 'מחרוזת', '\u2028', '😀', '\uffff'])
      expect(readArgument(JSON.stringify(text))).toBe(text);
  });
});

describe('D09: numbers', () => {
  it.each([
    ['1e400', Infinity],
    ['-1e400', -Infinity],
    ['-0', -0],
    ['9223372036854775808', 2 ** 63],
    ['9223372036854775807', 2 ** 63],
    ['1e-400', 0],
    ['0.1', 0.1],
  ])('%s is read as the double %d', (text, number) => {
    expect(readArgument(text)).toBe(number);
  });
});

describe('D06: duplicate keys', () => {
  it('are decided by the last one', () => {
    expect(readArgument('{"a":1,"a":2}')).toEqual({ a: 2 });
    expect(read('{"type":1,"target":"a","target":"b","arguments":[1],"arguments":[2]}')).toMatchObject({ target: 'b', arguments: [2] });
    expect(read('{"type":1,"target":"a","target":"b","arguments":[1],"arguments":[2]}x')).toMatchObject({ target: 'b', arguments: [2] });
  });
});

describe('depth', () => {
  it('is 64 levels at the most, the message and the array of its arguments among them', () => {
    expect(readArgument(nested(62))).toBeDefined();
    expect(() => readArgument(nested(63))).toThrow('64 levels');
  });

  it.each([
    '{"type":3,"invocationId":"1","result":X}',
    '{"type":2,"invocationId":"1","item":X}',
    '{"type":6,"unknown":X}',
    '{"type":99,"a":X}',
  ])('counts in every message: %s', (text) => {
    expect(() => read(text.replace('X', nested(63)))).not.toThrow();
    expect(() => read(text.replace('X', nested(64)))).toThrow('64 levels');
  });

  it('counts objects as it counts arrays', () => {
    const objects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    expect(readArgument(objects(62))).toBeDefined();
    expect(() => readArgument(objects(63))).toThrow('64 levels');
  });

  it('honours maximumDepth', () => {
    expect(parseText(json({ maximumDepth: 1 }), '{"type":6}')).toEqual({ type: MessageType.Ping });
    expect(() => parseText(json({ maximumDepth: 1 }), '{"type":6,"a":[]}')).toThrow('1 levels');
    const deep = json({ maximumDepth: 1_000 });
    expect(readArgument(nested(998), deep)).toBeDefined();
    expect(() => readArgument(nested(999), deep)).toThrow('1000 levels');
  });

  it('does not count brackets in strings', () => {
    expect(readArgument(`"${'['.repeat(1_000)}"`)).toHaveLength(1_000);
    expect(readArgument(`"\\"${'['.repeat(1_000)}\\\\"`)).toHaveLength(1_002);
  });

  it('does not count what stands side by side', () => {
    expect(readArgument(`[${Array.from({ length: 1_000 }, () => '[{}]').join(',')}]`)).toHaveLength(1_000);
  });

  it('is counted from the outside where much stands side by side', () => {
    const beside = '[],'.repeat(100);
    expect(readArgument(`[${beside}${nested(61)}]`)).toHaveLength(101);
    expect(() => readArgument(`[${beside}${nested(62)}]`)).toThrow('64 levels');
  });

  it('D04: of 200 000 levels is refused, whether they end or not', () => {
    expect(() => readArgument(nested(200_000))).toThrow('64 levels');
    expect(() => read(`{"type":1,"target":"t","arguments":${'['.repeat(200_000)}`)).toThrow('64 levels');
    expect(() => readArgument(nested(200_000), json({ reviver: (_key, value) => value }))).toThrow('64 levels');
  });
});

describe('D05: a property called __proto__', () => {
  const spellings = ['__proto__', '\\u005f_proto__', '__\\u0070roto__', '\\u005F\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f'];

  it.each(spellings)('is dropped wherever it stands: %s', (name) => {
    const poison = `{"a":[{"${name}":{"admin":true},"b":1}],"${name}":{"admin":true}}`;
    const argument = readArgument(poison) as { a: object[] };
    expect(argument).toEqual({ a: [{ b: 1 }] });
    expect((Object.assign({}, argument) as { admin?: boolean }).admin).toBeUndefined();
    expect((Object.assign({}, argument.a[0]) as { admin?: boolean }).admin).toBeUndefined();
    expect(read(`{"type":3,"invocationId":"1","result":${poison}}`)).toMatchObject({ result: { a: [{ b: 1 }] } });
    expect(read(`{"type":2,"invocationId":"1","item":${poison}}garbage`)).toMatchObject({ item: { a: [{ b: 1 }] } });
  });

  it.each(spellings)('is dropped from the headers and from the message: %s', (name) => {
    const message = read(`{"type":5,"invocationId":"1","headers":{"${name}":"x","a":"b"},"${name}":{"type":1}}`) as { headers: object };
    expect(Object.getOwnPropertyNames(message.headers)).toEqual(['a']);
    expect(message).toEqual({ type: MessageType.CancelInvocation, invocationId: '1', headers: { a: 'b' } });
  });

  it.each(spellings)('is shown to no reviver: %s', (name) => {
    const seen: string[] = [];
    const reviving = json({
      reviver(key, value) {
        seen.push(key);
        return typeof value === 'object' && value !== null ? Object.assign(Array.isArray(value) ? [] : {}, value) : value;
      },
    });
    const argument = readArgument(`{"${name}":{"admin":true},"a":1}`, reviving) as { admin?: boolean };
    expect(argument).toEqual({ a: 1 });
    expect(argument.admin).toBeUndefined();
    expect(seen).not.toContain('__proto__');
  });

  it('leaves constructor and its like as plain data', () => {
    const argument = readArgument('{"constructor":{"prototype":{"admin":true}},"toString":1}') as object;
    expect(Object.getOwnPropertyNames(argument)).toEqual(['constructor', 'toString']);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('does not matter as a value', () => {
    expect(readArgument('"__proto__"')).toBe('__proto__');
  });
});

describe('a reviver', () => {
  it('is called for arguments, items and results, as by JSON.parse, and for nothing else', () => {
    const seen: string[] = [];
    const reviving = json({
      reviver(key, value) {
        seen.push(key);
        return typeof value === 'number' ? value + 1 : value;
      },
    });
    expect(parseText(reviving, '{"type":1,"headers":{"h":"1"},"target":"t","arguments":[1,{"a":2}],"streamIds":["3"],"x":4}')).toEqual({
      type: MessageType.Invocation,
      headers: { h: '1' },
      target: 't',
      arguments: [2, { a: 3 }],
      streamIds: ['3'],
    });
    expect(seen).toEqual(['0', 'a', '1', '']);
    expect(parseText(reviving, '{"type":3,"invocationId":"1","result":1}')).toMatchObject({ result: 2 });
    expect(parseText(reviving, '{"type":2,"invocationId":"1","item":1}')).toMatchObject({ item: 2 });
    expect(parseText(reviving, '{"type":9,"sequenceId":1}')).toMatchObject({ sequenceId: 1 });
  });

  it('has the object that holds the value as its this', () => {
    const reviving = json({
      reviver(key, value) {
        return key === 'a' ? this['b'] : value;
      },
    });
    expect(readArgument('{"a":1,"b":2}', reviving)).toEqual({ a: 2, b: 2 });
  });

  it('makes a null of an item when it returns undefined', () => {
    expect(parseText(json({ reviver: () => undefined }), '{"type":2,"invocationId":"1","item":1}')).toMatchObject({ item: null });
  });

  it('ends the connection with what it throws as the cause', () => {
    const cause = new RangeError('no such date');
    const reviving = json({
      reviver() {
        throw cause;
      },
    });
    const error = thrownBy(() => parseText(reviving, invocation('1')));
    expect(error).toBeInstanceOf(SignalRError);
    expect(error).toMatchObject({ message: 'Error reading JSON.', cause });
  });
});

describe('a message that is written', () => {
  it('leaves out what is empty or was not said', () => {
    expect(written({ type: MessageType.Invocation, headers: {}, invocationId: '', target: 't', arguments: [] })).toBe(
      '{"type":1,"target":"t","arguments":[]}',
    );
    expect(written({ type: MessageType.Close, error: undefined, allowReconnect: false })).toBe('{"type":7}');
  });

  it('keeps an empty list of streams', () => {
    expect(written({ type: MessageType.Invocation, target: 't', arguments: [], streamIds: [] })).toBe(
      '{"type":1,"target":"t","arguments":[],"streamIds":[]}',
    );
  });

  it('has a result when the property is there, whatever it is', () => {
    expect(written({ type: MessageType.Completion, invocationId: '1', result: undefined })).toBe(
      '{"type":3,"invocationId":"1","result":null}',
    );
    expect(written({ type: MessageType.Completion, invocationId: '1' })).toBe('{"type":3,"invocationId":"1"}');
  });

  it('has no result beside an error, and no empty error', () => {
    expect(written({ type: MessageType.Completion, invocationId: '1', error: 'e', result: 1 })).toBe(
      '{"type":3,"invocationId":"1","error":"e"}',
    );
    expect(written({ type: MessageType.Completion, invocationId: '1', error: '', result: 1 })).toBe(
      '{"type":3,"invocationId":"1","result":1}',
    );
  });

  it('is escaped wherever text stands', () => {
    const nasty = 'a"\\\n\u001e\u2028é';
    const message: HubMessage = {
      type: MessageType.Invocation,
      headers: { [nasty]: nasty },
      invocationId: nasty,
      target: nasty,
      arguments: [nasty],
      streamIds: [nasty],
    };
    expect(written(message)).not.toContain(SEPARATOR);
    expect(read(written(message))).toEqual(message);
  });

  it('honours convert: false, which leaves values to JSON.stringify', () => {
    const plain = json({ convert: false });
    const result = (value: unknown): unknown => plain.write({ type: MessageType.Completion, invocationId: '1', result: value });
    expect(result([new Map([[1, 2]]), new Set([1]), new Uint8Array([7]), undefined])).toBe(
      '{"type":3,"invocationId":"1","result":[{},{},{"0":7},null]}\x1e',
    );
    expect(result(undefined)).toBe('{"type":3,"invocationId":"1","result":null}\x1e');
    expect(() => result(1n)).toThrow(TypeError);
    const some = json({ convert: false, replacer: ['a'] });
    expect(some.write({ type: MessageType.Invocation, target: 't', arguments: [{ a: 1, b: 2 }] })).toBe(
      '{"type":1,"target":"t","arguments":[{"a":1}]}\x1e',
    );
  });

  it('honours replacer for arguments, items and results, and for nothing else', () => {
    const replacing = json({ replacer: (_key, value) => (typeof value === 'string' ? value.toUpperCase() : value) });
    expect(written({ type: MessageType.Invocation, headers: { h: 'h' }, target: 't', arguments: ['a', { b: 'c' }] }, replacing)).toBe(
      '{"type":1,"headers":{"h":"h"},"target":"t","arguments":["A",{"b":"C"}]}',
    );
    expect(written({ type: MessageType.Completion, invocationId: 'i', error: 'e' }, replacing)).toContain('"error":"e"');
    expect(written({ type: MessageType.StreamItem, invocationId: 'i', item: 'x' }, replacing)).toContain('"item":"X"');
  });
});
