import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frame } from '../../lib/connections/transports/web-socket.frame.js';
import { FrameDecoder, Opcode, type WireFrame } from '../support/web-socket-frames.js';

/** What stands on the wire: a frame that is a string is written as latin1. */
const onTheWire = (data: string | Uint8Array, isText: boolean): Buffer => Buffer.from(frame(data, isText) as string, 'latin1');

function decode(data: string | Uint8Array, isText: boolean): WireFrame {
  const decoder = new FrameDecoder();
  const frames = decoder.push(onTheWire(data, isText));
  expect(frames).toHaveLength(1);
  expect(decoder.rest).toBe(0);
  return frames[0];
}

const whole = (opcode: number, payload: Buffer): WireFrame => ({ final: true, reserved: 0, opcode, masked: false, payload });

const lengths: [length: number, header: number][] = [
  [0, 2],
  [1, 2],
  [125, 2],
  [126, 4],
  [127, 4],
  [65_535, 4],
  [65_536, 10],
  [2 ** 24 + 1, 10],
];

describe('a frame', () => {
  it.each(lengths)('of %d bytes has the shortest header that RFC 6455 allows, %d bytes', (length, header) => {
    expect(onTheWire('x'.repeat(length), true)).toHaveLength(header + length);
    expect(onTheWire(Buffer.alloc(length), false)).toHaveLength(header + length);
  });

  it.each(lengths)('carries %d characters of ASCII as text', (length) => {
    const payload = Buffer.alloc(length, 'abcdefghi');
    const { payload: read, ...others } = decode(payload.toString(), true);
    expect(others).toEqual({ final: true, reserved: 0, opcode: Opcode.Text, masked: false });
    expect(read.equals(payload)).toBe(true);
  });

  it.each(lengths)('carries %d bytes as binary', (length) => {
    const payload = Buffer.alloc(length, Buffer.from([0, 1, 127, 128, 254, 255]));
    const { payload: read, opcode } = decode(payload, false);
    expect(opcode).toBe(Opcode.Binary);
    expect(read.equals(payload)).toBe(true);
  });

  it.each([1, 62, 63, 32_767, 32_768, 2 ** 23])('carries %d characters of two bytes each', (characters) => {
    const text = 'é'.repeat(characters);
    const { payload } = decode(text, true);
    expect(payload.length).toBe(2 * characters);
    expect(payload.equals(Buffer.from(text))).toBe(true);
  });

  it.each<[string, string]>([
    ['characters that latin1 has too', 'é ÿ \u0080 \u00a0'],
    ['the only one of them in a short text', `${'x'.repeat(60)}é`],
    ['as many bytes as the shortest header can say', `${'x'.repeat(123)}é`],
    ['one byte more than that, with no more characters', `${'x'.repeat(124)}é`],
    ['three bytes a character', '€'.repeat(40)],
    ['four bytes a character', '😀'.repeat(30)],
    ['control characters', '\u0000\u001e\u007f\r\n'],
    ['the mark of a byte order', '\ufeff{"type":6}\u001e'],
  ])('carries text with %s as UTF-8', (_, text) => {
    expect(decode(text, true)).toEqual(whole(Opcode.Text, Buffer.from(text)));
  });

  it.each(['\ud800', '\udc00', 'a\ud800b', `${'x'.repeat(124)}\udfff`, '\udc00\ud800'])(
    'is valid UTF-8 even for half a character: %j',
    (text) => {
      const { payload } = decode(text, true);
      expect(new TextDecoder('utf-8', { fatal: true }).decode(payload)).toBe(text.replace(/[\ud800-\udfff]/g, '\ufffd'));
    },
  );

  it('carries text in a binary frame where the connection speaks binary', () => {
    expect(decode('{}\u001e', false)).toEqual(whole(Opcode.Binary, Buffer.from('{}\u001e')));
    expect(decode('é'.repeat(100), false)).toEqual(whole(Opcode.Binary, Buffer.from('é'.repeat(100))));
  });

  it('carries bytes in a text frame where the connection speaks text', () => {
    expect(decode(Buffer.from('é'), true)).toEqual(whole(Opcode.Text, Buffer.from('é')));
  });

  it('carries a part of a larger buffer', () => {
    expect(decode(Buffer.from('0123456789').subarray(3, 5), false)).toEqual(whole(Opcode.Binary, Buffer.from('34')));
  });

  it('does not follow the bytes that it was made of', () => {
    const bytes = Buffer.from('abc');
    const made = frame(bytes, false);
    bytes.fill('x');
    expect(
      Buffer.from(made as Buffer)
        .subarray(2)
        .toString(),
    ).toBe('abc');
  });

  it('is a string only for short ASCII, which latin1 writes byte by byte', () => {
    expect(typeof frame('x'.repeat(125), true)).toBe('string');
    expect(typeof frame('x'.repeat(126), true)).not.toBe('string');
    expect(typeof frame('é', true)).not.toBe('string');
  });

  it('carries any text and any bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    const carries = (data: string | Uint8Array, isText: boolean): void =>
      expect(decode(data, isText).payload.equals(Buffer.from(data as string))).toBe(true);
    fc.assert(fc.property(text, (given) => carries(given, true)));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (given) => carries(given, false)));
  });

  it('stays whole among others, however they are cut', () => {
    const wire = Buffer.concat(['a', 'é'.repeat(70), '', 'x'.repeat(70_000)].map((text) => onTheWire(text, true)));
    const decoder = new FrameDecoder();
    const payloads: number[] = [];
    for (let offset = 0; offset < wire.length; offset += 7)
      payloads.push(...decoder.push(wire.subarray(offset, offset + 7)).map(({ payload }) => payload.length));
    expect(payloads).toEqual([1, 140, 0, 70_000]);
  });
});
