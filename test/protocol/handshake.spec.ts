import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { handshakeErrors, SignalRError } from '../../lib/common/errors.js';
import {
  type HandshakeRequest,
  type HandshakeResponse,
  parseHandshakeRequest,
  parseHandshakeResponse,
  writeHandshakeRequest,
  writeHandshakeResponse,
} from '../../lib/protocol/handshake.js';
import { type Case, readVectors, SEPARATOR, thrownBy } from './wire.js';

const vectors = readVectors<{ ok: Case[]; invalid: Case[] }>('handshake.json');

/** Reads a text that ends with the separator, or none, as it would be found on the wire. */
function within<T>(parse: (bytes: Buffer, start: number, end: number) => T, text: string): T {
  const bytes = Buffer.from(`before${text}`);
  return parse(bytes, 'before'.length, text.endsWith(SEPARATOR) ? bytes.length - 1 : bytes.length);
}
const request = (text: string): HandshakeRequest => within(parseHandshakeRequest, text);
const response = (text: string): HandshakeResponse => within(parseHandshakeResponse, text);

describe('a handshake request', () => {
  it.each(vectors.ok)('is read as ASP.NET Core reads it: $input', ({ input, expect: protocol, extra }) => {
    expect(request(input)).toEqual({ protocol, version: Number(extra) });
  });

  it.each(vectors.invalid)('is refused in the words of ASP.NET Core: $input', ({ input, expect: message }) => {
    expect(thrownBy(() => request(input))).toMatchObject({ name: 'InvalidDataException', message });
  });

  it.each([0, -1, 2_147_483_647, -2_147_483_648])('may ask for version %d', (version) => {
    expect(request(`{"protocol":"json","version":${version}}`)).toEqual({ protocol: 'json', version });
  });

  it.each(['1.5', '2147483648', '1e400', 'true', '[]'])('is refused with the version %s', (version) => {
    expect(() => request(`{"protocol":"json","version":${version}}`)).toThrow("Expected 'version' to be of type Number.");
  });

  it('misses its version when that is null, as for ASP.NET Core', () => {
    expect(() => request('{"protocol":"json","version":null}')).toThrow("Missing required property 'version'.");
  });

  it('is read with space between its tokens', () => {
    expect(request(' {\t"protocol" : "json" ,\r\n"version" : 1 } ')).toEqual({ protocol: 'json', version: 1 });
  });

  it('skips unknown properties of every kind', () => {
    const unknown = '"a":{"protocol":"x","b":[1,"}"]},"c":"\\"}","d":[[]],"e":false';
    expect(request(`{${unknown},"protocol":"json","version":1}`)).toEqual({ protocol: 'json', version: 1 });
  });

  it('may be followed by anything', () => {
    expect(request('{"protocol":"json","version":1}]]"garbage')).toEqual({ protocol: 'json', version: 1 });
  });

  it.each([
    '',
    '{',
    '{"protocol"',
    '{"protocol":"json","version":1',
    '{"protocol":"json",}',
    '{protocol:"json"}',
    '{"a" 1}',
    '{"a":1 "b":2}',
  ])('is refused when it is no JSON: %s', (text) => {
    expect(() => request(text)).toThrow('Error reading JSON.');
  });

  it('is refused with a byte order mark', () => {
    expect(() => request('\ufeff{"protocol":"json","version":1}')).toThrow('Error reading JSON.');
  });

  it('is refused when it is no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"protocol":"'), Buffer.from([0xff]), Buffer.from('","version":1}')]);
    expect(() => parseHandshakeRequest(bytes, 0, bytes.length)).toThrow('UTF-8');
  });

  it('is refused when it is nested deeper than 64 levels', () => {
    expect(() => request(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).toThrow('64 levels');
  });

  it('cannot reach a prototype', () => {
    expect(() => request('{"__proto__":{"protocol":"json","version":1}}')).toThrow("Missing required property 'protocol'.");
  });

  it('throws nothing but our own errors, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const error = thrownBy(() => parseHandshakeRequest(Buffer.from(bytes), 0, bytes.length));
        expect(error === undefined || error instanceof SignalRError).toBe(true);
      }),
    );
  });

  it('is written as a client writes it', () => {
    expect(writeHandshakeRequest('json', 1)).toBe(`{"protocol":"json","version":1}${SEPARATOR}`);
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (protocol, version) => {
        expect(request(writeHandshakeRequest(protocol, version))).toEqual({ protocol, version });
      }),
    );
  });
});

describe('the answer to a handshake', () => {
  it('is an empty object when all is well', () => {
    expect(writeHandshakeResponse()).toBe(`{}${SEPARATOR}`);
    expect(writeHandshakeResponse('')).toBe(`{}${SEPARATOR}`);
    expect(response('{}')).toEqual({});
  });

  it('brings an error, escaped where it must be', () => {
    expect(writeHandshakeResponse('a "b"\n')).toBe(`{"error":"a \\"b\\"\\n"}${SEPARATOR}`);
    expect(response(writeHandshakeResponse('a "b"\n'))).toEqual({ error: 'a "b"\n' });
  });

  it('skips what it does not know', () => {
    expect(response('{"minorVersion":1,"error":"no"}')).toEqual({ error: 'no' });
  });

  it('is no hub message', () => {
    expect(() => response('{"type":6}')).toThrow('Expected a handshake response from the server.');
  });

  it('has a text for its error', () => {
    expect(() => response('{"error":1}')).toThrow("Expected 'error' to be of type String.");
  });
});

describe('the errors of a handshake', () => {
  it.each([
    [handshakeErrors.unknownProtocol('dummy'), "The protocol 'dummy' is not supported."],
    [handshakeErrors.versionTooHigh(3, 'json'), "The server does not support version 3 of the 'json' protocol."],
    [
      handshakeErrors.binaryOnText('messagepack'),
      "Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' transfer format.",
    ],
    [handshakeErrors.canceled(), 'Handshake was canceled.'],
    [handshakeErrors.unexpected(), 'An unexpected error occurred during connection handshake.'],
    [
      handshakeErrors.unexpected("InvalidDataException: Expected 'version' to be of type Number."),
      "An unexpected error occurred during connection handshake. InvalidDataException: Expected 'version' to be of type Number.",
    ],
  ])('have the words of ASP.NET Core: %s', (error, message) => {
    expect(error).toBeInstanceOf(SignalRError);
    expect(error.message).toBe(message);
  });
});
