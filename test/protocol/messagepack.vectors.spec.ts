import { describe, expect, it } from '@jest/globals';
import { type HubMessage, type MessageHeaders, MessageType } from '../../lib/protocol/messages.js';
import { messagePack } from '../../lib/protocol/messagepack.protocol.js';
import { parseBytes, readVectors, thrownBy } from './wire.js';

interface RoundTrip {
  name: string;
  csharp: string;
  bodyHex: string;
  framedHex: string;
}

interface Invalid {
  name: string;
  bodyHex: string;
  error: string;
}

const { roundtrip, invalid } = readVectors<{ roundtrip: RoundTrip[]; invalid: Invalid[] }>('messagepack.json');
const protocol = messagePack();
const read = (hex: string, by = protocol): HubMessage | undefined => parseBytes(by, Buffer.from(hex, 'hex'));
const written = (message: HubMessage, by = protocol): string => Buffer.from(by.write(message) as Uint8Array).toString('hex');

/** What these are about, C# has and JavaScript has not. */
const onlyRead: Record<string, string> = {
  StreamItemWithNoHeadersAndFloatItem: 'a C# float has 32 bits; our 42 is an integer, and our 42.5 has 64',
  CompletionWithNoHeadersAndFloatResult: 'a C# float has 32 bits; our 42 is an integer, and our 42.5 has 64',
};

/** What these are refused for is the type of a parameter, an item or a result, which only the hub knows. */
const onlyBinding = [
  'StreamItemTypeMismatch',
  'CompletionResultTypeMismatch',
  'InvocationArgumentArraySizeMismatchEmpty',
  'InvocationArgumentArraySizeMismatchTooLarge',
  'InvocationArgumentTypeMismatch',
  'StreamInvocationArgumentArraySizeMismatchEmpty',
  'StreamInvocationArgumentArraySizeMismatchTooLarge',
  'StreamInvocationArgumentTypeMismatch',
];

const custom = {
  StringProp: 'SignalR!',
  DoubleProp: 6.2831853071,
  IntProp: 42,
  DateTimeProp: new Date('2017-04-11T00:00:00Z'),
  NullProp: null,
  ByteArrProp: Uint8Array.of(1, 2, 3),
};

const testHeaders: MessageHeaders = { Foo: 'Bar', 'KeyWith\nNew\r\nLines': 'Still Works', ValueWithNewLines: 'Also\nWorks\r\nFine' };

/** The C# expression of a vector as a message of ours. */
function messageOf(csharp: string): HubMessage {
  const inner = /^AddHeaders\(TestHeaders, (.*)\)$/.exec(csharp)?.[1];
  return inner === undefined ? plainMessageOf(csharp) : ({ ...plainMessageOf(inner), headers: testHeaders } as HubMessage);
}

function plainMessageOf(csharp: string): HubMessage {
  const [, name, factory, list] = /^(?:new )?(\w+)Message(?:\.(\w+))?(?:\((.*)\))?$/.exec(csharp) as unknown as string[];
  const given = argumentsOf(list ?? '');
  switch (name) {
    case 'Invocation':
      return invocationOf(given);
    case 'StreamInvocation':
      return callOf(MessageType.StreamInvocation, given);
    case 'StreamItem':
      return { type: MessageType.StreamItem, invocationId: given[0] as string, item: given[1] };
    case 'Completion':
      return completionOf(factory, given);
    case 'CancelInvocation':
      return { type: MessageType.CancelInvocation, invocationId: given[0] as string };
    case 'Close':
      return { type: MessageType.Close, error: (given[0] as string | null) ?? undefined, allowReconnect: given[1] === true };
    case 'Ack':
      return { type: MessageType.Ack, sequenceId: given[0] as number };
    case 'Sequence':
      return { type: MessageType.Sequence, sequenceId: given[0] as number };
    default:
      return { type: MessageType.Ping };
  }
}

/** The arguments of a C# call, which are nearly JSON. */
function argumentsOf(list: string): unknown[] {
  const text = list
    .replaceAll(/\b(error|payload|item|allowReconnect): /g, '')
    .replaceAll('Array.Empty<object>()', '[]')
    .replaceAll(/new ?(?:object|string)?\[\] \{ (.*?) \}/g, '[$1]')
    .replaceAll('new CustomObject()', '{"custom":true}')
    .replaceAll('TestEnum.One', '"One"')
    .replaceAll('42.0f', '42');
  return JSON.parse(`[${text}]`, (_key, value: unknown) => (isCustom(value) ? custom : value)) as unknown[];
}

const isCustom = (value: unknown): boolean => typeof value === 'object' && value !== null && 'custom' in value;

/** One of C#'s constructors has no id, the others have one, or null. */
function invocationOf(given: unknown[]): HubMessage {
  return callOf(MessageType.Invocation, Array.isArray(given[1]) ? [null, ...given] : given);
}

function callOf(type: 1 | 4, [id, target, list, streamIds]: unknown[]): HubMessage {
  const call = { type, target, arguments: list, streamIds };
  return (id === null ? call : { ...call, invocationId: id }) as HubMessage;
}

function completionOf(factory: string, [id, outcome]: unknown[]): HubMessage {
  const completion = { type: MessageType.Completion, invocationId: id as string };
  if (factory === 'WithError') return { ...completion, error: outcome as string };
  return factory === 'WithResult' ? { ...completion, result: outcome } : completion;
}

describe('the MessagePack protocol and the vectors of ASP.NET Core', () => {
  it.each(roundtrip.filter(({ name }) => !(name in onlyRead)))('writes $name', ({ csharp, framedHex }) => {
    expect(written(messageOf(csharp))).toBe(framedHex);
  });

  it.each(roundtrip)('reads $name', ({ csharp, bodyHex }) => {
    const message = read(bodyHex) as HubMessage;
    expect(message).toEqual(messageOf(csharp));
    expect('result' in message).toBe(csharp.includes('WithResult'));
  });

  it.each(invalid.filter(({ name }) => !onlyBinding.includes(name)))('refuses in the same words: $name', ({ bodyHex, error }) => {
    // The one type that we know is C#'s object.
    const message = error.replace('`String`', '`Object`');
    expect(thrownBy(() => read(bodyHex))).toMatchObject({ name: 'InvalidDataException', message });
  });

  it.each(invalid.filter(({ name }) => onlyBinding.includes(name)))('accepts what is for the hub to judge: $name', ({ bodyHex }) => {
    expect(read(bodyHex)).toBeDefined();
  });

  it('knows every vector that it makes an exception of', () => {
    const names = [...roundtrip, ...invalid].map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...Object.keys(onlyRead), ...onlyBinding]));
  });
});

describe('the shorter forms that other clients write', () => {
  it('are a call without streams', () => {
    expect(read('950180c0a66d6574686f6490')).toEqual({ type: MessageType.Invocation, target: 'method', arguments: [] });
    expect(read('950480a131a66d6574686f6490')).toMatchObject({ type: MessageType.StreamInvocation, target: 'method' });
  });

  it('are a goodbye without an opinion on coming back, as the official client says it', () => {
    expect(read('9207c0')).toEqual({ type: MessageType.Close });
  });
});

describe('keys: camel', () => {
  const camel = messagePack({ keys: 'camel' });
  const [vector] = roundtrip.filter(({ name }) => name === 'CompletionWithNoHeadersAndCustomObjectArrayResult');
  const names = Object.entries(custom).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]);
  const result = [Object.fromEntries(names), Object.fromEntries(names)];

  it('reads what MessagePack-CSharp wrote as System.Text.Json would have written it', () => {
    expect(read(vector.bodyHex, camel)).toEqual({ type: MessageType.Completion, invocationId: 'xyz', result });
  });

  it('writes what MessagePack-CSharp reads', () => {
    expect(written({ type: MessageType.Completion, invocationId: 'xyz', result }, camel)).toBe(vector.framedHex);
  });
});
