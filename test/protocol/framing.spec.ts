import { describe, expect, it } from '@jest/globals';
import { type Framing, FrameReader, textFraming } from '../../lib/protocol/framing.js';
import { thrownBy } from './wire.js';

/** Collects the frames of the chunks as text. */
function read(chunks: (string | Buffer)[], maximum = 0): { frames: string[]; reader: FrameReader } {
  const reader = new FrameReader(textFraming, maximum);
  const frames: string[] = [];
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk), (bytes, start, end) => frames.push(bytes.toString('utf8', start, end)));
  }
  return { frames, reader };
}

/** Frames of one byte, to switch to. */
const bytewise: Framing = {
  seek(_bytes, offset, _scanned, _maximum, cursor) {
    cursor.start = offset;
    cursor.end = cursor.next = offset + 1;
    return true;
  },
};

describe('D01: frames of text', () => {
  it('hands on a frame that came whole', () => {
    expect(read(['abc\u001e']).frames).toEqual(['abc']);
  });

  it('hands on all frames of one chunk, in order', () => {
    expect(read(['a\u001ebc\u001e\u001ed\u001e']).frames).toEqual(['a', 'bc', '', 'd']);
  });

  it('joins a frame that came in pieces, and keeps what follows it', () => {
    const { frames, reader } = read(['ab', 'c', '\u001ed', 'e\u001ef']);
    expect(frames).toEqual(['abc', 'de']);
    expect(reader.isPartial).toBe(true);
  });

  it('joins a character that was cut in two', () => {
    const bytes = Buffer.from('é\u001e');
    expect(read([bytes.subarray(0, 1), bytes.subarray(1)]).frames).toEqual(['é']);
  });

  it('holds nothing between frames', () => {
    expect(read(['abc', '\u001e']).reader.isPartial).toBe(false);
    expect(read([]).reader.isPartial).toBe(false);
    expect(read(['']).reader.isPartial).toBe(false);
  });

  it('gives the same frames for every place where the chunks are cut', () => {
    const bytes = Buffer.from('{"type":6}\u001e\u001e{"type":7}\u001erest');
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const { frames } = read([bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]);
        expect(frames).toEqual(['{"type":6}', '', '{"type":7}']);
      }
    }
  });

  it('hands on 1 000 frames of one chunk without holding any of it', () => {
    const { frames, reader } = read(['{"type":6}\u001e'.repeat(1_000)]);
    expect(frames).toHaveLength(1_000);
    expect(reader.isPartial).toBe(false);
  });
});

describe('the work of a frame that comes in pieces', () => {
  it('stays in proportion to its size when 1 MB comes a byte at a time', () => {
    const size = 1_000_000;
    const lengths: number[] = [];
    const reader = new FrameReader(textFraming, 0);
    const work = bytesTouchedBy(() => {
      const byte = Buffer.from('x');
      for (let sent = 0; sent < size; sent++) reader.push(byte, () => lengths.push(-1));
      reader.push(Buffer.from('\u001e'), (_bytes, start, end) => lengths.push(end - start));
    });
    expect(lengths).toEqual([size]);
    expect(work.searched).toBeLessThan(1.01 * size);
    expect(work.copied).toBeLessThan(4 * size);
  });
});

/** How many bytes `run` has `Buffer` search and copy. */
function bytesTouchedBy(run: () => void): { searched: number; copied: number } {
  const { copy, indexOf } = Buffer.prototype;
  const work = { searched: 0, copied: 0 };
  Buffer.prototype.copy = function (this: Buffer, ...args: Parameters<Buffer['copy']>) {
    const count = copy.apply(this, args);
    work.copied += count;
    return count;
  };
  Buffer.prototype.indexOf = function (this: Buffer, byte: number, from: number) {
    const found = indexOf.call(this, byte, from);
    work.searched += (found < 0 ? this.length : found + 1) - from;
    return found;
  } as Buffer['indexOf'];
  try {
    run();
  } finally {
    Object.assign(Buffer.prototype, { copy, indexOf });
  }
  return work;
}

describe('the largest frame', () => {
  const tooLarge = 'The maximum message size of 10B was exceeded. The message size can be configured in AddHubOptions.';

  it('counts the separator', () => {
    expect(read([`${'x'.repeat(9)}\u001e`], 10).frames).toHaveLength(1);
    expect(() => read([`${'x'.repeat(10)}\u001e`], 10)).toThrow(tooLarge);
  });

  it('is named in the error as ASP.NET Core does', () => {
    expect(thrownBy(() => read(['x'.repeat(11)], 10))).toMatchObject({ name: 'InvalidDataException', message: tooLarge });
  });

  it('is refused as soon as it is sure, before its end has come', () => {
    expect(() => read(['xxxxx', 'xxxxxx'], 10)).toThrow(tooLarge);
  });

  it('may come any number of times in one chunk', () => {
    expect(read([`${'x'.repeat(9)}\u001e`.repeat(100)], 10).frames).toHaveLength(100);
  });

  it('is found after many small ones, which are handed on', () => {
    const reader = new FrameReader(textFraming, 10);
    let count = 0;
    expect(() => reader.push(Buffer.from(`${'a\u001e'.repeat(5)}${'x'.repeat(10)}\u001e`), () => count++)).toThrow(tooLarge);
    expect(count).toBe(5);
  });

  it('is unlimited at 0', () => {
    expect(read([`${'x'.repeat(100_000)}\u001e`]).frames[0]).toHaveLength(100_000);
  });
});

describe('a reader', () => {
  it('cuts what follows the new way when the framing is replaced from within onFrame', () => {
    const reader = new FrameReader(textFraming, 0);
    const frames: string[] = [];
    reader.push(Buffer.from('first\u001eab'), (bytes, start, end) => {
      frames.push(bytes.toString('utf8', start, end));
      reader.framing = bytewise;
    });
    expect(frames).toEqual(['first', 'a', 'b']);
  });

  it('keeps a copy of an unfinished frame: the chunk may be reused', () => {
    const reader = new FrameReader(textFraming, 0);
    const frames: string[] = [];
    const chunk = Buffer.from('done\u001eabc');
    const onFrame = (bytes: Buffer, start: number, end: number): unknown => frames.push(bytes.toString('utf8', start, end));
    reader.push(chunk, onFrame);
    chunk.fill('x');
    reader.push(Buffer.from('d\u001e'), onFrame);
    expect(frames).toEqual(['done', 'abcd']);
  });

  it('keeps no memory of a large chunk alive for the few bytes that it holds', () => {
    const chunk = Buffer.from(`${'x'.repeat(100_000)}\u001eab`);
    const reader = new FrameReader(textFraming, 0);
    reader.push(chunk, () => {});
    let room: Buffer | undefined;
    reader.push(Buffer.from('\u001e'), (bytes) => (room = bytes));
    expect(room?.buffer).not.toBe(chunk.buffer);
    expect(room?.buffer.byteLength).toBeLessThan(100_000);
  });

  it('hands on nothing while it is held back, and then all in order, whatever has come meanwhile', () => {
    const reader = new FrameReader(textFraming, 10);
    const frames: string[] = [];
    const onFrame = (bytes: Buffer, start: number, end: number): void => {
      reader.isHeld = frames.push(bytes.toString('utf8', start, end)) % 3 === 0;
    };
    const chunk = Buffer.from('a\u001eb\u001ec\u001ed\u001ee\u001ef');
    reader.push(chunk, onFrame);
    chunk.fill('x');
    reader.push(Buffer.from('g\u001eh'), onFrame);
    expect([frames.join(' '), reader.isBehind, reader.isPartial]).toEqual(['a b c', true, false]);
    for (const more of ['', 'i\u001ej\u001e', '']) {
      reader.isHeld = false;
      reader.push(Buffer.from(more), onFrame);
    }
    expect([frames.join(' '), reader.isBehind, reader.isPartial]).toEqual(['a b c d e fg hi j', false, false]);
  });

  it('forgets what it was held back with as well', () => {
    const reader = new FrameReader(textFraming, 0);
    reader.isHeld = true;
    reader.push(Buffer.from('a\u001e'), () => undefined);
    reader.reset();
    expect(reader.isBehind).toBe(false);
  });

  it('lets what onFrame throws through', () => {
    const reader = new FrameReader(textFraming, 0);
    expect(() =>
      reader.push(Buffer.from('a\u001e'), () => {
        throw new Error('refused');
      }),
    ).toThrow('refused');
  });
});
