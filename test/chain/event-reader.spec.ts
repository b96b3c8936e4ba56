import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventReader } from '../../lib/browser/chain.events.js';

function read(...pieces: string[]): { messages: string[]; comments: string[]; lastEventId: string } {
  const messages: string[] = [];
  const comments: string[] = [];
  const reader = new EventReader({ message: (data) => messages.push(data), comment: (text) => comments.push(text) });
  for (const piece of pieces) reader.push(piece);
  return { messages, comments, lastEventId: reader.lastEventId };
}

describe('The reader of event streams', () => {
  it('cuts messages', () => expect(read('data: one\n\ndata: two\n\n').messages).toEqual(['one', 'two']));

  it.each(['\n', '\r\n', '\r'])('takes %j for the end of a line', (end) => {
    expect(read(`data: a${end}data: b${end}${end}x`).messages).toEqual(['a\nb']);
  });

  it('takes no other character for the end of a line', () => {
    expect(read('data: a\u2028b\u2029c\u0085d\v\f\n\n').messages).toEqual(['a\u2028b\u2029c\u0085d\v\f']);
  });

  it('takes a colon without a space after it', () => expect(read('data:one\n\n').messages).toEqual(['one']));

  it('keeps colons and spaces of the data', () => expect(read('data:  {"a": "b:c"}\n\n').messages).toEqual([' {"a": "b:c"}']));

  it('hands on comments', () => expect(read(': still here\n\n:\n\n').comments).toEqual(['still here', '']));

  it('keeps the number of the last message', () => expect(read('data: a\n\nid: x.1\n\n').lastEventId).toBe('x.1'));

  it('passes over the message whose number was lost with a stream, and which the next stream begins with', () => {
    const messages: string[] = [];
    const reader = new EventReader({ message: (data) => messages.push(data), comment: () => undefined });
    reader.push('id: x.0\n\ndata: a\n\nid: x.1\n\ndata: b\n\nid');
    reader.begin();
    reader.push('id: x.1\n\ndata: b\n\nid: x.2\n\ndata: c\n\n');
    expect(messages).toEqual(['a', 'b', 'c']);
  });

  it.each(['', 'id: x.1\n\n'])('does not take messages of one stream for the same: %j', (begin) => {
    expect(read(`${begin}data: a\n\ndata: a\n\n`).messages).toEqual(['a', 'a']);
  });

  it('passes over fields that it does not know, and lines without a colon', () => {
    expect(read('event: x\nretry: 5\ndata\ndata: a\n\n').messages).toEqual(['\na']);
  });

  it('reads the same however the stream is cut', () => {
    const text = ': hello\r\n\r\ndata: {"a":1}\r\n\r\nid: t.1\n\ndata: two\ndata: lines\n\n';
    const whole = read(text);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), text.length];
        expect(read(...ends.map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end)))).toEqual(whole);
      }),
    );
  });
});
