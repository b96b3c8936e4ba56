import { describe, expect, it } from '@jest/globals';
import { PresenceBoard, type PresenceDiff, type PresenceRecord } from '../../lib/channels/presence.board.js';
import { peopleOf, refsOf } from '../support/presence-follower.js';
import { numbersFrom } from '../support/random-numbers.js';

const record = (key: string, ref: string): PresenceRecord => ({ key, meta: { phx_ref: ref }, size: 1 });

describe('A presence board', () => {
  it('tells who came since it was asked last, and then that nothing has changed', () => {
    const board = new PresenceBoard();
    board.add(record('ann', '1'));
    board.add(record('bob', '2'));
    expect(board.isTold).toBe(false);
    expect(refsOf(board.tell(10)?.diff.joins ?? {})).toEqual([
      ['ann', ['1']],
      ['bob', ['2']],
    ]);
    expect(board.isTold).toBe(true);
    expect(board.tell(10)).toBeUndefined();
  });

  it('never tells of what came and went in between', () => {
    const board = new PresenceBoard();
    const ann = record('ann', '1');
    board.add(ann);
    board.remove(ann);
    expect(board.tell(10)).toBeUndefined();
    expect(board.count).toBe(0);
  });

  it('M07: tells that one device of somebody is gone, and leaves the others', () => {
    const board = new PresenceBoard();
    const phone = record('ann', 'phone');
    for (const device of [record('ann', 'laptop'), phone, record('ann', 'tablet')]) board.add(device);
    board.tell(10);
    board.remove(phone);
    expect(refsOf(board.tell(10)?.diff.leaves ?? {})).toEqual([['ann', ['phone']]]);
    expect(refsOf(board.toldState())).toEqual([['ann', ['laptop', 'tablet']]]);
    expect(board.count).toBe(1);
  });

  it('shows the state as it was told, not as it is', () => {
    const board = new PresenceBoard();
    board.add(record('ann', '1'));
    expect(refsOf(board.toldState())).toEqual([]);
    board.tell(10);
    board.add(record('bob', '2'));
    expect(refsOf(board.toldState())).toEqual([['ann', ['1']]]);
  });

  it.each([...['__proto__', 'constructor', 'hasOwnProperty', ''].map((key) => [key, key]), ['10 KB', 'x'.repeat(10_000)]])(
    'M06: takes a key such as %j for one like any other',
    (_, key) => {
      const board = new PresenceBoard();
      board.add(record(key, '1'));
      const diff = board.tell(10)?.diff;
      for (const state of [diff?.joins, board.toldState()]) {
        const text = JSON.stringify(state);
        expect(text).toBe(`{${JSON.stringify(key)}:{"metas":[{"phx_ref":"1"}]}}`);
        expect(Object.hasOwn(JSON.parse(text) as object, key)).toBe(true);
      }
      expect(board.page(undefined, 10)).toEqual([{ key, metas: [{ phx_ref: '1' }] }]);
    },
  );

  it('tells no more at once than it may, and the rest later', () => {
    const board = new PresenceBoard();
    for (let i = 0; i < 25; i++) board.add(record(`user ${i}`, `${i}`));
    const sizes = [1, 2, 3].map(() => board.tell(10)?.size);
    expect(sizes).toEqual([10, 10, 5]);
    expect(board.isTold).toBe(true);
  });

  it('M10: is listed page by page, each key once, though others come and go between', () => {
    const board = new PresenceBoard();
    const records = Array.from({ length: 10 }, (_, i) => record(`user ${i}`, `${i}`));
    for (const one of records) board.add(one);
    const first = board.page(undefined, 4).map(({ key }) => key);
    expect(first).toEqual(['user 0', 'user 1', 'user 2', 'user 3']);
    board.remove(records[3]);
    board.add(record('user 10', '10'));
    expect(board.page('user 3', 4).map(({ key }) => key)).toEqual(['user 4', 'user 5', 'user 6', 'user 7']);
    expect(board.page('user 9', 4)).toEqual([]);
  });

  it('M08: is known rightly by everybody who follows, however much changes and whenever they came', () => {
    const random = numbersFrom(11);
    const board = new PresenceBoard();
    const there: PresenceRecord[] = [];
    const followers: PresenceDiff[][] = [];
    for (let step = 0; step < 2_000; step++) {
      if (random(10) < 6 || there.length === 0) board.add((there[there.length] = record(`user ${random(20)}`, `${step}`)));
      else board.remove(there.splice(random(there.length), 1)[0]);
      if (random(5) === 0) tell(board, followers, random(4) + 1);
      if (step % 100 === 0) followers.push([{ joins: board.toldState(), leaves: {} }]);
    }
    tell(board, followers, Infinity);
    const truth = peopleOf([{ joins: board.toldState(), leaves: {} }]);
    for (const told of followers) expect(peopleOf(told)).toEqual(truth);
    expect(new Set(truth.flatMap(([, refs]) => refs))).toEqual(new Set(there.map(({ meta }) => meta.phx_ref)));
  });
});

function tell(board: PresenceBoard, followers: PresenceDiff[][], most: number): void {
  const change = board.tell(most);
  if (change !== undefined) for (const told of followers) told.push(change.diff);
}
