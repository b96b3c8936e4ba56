import { describe, expect, it } from '@jest/globals';
import { negotiateAnswer, negotiateRefusal, negotiateVersion } from '../../lib/connections/negotiate.js';
import { parseQuery } from '../../lib/connections/request-query.js';
import { thrownBy } from '../protocol/wire.js';

const versionOf = (query: string, minimum = 0): number => negotiateVersion(parseQuery(`/chat/negotiate${query}`), minimum);
const refusal = (query: string, minimum = 0): unknown => thrownBy(() => versionOf(query, minimum));

const notAnInteger = { code: 'ERR_SIGNALR_NEGOTIATE', message: 'The client requested a non-integer protocol version.' };
const notSupported = (version: string) => ({
  code: 'ERR_SIGNALR_NEGOTIATE',
  message: `The client requested version '${version}', but the server does not support this version.`,
});

// signalr.md §1.2; texts are integers as `int.TryParse` of .NET understands them.
describe('the version of a negotiation', () => {
  it.each([
    ['', 0],
    ['?', 0],
    ['?other=1', 0],
    ['?negotiateVersion=0', 0],
    ['?negotiateVersion=1', 1],
    ['?negotiateVersion=2', 1],
    ['?negotiateVersion=2147483647', 1],
    ['?NegotiateVersion=1', 1],
    ['?NEGOTIATEVERSION=1', 1],
    ['?useStatefulReconnect=true&negotiateVersion=1', 1],
    ['?negotiateVersion=%2B1', 1],
    ['?negotiateVersion=+1', 1],
    ['?negotiateVersion=1%20', 1],
    ['?negotiateVersion=000000000001', 1],
    ['?negotiateVersion=-0', 0],
    ['?negotiate%56ersion=1', 1],
  ])('of %j is answered with %d', (query, version) => expect(versionOf(query) + 0).toBe(version));

  it.each([
    '?negotiateVersion=',
    '?negotiateVersion',
    '?negotiateVersion=1.5',
    '?negotiateVersion=1e0',
    '?negotiateVersion=0x1',
    '?negotiateVersion=NaN',
    '?negotiateVersion=Infinity',
    '?negotiateVersion=one',
    '?negotiateVersion=1_0',
    '?negotiateVersion=--1',
    '?negotiateVersion=1%001',
    '?negotiateVersion=2147483648',
    '?negotiateVersion=-2147483649',
    `?negotiateVersion=${2 ** 53}`,
    `?negotiateVersion=${'9'.repeat(10_000)}`,
    '?negotiateVersion=1&negotiateVersion=1',
    '?negotiateVersion=0&NegotiateVersion=1',
  ])('of %j is no integer', (query) => expect(refusal(query)).toMatchObject(notAnInteger));

  it.each(['-1', '-2147483648'])('is refused below zero: %s', (version) => {
    expect(refusal(`?negotiateVersion=${version}`)).toMatchObject(notSupported(version));
  });

  it('is refused below the minimum, and taken for 0 when it is absent', () => {
    expect(refusal('?negotiateVersion=0', 1)).toMatchObject(notSupported('0'));
    expect(refusal('', 1)).toMatchObject(notSupported('0'));
    expect(versionOf('?negotiateVersion=1', 1)).toBe(1);
    expect(versionOf('?negotiateVersion=7', 1)).toBe(1);
  });
});

describe('the answer to a negotiation', () => {
  const names = { id: 'public', token: 'secret' };

  it('names the id, the token and the transports, in this order', () => {
    expect(negotiateAnswer(1, names, ['WebSockets'])).toBe(
      '{"negotiateVersion":1,"connectionId":"public","connectionToken":"secret",' +
        '"availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]}]}',
    );
  });

  it('names the transports that are served in the order in which clients try them, whatever the order in which they were given', () => {
    const { availableTransports } = JSON.parse(negotiateAnswer(1, names, ['LongPolling', 'ServerSentEvents'])) as {
      availableTransports: unknown;
    };
    expect(availableTransports).toEqual([
      { transport: 'ServerSentEvents', transferFormats: ['Text'] },
      { transport: 'LongPolling', transferFormats: ['Text', 'Binary'] },
    ]);
  });

  it('has no token in version 0', () => {
    expect(negotiateAnswer(0, names, ['WebSockets'])).toBe(
      '{"negotiateVersion":0,"connectionId":"public","availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]}]}',
    );
  });

  it('never has what makes clients think of the SignalR before ASP.NET Core', () => {
    expect(negotiateAnswer(1, names, ['WebSockets'])).not.toContain('ProtocolVersion');
  });

  it('has only an error when it is refused', () => {
    expect(negotiateRefusal('Not "this" way.')).toBe('{"error":"Not \\"this\\" way."}');
  });
});
