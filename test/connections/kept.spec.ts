import { describe, expect, it } from '@jest/globals';
import { Payload } from '../../lib/common/payload.js';
import { Kept } from '../../lib/connections/kept.js';
import type { Outgoing } from '../../lib/connections/outbox.js';

function keptOf(...items: Outgoing[]): Kept {
  const kept = new Kept();
  for (const item of items) kept.push(item);
  return kept;
}

const textOf = (kept: Kept): string[] =>
  Array.from(kept.all(), (item) => Buffer.from((item instanceof Payload ? item.data : item) as string).toString());

describe('what is kept', () => {
  it('is forgotten from its beginning, and counted', () => {
    const kept = keptOf('one', new Payload('three'), Buffer.from('four'));
    expect([kept.count, kept.size]).toEqual([3, 12]);
    kept.drop(2);
    expect([kept.count, kept.size, textOf(kept)]).toEqual([1, 4, ['four']]);
    kept.drop(1);
    expect([kept.count, kept.size, textOf(kept)]).toEqual([0, 0, []]);
  });

  it.each<[string, (text: string) => string | Uint8Array]>([
    ['text', (text) => text],
    ['bytes', (text) => Buffer.from(text)],
  ])('may be one piece of %s, and is forgotten message by message all the same', (_, form) => {
    const kept = keptOf('first', ...['a', 'bb', 'ccc'].map(form));
    kept.join(form('abbccc'), [1, 2, 3]);
    kept.push('last');
    expect([kept.count, kept.size, textOf(kept)]).toEqual([5, 15, ['first', 'abbccc', 'last']]);
    kept.drop(2);
    expect([kept.count, kept.size, textOf(kept)]).toEqual([3, 9, ['bbccc', 'last']]);
    kept.drop(1);
    expect([kept.count, kept.size, textOf(kept)]).toEqual([2, 7, ['ccc', 'last']]);
    kept.drop(2);
    expect([kept.count, kept.size, textOf(kept)]).toEqual([0, 0, []]);
  });
});
