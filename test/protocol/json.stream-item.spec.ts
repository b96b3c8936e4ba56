import { describe, expect, it } from '@jest/globals';
import { json } from 'nestjs-signalr';

const protocol = json();
const read = (text: string): unknown => protocol.parse(Buffer.from(text), 0, Buffer.byteLength(text));
const item = (value: unknown): object => ({ type: 2, invocationId: 'a-1', item: value });

describe('an item of a stream', () => {
  it.each([
    ['in JavaScript', (text: string) => `{"invocationId":"a-1","item":${text},"type":2}`],
    ['in .NET', (text: string) => `{"type":2,"invocationId":"a-1","item":${text}}`],
    ['by hand', (text: string) => `{ "item": ${text}, "type": 2, "invocationId": "a-1" }`],
    ['with headers', (text: string) => `{"invocationId":"a-1","item":${text},"headers":{},"type":2}`],
  ])('is the same written %s', (_, write) => {
    const values = [7, null, '"}, é€😀', { a: [1, { type: 2 }], item: '","item":' }, [[]]];
    for (const value of values) expect(read(write(JSON.stringify(value)))).toMatchObject(item(value));
    expect(read(write('{"__proto__":{"a":1},"b":2}'))).toMatchObject(item({ b: 2 }));
  });

  it.each([
    ['{"invocationId":"a-1","item":1,"item":2,"type":2}', item(2)],
    ['{"type":2,"invocationId":"a-1","item":1,"invocationId":"b"}', { type: 2, invocationId: 'b', item: 1 }],
    ['{"invocationId":"\\u0061-1","item":1,"type":2}', item(1)],
    ['{"invocationId":"a-1","item":1,"x":",","type":2}', item(1)],
    ['{"type":2,"invocationId":"a-1","item":1,"type":1,"target":"t","arguments":[]}', { type: 1, target: 't' }],
  ])('is what the rest of it says: %s', (text, message) => {
    expect(read(text)).toMatchObject(message);
  });

  it.each([
    ['{"invocationId":"","item":1,"type":2}', "Missing required property 'invocationId'."],
    ['{"invocationId":"a-1","item":,"type":2}', 'Error reading JSON.'],
    ['{"type":2,"invocationId":"a\u0001","item":1}', 'Error reading JSON.'],
    ['{"type":2,"invocationId":"a-1"}', "Missing required property 'item'."],
  ])('is wrong as any other message is: %j', (text, error) => {
    expect(() => read(text)).toThrow(error);
  });
});
