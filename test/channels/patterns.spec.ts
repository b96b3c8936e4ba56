import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canMeet, fits, isPattern, PatternTable, starOf } from '../../lib/channels/patterns.js';

describe('patterns', () => {
  it.each(['room:lobby', 'room:*', '*', 'a', '__proto__', 'room:ä*'])('are texts with a star at their end, if at all: %s', (text) =>
    expect(isPattern(text)).toBe(true),
  );

  it.each(['', '**', 'room:*:x', '*x', undefined, 7, null])('are nothing else: %j', (text) => expect(isPattern(text)).toBe(false));

  it.each([
    ['room:lobby', 'exact'],
    ['room:vip:1', 'vip'],
    ['room:vip:', 'vip'],
    ['room:vip', 'room'],
    ['room:', 'room'],
    ['room', 'any'],
    ['', 'any'],
    ['__proto__', 'any'],
  ])('are found by the best that fits: %s by %s', (name, found) => {
    const table = new PatternTable([
      ['*', 'any'],
      ['room:*', 'room'],
      ['room:vip:*', 'vip'],
      ['room:lobby', 'exact'],
    ]);
    expect(table.find(name)).toBe(found);
  });

  it('count in their order where they are the same', () => {
    expect(
      new PatternTable([
        ['a', 1],
        ['a', 2],
        ['b*', 3],
        ['b*', 4],
      ]).find('a'),
    ).toBe(1);
    expect(
      new PatternTable([
        ['b*', 3],
        ['b*', 4],
      ]).find('b'),
    ).toBe(3);
  });

  it('find nothing where nothing fits', () => {
    expect(new PatternTable([['room:*', 1]]).find('hall:1')).toBeUndefined();
    expect(new PatternTable([]).isEmpty).toBe(true);
  });

  it.each([
    ['room:*', 'room:lobby', 'lobby'],
    ['room:*', 'room:a:b', 'a:b'],
    ['*', 'room:a', 'room:a'],
    ['room:lobby', 'room:lobby', 'lobby'],
    ['lobby', 'lobby', ''],
  ])('have a star that stands for something: %s of %s', (pattern, topic, star) => expect(starOf(pattern, topic)).toBe(star));

  it('can meet where some name fits both', () => {
    const text = fc.stringMatching(/^[ab]{1,3}\*?$/);
    const names = ['', 'a', 'b', 'aa', 'ab', 'ba', 'bb', 'aaa', 'aab', 'aba', 'abb', 'baa', 'bab', 'bba', 'bbb'];
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(canMeet(one, other)).toBe(names.some((name) => fits(name, one) && fits(name, other)));
      }),
    );
  });
});
