import { describe, expect, it } from '@jest/globals';
import { Payload } from '../../lib/common/payload.js';
import { Kept } from '../../lib/connections/kept.js';
import type { Outgoing } from '../../lib/connections/outbox.js';

type Form = (text: string) => string | Uint8Array;

const asText: Form = (text) => text;

function keptOf(...items: Outgoing[]): Kept {
  const kept = new Kept();
  for (const item of items) kept.push(item);
  return kept;
}

/** Says so many messages in a turn, of which several are written in one piece. */
function say(kept: Kept, texts: readonly string[], form = asText): void {
  for (const text of texts) kept.push(form(text));
  kept.written(texts.length > 1 ? form(texts.join('')) : undefined);
}

const textOf = (kept: Kept): string[] =>
  Array.from(kept.all(), (item) => Buffer.from((item instanceof Payload ? item.data : item) as string).toString());

const stateOf = (kept: Kept): unknown[] => [kept.count, kept.size, textOf(kept).join('|')];

describe('what is kept', () => {
  it('is forgotten from its beginning, and counted', () => {
    const kept = keptOf('one', new Payload('three'), Buffer.from('four'));
    expect([kept.count, kept.size]).toEqual([3, 12]);
    kept.drop(2);
    expect(stateOf(kept)).toEqual([1, 4, 'four']);
    kept.drop(1);
    expect(stateOf(kept)).toEqual([0, 0, '']);
  });

  describe.each<[string, Form]>([
    ['text', asText],
    ['bytes', (text) => Buffer.from(text)],
  ])('of turns that were written as one piece of %s', (_, form) => {
    it('is one piece, and is forgotten message by message all the same', () => {
      const kept = keptOf('first');
      kept.written(undefined);
      say(kept, ['a', 'bb', 'ccc'], form);
      say(kept, ['d', 'e'], form);
      say(kept, ['last'], form);
      expect(stateOf(kept)).toEqual([7, 17, 'first|abbcccde|last']);
      kept.drop(2);
      expect(stateOf(kept)).toEqual([5, 11, 'bbcccde|last']);
      kept.drop(3);
      expect(stateOf(kept)).toEqual([2, 5, 'e|last']);
      kept.drop(2);
      expect(stateOf(kept)).toEqual([0, 0, '']);
    });

    it('is said again in the form in which it was said', () => {
      const kept = new Kept();
      say(kept, ['a', 'b'], form);
      expect([...kept.all()]).toEqual([form('ab')]);
    });

    it('stands between what others get, too', () => {
      const kept = new Kept();
      for (const texts of [
        ['a', 'b'],
        ['c', 'd'],
      ]) {
        say(kept, texts, form);
        kept.push(new Payload('shared'));
      }
      say(kept, ['e', 'f'], form);
      expect(stateOf(kept)).toEqual([8, 18, 'ab|shared|cd|shared|ef']);
      kept.drop(4);
      expect(stateOf(kept)).toEqual([4, 9, 'd|shared|ef']);
    });
  });

  it('is as long as it was, whatever its length', () => {
    const kept = new Kept();
    const lengths = [0, 1, 255, 256, 257, 0, 40_000];
    say(
      kept,
      lengths.map((length) => 'x'.repeat(length)),
    );
    for (const length of lengths) {
      const { size } = kept;
      kept.drop(1);
      expect(size - kept.size).toBe(length);
    }
  });

  it.each<[string, readonly string[], Form]>([
    ['text beyond ASCII', ['ä', 'ö€', '漢字'], asText],
    ['large text', ['x'.repeat(40_000), 'y'.repeat(40_000)], asText],
    ['large bytes', ['x'.repeat(40_000), 'y'.repeat(40_000)], Buffer.from],
  ])('may be %s: it is counted, forgotten and said again as it is', (_, texts, form) => {
    const kept = new Kept();
    say(kept, ['a', 'b']);
    say(kept, texts, form);
    say(kept, ['c', 'd']);
    const sizes = texts.map(({ length }) => length);
    expect(stateOf(kept)).toEqual([texts.length + 4, sizes.reduce((sum, size) => sum + size) + 4, ['ab', ...texts, 'cd'].join('|')]);
    kept.drop(3);
    expect([kept.size, textOf(kept)]).toEqual([sizes.slice(1).reduce((sum, size) => sum + size) + 2, [...texts.slice(1), 'cd']]);
  });

  it('may be bytes beside texts', () => {
    const kept = new Kept();
    say(kept, ['a', 'b']);
    say(kept, ['c', 'd'], Buffer.from);
    say(kept, ['e', 'f']);
    expect([...kept.all()]).toEqual(['ab', Buffer.from('c'), Buffer.from('d'), 'ef']);
  });

  it('is not what was written, where something else was among it', () => {
    const kept = keptOf('a', 'b');
    kept.written('apingb');
    expect(stateOf(kept)).toEqual([2, 2, 'a|b']);
  });

  it('may be forgotten before its turn is over', () => {
    const kept = keptOf('a', 'b', 'c');
    kept.drop(1);
    kept.push('d');
    kept.written('abcd');
    expect(stateOf(kept)).toEqual([3, 3, 'b|c|d']);
  });

  it('is joined though what came before it is forgotten within its turn', () => {
    const kept = new Kept();
    say(kept, ['a', 'b']);
    kept.push('c');
    kept.drop(1);
    kept.push('d');
    kept.written('cd');
    expect(stateOf(kept)).toEqual([3, 3, 'bcd']);
  });

  it('is said again by what it was, whatever becomes of it before it is written', () => {
    const kept = new Kept();
    say(kept, ['a', 'b'], Buffer.from);
    const [again] = kept.all();
    kept.drop(2);
    say(kept, ['x', 'y'], Buffer.from);
    expect(again).toEqual(Buffer.from('ab'));
  });
});
