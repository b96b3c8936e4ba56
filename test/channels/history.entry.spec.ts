import { describe, expect, it } from '@jest/globals';
import { readEntry, writeEntry } from '../../lib/channels/history.entry.js';
import { MessageMeta } from '../../lib/channels/message-meta.js';

describe('An entry of a history', () => {
  const back = (event: string, args: unknown[], meta?: MessageMeta) =>
    readEntry('room:1', 7, writeEntry({ isShared: true, topic: 'room:1', event, args, ...(meta && { meta }) }));

  it('is what was said, and where', () => {
    expect(back('new_msg', [{ body: 'hello' }, 2, null])).toEqual({
      isShared: true,
      topic: 'room:1',
      offset: 7,
      event: 'new_msg',
      args: [{ body: 'hello' }, 2, null],
    });
  });

  it.each(['__proto__', '', '"', '\u0000', '😀', 'x'.repeat(100)])('keeps an event called %j', (event) => {
    expect(back(event, []).event).toBe(event);
  });

  it('keeps bytes as bytes, and within an object writes them as they are on the wire', () => {
    const bytes = new Uint8Array([1, 2, 255]);
    const [view, buffer, inside] = back('data', [bytes, bytes.buffer, { data: new Uint8Array([1]) }]).args;
    expect([view, buffer]).toEqual([Buffer.from(bytes), Buffer.from(bytes)]);
    expect(inside).toEqual({ data: 'AQ==' });
  });

  it('keeps what stands beside the payload', () => {
    const meta = new MessageMeta({ id: '1', timestamp: new Date(5), headers: { a: ['b'] } });
    expect(back('event', [], meta).meta).toEqual(meta);
  });

  it('says at once what cannot be written', () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(() => back('event', [cyclic])).toThrow('circular');
  });
});
