import { describe, expect, it } from '@jest/globals';
import { json } from '../../lib/protocol/json.protocol.js';
import { type HubMessage, type MessageHeaders, MessageType } from '../../lib/protocol/messages.js';
import { type Case, parseText, readVectors, SEPARATOR, thrownBy } from './wire.js';

interface RoundTrip {
  name: string;
  csharp: string;
  camelCase: boolean;
  ignoreNull: boolean;
  json: string;
}

type Vectors = { roundtrip: RoundTrip[] } & Record<'invalid' | 'invalid_stj' | 'binding_int_string' | 'extra_ok' | 'bad_nesting', Case[]>;

const vectors = readVectors<Vectors>('json.json');
const protocol = json();

/** Where the object that a vector is about comes from: what a user writes, or what a peer is read to have sent. */
type Side = 'written' | 'read';

/**
 * The `CustomObject` of the vectors. Its settings need no counterpart: `camelCase` is how the user names his properties, and `ignoreNull`
 * whether he has the property. Only its `DateTime` cannot be a `Date`: that has milliseconds and would be written as `…:00.000Z`.
 */
function custom(vector: RoundTrip, side: Side): object {
  const properties: [string, unknown][] = [
    ['StringProp', 'SignalR!'],
    ['DoubleProp', 6.2831853071],
    ['IntProp', 42],
    ['DateTimeProp', '2017-04-11T00:00:00Z'],
    ...(vector.ignoreNull ? [] : [['NullProp', null] as [string, unknown]]),
    ['ByteArrProp', side === 'written' ? Uint8Array.of(1, 2, 3) : 'AQID'],
  ];
  return Object.fromEntries(
    properties.map(([name, value]) => [vector.camelCase ? name.charAt(0).toLowerCase() + name.slice(1) : name, value]),
  );
}

const testHeaders: MessageHeaders = { Foo: 'Bar', 'KeyWith\nNew\r\nLines': 'Still Works', ValueWithNewLines: 'Also\nWorks\r\nFine' };

/** A `DateTimeOffset` of .NET: a `Date` has no offset, so it is text for us. */
const offsetDate = '2016-05-10T13:51:20+12:34';

/** The C# expression of a vector as a message of ours. */
function messageOf(vector: RoundTrip, side: Side): HubMessage {
  const message = withoutHeaders(vector, side);
  return vector.csharp.startsWith('AddHeaders(') ? ({ ...message, headers: testHeaders } as HubMessage) : message;
}

function withoutHeaders(vector: RoundTrip, side: Side): HubMessage {
  const [, kind] = vector.csharp.match(/(?:new |AddHeaders\(TestHeaders, (?:new )?|^)(\w+Message)/) ?? [];
  switch (kind) {
    case 'InvocationMessage':
    case 'StreamInvocationMessage':
      return callOf(vector, side);
    case 'StreamItemMessage':
      return { type: MessageType.StreamItem, invocationId: idOf(vector), item: valueOf(vector, side) };
    case 'CompletionMessage':
      return completionOf(vector, side);
    case 'CancelInvocationMessage':
      return { type: MessageType.CancelInvocation, invocationId: '123' };
    case 'CloseMessage':
      return closeOf(vector);
    case 'AckMessage':
      return { type: MessageType.Ack, sequenceId: 102020 };
    case 'SequenceMessage':
      return { type: MessageType.Sequence, sequenceId: 98764321 };
    default:
      return { type: MessageType.Ping };
  }
}

function callOf(vector: RoundTrip, side: Side): HubMessage {
  const invocationId = /Message\((?:null, )?"(123|3)"/.exec(vector.csharp)?.[1];
  const target = /"(Target|Method)"/.exec(vector.csharp)?.[1] as string;
  const streamIds = /new string\[\] \{ (.*?) \}/
    .exec(vector.csharp)?.[1]
    .split(', ')
    .map((id) => id.replaceAll('"', ''));
  const call = { target, arguments: argumentsOf(vector, side), ...(streamIds && { streamIds }) };
  if (vector.name.startsWith('Stream')) return { type: MessageType.StreamInvocation, invocationId: invocationId as string, ...call };
  return { type: MessageType.Invocation, ...(invocationId && { invocationId }), ...call };
}

function argumentsOf(vector: RoundTrip, side: Side): unknown[] {
  const list = /new object\[\] \{ (.*) \}/.exec(vector.csharp.replace(/, new string\[\].*/, ''))?.[1];
  if (list === undefined) return [];
  if (list.startsWith('new CustomObject')) return [custom(vector, side)];
  return list.startsWith('DateTimeOffset') ? [offsetDate] : (JSON.parse(`[${list}]`) as unknown[]);
}

function valueOf(vector: RoundTrip, side: Side): unknown {
  if (vector.csharp.includes('new CustomObject')) return custom(vector, side);
  return JSON.parse(/"(?:123|1a)", (.*)\)/.exec(vector.csharp)?.[1] as string);
}

const idOf = (vector: RoundTrip): string => /\("(\w+)"/.exec(vector.csharp)?.[1] as string;

function completionOf(vector: RoundTrip, side: Side): HubMessage {
  const message = { type: MessageType.Completion, invocationId: idOf(vector) };
  if (vector.csharp.includes('WithError')) return { ...message, error: 'Whoops!' };
  if (vector.csharp.includes('hasResult: true')) return { ...message, result: 10 };
  return vector.csharp.includes('WithResult') ? { ...message, result: valueOf(vector, side) } : message;
}

function closeOf(vector: RoundTrip): HubMessage {
  const error = /CloseMessage\("(.*?)"/.exec(vector.csharp)?.[1];
  const allowReconnect = vector.csharp.includes('allowReconnect: true');
  return { type: MessageType.Close, ...(error !== undefined && { error }), ...(allowReconnect && { allowReconnect }) };
}

/** The vectors called `…First` have their properties in an order that nobody writes. */
const inWrittenOrder = vectors.roundtrip.filter(({ name }) => !name.endsWith('First'));

describe('the JSON protocol and the vectors of ASP.NET Core', () => {
  it.each(inWrittenOrder)('writes $name', (vector) => {
    expect(protocol.write(messageOf(vector, 'written'))).toBe(vector.json + SEPARATOR);
  });

  it.each(vectors.roundtrip)('reads $name', (vector) => {
    const message = parseText(protocol, vector.json);
    expect(message).toEqual(messageOf(vector, 'read'));
    expect('result' in (message as HubMessage)).toBe(vector.json.includes('"result"'));
  });

  it.each([...vectors.invalid, ...vectors.invalid_stj])('D02: refuses in the same words: $input', ({ input, expect: message }) => {
    expect(thrownBy(() => parseText(protocol, input))).toMatchObject({ name: 'InvalidDataException', message });
  });

  it.each([...vectors.invalid, ...vectors.invalid_stj])(
    'refuses in the same words with a reviver: $input',
    ({ input, expect: message }) => {
      const reviving = json({ reviver: (_key, value) => value });
      expect(thrownBy(() => parseText(reviving, input))).toMatchObject({ name: 'InvalidDataException', message });
    },
  );

  it.each(vectors.bad_nesting)('refuses bad nesting: $input', ({ input }) => {
    expect(() => parseText(protocol, input)).toThrow('Error reading JSON.');
  });

  it.each([...vectors.extra_ok, ...vectors.binding_int_string])('accepts what is for the hub to judge: $input', ({ input }) => {
    expect(parseText(protocol, input)).toMatchObject({ invocationId: '42', target: 'foo' });
  });

  it('drops properties that it does not know', () => {
    expect(Object.keys(parseText(protocol, vectors.extra_ok[0].input) as HubMessage)).not.toContain('extraParameter');
  });

  it('writes a Date in UTC and with milliseconds, where .NET keeps an offset and leaves zeros out', () => {
    const message: HubMessage = { type: MessageType.StreamItem, invocationId: '1', item: new Date(offsetDate) };
    expect(protocol.write(message)).toBe(`{"type":2,"invocationId":"1","item":"2016-05-10T01:17:20.000Z"}${SEPARATOR}`);
  });
});
