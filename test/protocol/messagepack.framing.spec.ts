import { describe, expect, it } from '@jest/globals';
import { binaryFraming, FrameReader } from '../../lib/protocol/framing.js';
import { readVectors, thrownBy } from './wire.js';

const { roundtrip } = readVectors<{ roundtrip: { name: string; bodyHex: string; framedHex: string }[] }>('messagepack.json');

/** Collects the frames of the chunks as hexadecimal digits. */
function read(chunks: (string | Buffer)[], maximum = 0): { frames: string[]; reader: FrameReader } {
  const reader = new FrameReader(binaryFraming, maximum);
  const frames: string[] = [];
  for (const chunk of chunks) {
    reader.push(typeof chunk === 'string' ? Buffer.from(chunk, 'hex') : chunk, (bytes, start, end) =>
      frames.push(bytes.toString('hex', start, end)),
    );
  }
  return { frames, reader };
}

/** The length that a frame of so many bytes begins with. */
function prefix(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.from([...bytes, rest]);
}

describe('frames of bytes', () => {
  it.each(roundtrip)('are found as ASP.NET Core writes them: $name', ({ bodyHex, framedHex }) => {
    expect(read([framedHex]).frames).toEqual([bodyHex]);
  });

  it('are handed on in order, all those of one chunk', () => {
    expect(read(['01aa02bbcc0003112233']).frames).toEqual(['aa', 'bbcc', '', '112233']);
  });

  it('may have no bytes', () => {
    expect(read(['00']).frames).toEqual(['']);
    expect(read(['8000']).frames).toEqual(['']);
  });

  it('are the same for every place where the chunks are cut', () => {
    const long = 'ab'.repeat(200);
    const bytes = Buffer.from(`02aabb00c801${long}0311`, 'hex');
    for (let first = 0; first <= bytes.length; first++) {
      const { frames, reader } = read([bytes.subarray(0, first), bytes.subarray(first)]);
      expect(frames).toEqual(['aabb', '', long]);
      expect(reader.isPartial).toBe(true);
    }
  });

  it('are the same when they come a byte at a time', () => {
    const bytes = Buffer.concat([prefix(20_000), Buffer.alloc(20_000, 1), Buffer.from([1, 2])]);
    expect(read(Array.from(bytes, (byte) => Buffer.from([byte]))).frames).toEqual(['01'.repeat(20_000), '02']);
  });

  it.each([0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000])('may have %d bytes', (length) => {
    expect(read([Buffer.concat([prefix(length), Buffer.alloc(length)])]).frames[0]).toHaveLength(2 * length);
  });

  it('may spell their length in more bytes than it needs, up to five', () => {
    expect(read(['8180808000aa']).frames).toEqual(['aa']);
  });

  it('E08: 10 000 of them in one chunk are handed on without holding any of it', () => {
    const { frames, reader } = read([Buffer.from('029106'.repeat(10_000), 'hex')]);
    expect(frames).toHaveLength(10_000);
    expect(reader.isPartial).toBe(false);
  });
});

describe('E01: the length of a frame', () => {
  const tooLong = 'Messages over 2GB in size are not supported.';

  it('may be 2 GB - 1, which is then waited for', () => {
    const { frames, reader } = read(['ffffffff07']);
    expect(frames).toEqual([]);
    expect(reader.isPartial).toBe(true);
  });

  it.each(['ffffffff08', '8080808008', '808080801000', 'ffffffff8700', 'ffffffffff01', '808080808001'])(
    'is refused beyond 2 GB, or in more than five bytes: %s',
    (bytes) => {
      expect(thrownBy(() => read([bytes]))).toMatchObject({ name: 'InvalidDataException', message: tooLong });
      expect(thrownBy(() => read([bytes], 100))).toMatchObject({ message: tooLong });
    },
  );

  it.each(['80', 'ff', 'ffff', 'ffffffff'])('is waited for while it is not whole: %s', (bytes) => {
    expect(read([bytes]).frames).toEqual([]);
    expect(read([bytes], 100).reader.isPartial).toBe(true);
  });
});

describe('the largest frame', () => {
  const tooLarge = 'The maximum message size of 10B was exceeded. The message size can be configured in AddHubOptions.';

  it('counts its length', () => {
    expect(read([`09${'00'.repeat(9)}`], 10).frames).toHaveLength(1);
    expect(thrownBy(() => read([`0a${'00'.repeat(10)}`], 10))).toMatchObject({ name: 'InvalidDataException', message: tooLarge });
    expect(() => read([`8900${'00'.repeat(9)}`], 10)).toThrow(tooLarge);
  });

  it('is refused as soon as its length is read, and nothing is allocated for it', () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(() => read(['0a'], 10)).toThrow(tooLarge);
    expect(() => read(['ffffff', 'ff07'], 10)).toThrow(tooLarge);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
  });

  it('is found after smaller ones, which are handed on', () => {
    const reader = new FrameReader(binaryFraming, 10);
    let count = 0;
    expect(() => reader.push(Buffer.from(`${'0100'.repeat(5)}0a00`, 'hex'), () => count++)).toThrow(tooLarge);
    expect(count).toBe(5);
  });

  it('is unlimited at 0', () => {
    expect(read([Buffer.concat([prefix(100_000), Buffer.alloc(100_000)])]).frames[0]).toHaveLength(200_000);
  });
});
