import { describe, expect, it } from '@jest/globals';
import { dialects, PreparedCall, wire } from './harness.js';

/** A server's frame around a text. */
function frame(text: string, first = 0x81): Buffer {
  const { length } = text;
  const header = length < 126 ? [first, length] : [first, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), Buffer.from(text)]);
}

function read(chunks: Buffer[]): string[] {
  const payloads: string[] = [];
  const reader = new wire.FrameReader((bytes, start, end) => payloads.push(bytes.toString('utf8', start, end)));
  for (const chunk of chunks) reader.push(chunk, 0, chunk.length);
  return payloads;
}

describe('frames of a server', () => {
  it('are found wherever a read cuts them', () => {
    const texts = ['one', '', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(300)];
    const bytes = Buffer.concat(texts.map((text) => frame(text)));
    for (let cut = 0; cut <= bytes.length; cut++) expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(texts);
  });

  it('are a fault when they close the connection, with its reason', () => {
    expect(() => read([frame('\u0003\u00e8bye', 0x88)])).toThrow('closed by the server');
  });

  it('are a fault when they are no whole message', () => {
    expect(() => read([frame('half', 0x01)])).toThrow('no whole message');
  });
});

describe('prepared calls', () => {
  it('are bare where there are no frames', () => {
    const { call } = dialects.json;
    const prepared = new PreparedCall(call('Echo', ['a10000000'], '10000000'), undefined);
    const bytes = Buffer.alloc(prepared.length);
    prepared.writeTo(bytes, 0, 12_345_678);
    expect(String(bytes)).toBe(String(call('Echo', ['a12345678'], '12345678')));
  });

  it('carry their number in every place, masked', () => {
    const { call, opcode } = dialects.json;
    const prepared = new PreparedCall(call('Echo', ['a10000000'], '10000000'), opcode);
    const bytes = Buffer.alloc(prepared.length * 2);
    const end = prepared.writeTo(bytes, prepared.writeTo(bytes, 0, 12_345_678), 99_999_999);
    expect(end).toBe(bytes.length);
    expect(unmask(bytes.subarray(0, prepared.length))).toBe(String(call('Echo', ['a12345678'], '12345678')));
    expect(unmask(bytes.subarray(prepared.length))).toBe(String(call('Echo', ['a99999999'], '99999999')));
  });
});

/** The payload of one short frame of a client. */
function unmask(bytes: Buffer): string {
  const mask = bytes.subarray(2, 6);
  return String(bytes.subarray(6).map((byte, index) => byte ^ mask[index % 4]));
}
