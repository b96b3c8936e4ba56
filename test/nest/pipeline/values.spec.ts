import { describe, expect, it } from '@jest/globals';
import { Arg, Hub, HubMethod } from 'nestjs-signalr';
import { createTestClient, type TestClient } from 'nestjs-signalr/testing';
import { appOf } from '../../support/app-of.js';

const describeValue = (value: unknown): unknown => {
  if (value instanceof Date) return ['Date', value.getTime()];
  if (value instanceof Uint8Array) return [value.constructor.name, ...value];
  return value ?? String(value);
};

class Note {
  declare at: string;
}

@Hub('/values')
class ValuesHub {
  @HubMethod()
  date(value: Date, other?: Date) {
    return [value, other].map(describeValue);
  }

  @HubMethod()
  bytes(value: Uint8Array) {
    return describeValue(value);
  }

  @HubMethod()
  buffer(value: Buffer) {
    return describeValue(value);
  }

  @HubMethod()
  piped(@Arg({ transform: describeValue }) value: Date) {
    return value;
  }

  @HubMethod()
  nested(value: Note) {
    return describeValue(value.at);
  }

  @HubMethod()
  untyped(value: unknown) {
    return describeValue(value);
  }
}

const clientOf = async (protocol: 'json' | 'messagepack'): Promise<TestClient> =>
  createTestClient(await appOf([ValuesHub], { enableDetailedErrors: true }), ValuesHub, { protocol });

const NOON = Date.UTC(2024, 1, 29, 12, 0, 0, 250);

describe.each(['json', 'messagepack'] as const)('over %s', (protocol) => {
  it('a parameter of type Date gets a Date', async () => {
    const client = await clientOf(protocol);
    expect(await client.invoke('date', new Date(NOON), new Date(0))).toEqual([
      ['Date', NOON],
      ['Date', 0],
    ]);
  });

  it('a parameter of type Uint8Array gets bytes, and one of type Buffer a Buffer', async () => {
    const client = await clientOf(protocol);
    const bytes = new Uint8Array([0, 1, 254, 255]);
    expect(await client.invoke('bytes', bytes)).toEqual(['Uint8Array', 0, 1, 254, 255]);
    expect(await client.invoke('buffer', bytes)).toEqual(['Buffer', 0, 1, 254, 255]);
    expect(await client.invoke('bytes', new Uint8Array())).toEqual(['Uint8Array']);
  });

  it('null and what is left out pass', async () => {
    const client = await clientOf(protocol);
    expect(await client.invoke('date', null, null)).toEqual(['null', 'null']);
    expect(await client.invoke('bytes', null)).toBe('null');
  });

  it('pipes see what the parameter is', async () => {
    const client = await clientOf(protocol);
    expect(await client.invoke('piped', new Date(0))).toEqual(['Date', 0]);
  });

  it.each([
    ['date', 'yesterday'],
    ['date', '1'],
    ['date', '2024-13-01'],
    ['date', '2024-02-30'],
    ['date', '2023-02-29T00:00:00Z'],
    ['date', 0],
    ['date', {}],
    ['bytes', 'no base64'],
    ['bytes', 'AA'],
    ['bytes', [0, 1]],
    ['buffer', 7],
  ])('the call of %s with %j does not fit', async (method, value) => {
    const client = await clientOf(protocol);
    await expect(client.invoke(method, ...(method === 'date' ? [value, null] : [value]))).rejects.toThrow(
      'InvalidDataException: Error binding arguments.',
    );
  });
});

describe('over JSON', () => {
  it.each([
    ['2024-02-29T12:00:00.25Z', NOON],
    ['2024-02-29T12:00:00.2500000Z', NOON],
    ['2024-02-29T13:00:00.250+01:00', NOON],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ])('%s is a date', async (text, time) => {
    const client = await clientOf('json');
    expect(await client.invoke('date', text, null)).toEqual([['Date', time], 'null']);
  });

  it('what no type names stays the text that it is', async () => {
    const client = await clientOf('json');
    const [date, bytes] = [new Date(NOON), new Uint8Array([1])];
    expect([await client.invoke('untyped', date), await client.invoke('untyped', bytes)]).toEqual([date.toISOString(), 'AQ==']);
    expect(await client.invoke('nested', { at: date })).toBe(date.toISOString());
  });
});

describe('over MessagePack', () => {
  it('values are what they are, whatever names them', async () => {
    const client = await clientOf('messagepack');
    expect(await client.invoke('untyped', new Date(NOON))).toEqual(['Date', NOON]);
    expect(await client.invoke('nested', { at: new Date(NOON) })).toEqual(['Date', NOON]);
  });

  it('the texts of JSON pass too', async () => {
    const client = await clientOf('messagepack');
    expect(await client.invoke('date', new Date(NOON).toISOString(), null)).toEqual([['Date', NOON], 'null']);
    expect(await client.invoke('bytes', 'AQI=')).toEqual(['Uint8Array', 1, 2]);
  });
});
