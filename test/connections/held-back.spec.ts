import { beforeEach, describe, expect, it } from '@jest/globals';
import { Payload } from '../../lib/common/payload.js';
import { PLACE } from '../../lib/common/queue.js';
import type { WhenSlow } from '../../lib/common/slowness.js';
import { HeldBack } from '../../lib/connections/held-back.js';

/** Room for four messages of ten bytes. */
const ROOM = 4 * (10 + PLACE);

describe('what is held back for a slow peer', () => {
  let held: HeldBack;

  beforeEach(() => {
    held = new HeldBack();
  });

  const ten = (text: string): string => text.padEnd(10, '.');
  const offer = (policy: WhenSlow, ...texts: string[]): void => {
    for (const text of texts) held.offer(new Payload(ten(text), { key: text[0] }), policy, ROOM);
  };
  const push = (...texts: string[]): boolean[] => texts.map((text) => held.push(ten(text), ROOM));
  const rest = (): string[] => {
    const texts = [];
    while (!held.isEmpty) {
      const { first } = held;
      expect(held.shift()).toBe(first);
      texts.push(String(first instanceof Payload ? first.data : first).replace(/\.+$/, ''));
    }
    expect(held.size).toBe(0);
    return texts;
  };

  it('comes in its order, whatever may be dropped of it', () => {
    offer('drop-oldest', 'a');
    push('b');
    offer('drop-newest', 'c');
    push('d');
    expect(held.size).toBe(40);
    expect(rest()).toEqual(['a', 'b', 'c', 'd']);
    expect(held.takeLosses()).toEqual([]);
  });

  it.each<[WhenSlow, string[]]>([
    ['drop-newest', ['a', 'b', 'c', 'd']],
    ['drop-oldest', ['c', 'd', 'e', 'f']],
    ['coalesce', ['c', 'd', 'e', 'f']],
  ])('I02 loses exactly what %s says, and counts it', (policy, left) => {
    offer(policy, 'a', 'b', 'c', 'd', 'e', 'f');
    expect(held.takeLosses()).toEqual([{ policy, count: 2, bytes: 20 }]);
    expect(held.takeLosses()).toEqual([]);
    expect([held.size, held.lost]).toEqual([40, 20]);
    expect(rest()).toEqual(left);
  });

  it('I02 has of each key only the newest, at the place of the first', () => {
    offer('coalesce', 'a1', 'b1', 'a2', 'c1', 'a3', 'b2');
    expect(held.takeLosses()).toEqual([{ policy: 'coalesce', count: 3, bytes: 30 }]);
    expect(rest()).toEqual(['a3', 'b2', 'c1']);
  });

  it('knows a key no longer when its message has gone', () => {
    offer('coalesce', 'a1', 'b1');
    held.shift();
    offer('coalesce', 'a2');
    expect(rest()).toEqual(['b1', 'a2']);
    expect(held.takeLosses()).toEqual([]);
  });

  it('knows a key no longer when its message was dropped', () => {
    offer('coalesce', 'a1', 'b1', 'c1', 'd1', 'e1', 'a2');
    expect(rest()).toEqual(['c1', 'd1', 'e1', 'a2']);
  });

  it('lets messages of other policies alone when one is coalesced', () => {
    offer('drop-oldest', 'a1');
    offer('coalesce', 'a2', 'a3');
    expect(rest()).toEqual(['a1', 'a3']);
  });

  it('makes room for a longer message in the place of a shorter one', () => {
    offer('coalesce', 'a1', 'b1', 'c1', 'd1');
    held.offer(new Payload('c2'.padEnd(20, '.'), { key: 'c' }), 'coalesce', ROOM);
    expect(rest()).toEqual(['b1', 'c2', 'd1']);
    expect(held.takeLosses()).toEqual([{ policy: 'coalesce', count: 2, bytes: 20 }]);
  });

  it('I02 keeps the newest of a key where it is the one that has grown and has waited longest', () => {
    offer('coalesce', 'a1', 'b1', 'c1', 'd1');
    held.offer(new Payload('a2'.padEnd(20, '.'), { key: 'a' }), 'coalesce', ROOM);
    expect(rest()).toEqual(['c1', 'd1', 'a2']);
    expect(held.takeLosses()).toEqual([{ policy: 'coalesce', count: 2, bytes: 20 }]);
  });

  it('I02 drops an update that will never fit, and nothing for it', () => {
    push('1');
    offer('coalesce', 'a1', 'b1');
    held.offer(new Payload('x'.repeat(ROOM), { key: 'a' }), 'coalesce', ROOM);
    expect(held.takeLosses()).toEqual([{ policy: 'coalesce', count: 1, bytes: ROOM }]);
    expect(rest()).toEqual(['1', 'a1', 'b1']);
  });

  it('I02 never loses what has to be sent: it pushes out the rest, the oldest first', () => {
    offer('drop-newest', 'a', 'b', 'c', 'd');
    expect(push('1', '2')).toEqual([true, true]);
    expect(held.takeLosses()).toEqual([{ policy: 'drop-newest', count: 2, bytes: 20 }]);
    expect(rest()).toEqual(['c', 'd', '1', '2']);
  });

  it('I02 takes no more of what has to be sent than there is room, and loses nothing for it in vain', () => {
    expect(push('1', '2', '3')).toEqual([true, true, true]);
    offer('drop-oldest', 'a');
    expect(held.push('x'.repeat(100), ROOM)).toBe(false);
    offer('drop-oldest', 'b');
    expect(push('4', '5')).toEqual([true, false]);
    offer('drop-oldest', 'c');
    expect(held.takeLosses()).toEqual([{ policy: 'drop-oldest', count: 3, bytes: 30 }]);
    expect(rest()).toEqual(['1', '2', '3', '4']);
  });

  it('counts what was dropped for each policy', () => {
    push('1', '2', '3', '4');
    offer('drop-oldest', 'a', 'b');
    offer('drop-newest', 'c');
    expect(held.takeLosses()).toEqual([
      { policy: 'drop-oldest', count: 2, bytes: 20 },
      { policy: 'drop-newest', count: 1, bytes: 10 },
    ]);
  });

  it('does not grow by empty messages', () => {
    for (let index = 0; index < 10_000; index++) held.offer(new Payload(''), 'drop-oldest', ROOM);
    let count = 0;
    for (; !held.isEmpty; held.shift()) count++;
    expect(count).toBe(4);
  });

  it('is gone when it is forgotten', () => {
    push('1');
    offer('coalesce', 'a');
    held.clear();
    expect([held.isEmpty, held.size]).toEqual([true, 0]);
    offer('coalesce', 'a', 'b', 'c', 'd');
    expect(rest()).toEqual(['a', 'b', 'c', 'd']);
  });
});
