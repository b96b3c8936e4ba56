import { describe, expect, it } from '@jest/globals';
import { changes, report, results, type Entry, type Row } from './harness.js';

const scenario = {
  name: 'echo-1',
  protocols: ['json', 'messagepack'],
  rows: [
    {
      title: 'echo',
      figure: 'cpu',
      digits: 1,
      goal: { to: 'naive', target: 1.15, aim: 1 },
      goalToJson: { target: 1.15, aim: 1 },
    },
  ],
};

function entry(peer: string, figures: number[], protocol = 'json', faults = 0): Entry {
  const measurements = figures.map((cpu) => ({ figures: { cpu }, faults: { total: faults } }));
  return { scenario: 'echo-1', protocol, peer, measurements };
}

function rowOf(...entries: Entry[]): Row {
  return results.rowsOf([scenario], entries)[0];
}

describe('medians', () => {
  it('are the middle, or half-way between the two in the middle', () => {
    expect(results.median([9, 1, 5])).toBe(5);
    expect(results.median([9, 1, 5, 6])).toBe(5.5);
    expect(results.median([2, 100])).toBe(51);
  });

  it('leave out what was not measured', () => {
    expect(results.median([Number.NaN, 3])).toBe(3);
    expect(results.median([])).toBeUndefined();
  });
});

describe('ratios', () => {
  it('are the median of the rounds, so that an hour in which everything is slow changes nothing', () => {
    expect(results.ratioOf([11, 22, 33, 110, 220], [10, 20, 30, 100, 200])).toBeCloseTo(1.1);
    expect(results.ratioOf([1, 10, 100], [10, 10, 10])).toBe(1);
  });

  it('leave out a round in which one of the two failed', () => {
    expect(results.ratioOf([Number.NaN, 30, 12], [10, 20])).toBe(1.5);
    expect(results.ratioOf([10], [])).toBeUndefined();
  });
});

describe('rows', () => {
  it('have the medians of all, and their ratios to the naive server', () => {
    const row = rowOf(entry('hub', [11, 24, 90]), entry('naive', [10, 20, 30]));
    expect(row).toMatchObject({ key: 'echo-1/json/cpu', medians: { hub: 24, naive: 20 }, ratios: { hub: 1.2, naive: 1 }, faults: 0 });
  });

  it.each([
    [10, 'aim'],
    [10.04, 'aim'],
    [10.06, 'target'],
    [11.5, 'target'],
    [11.6, 'missed'],
  ])('say of %d to 10: %s', (figure, verdict) => {
    expect(rowOf(entry('hub', [figure]), entry('naive', [10])).verdict).toBe(verdict);
  });

  it('hold a figure against another peer, or against nothing, where the goal says so', () => {
    const goalOf = (goal: object): object => ({ ...scenario, rows: [{ ...scenario.rows[0], goal }] });
    const entries = [entry('hub', [9]), entry('gateway-ws', [10])];
    expect(results.rowsOf([goalOf({ to: 'gateway-ws', target: 1, aim: 0.9 })], entries)[0]).toMatchObject({ reached: 0.9, verdict: 'aim' });
    expect(results.rowsOf([goalOf({ to: undefined, target: 8, aim: 7 })], entries)[0]).toMatchObject({ reached: 9, verdict: 'missed' });
  });

  it('say whether every gateway is beaten', () => {
    const hub = entry('hub', [9]);
    expect(rowOf(hub, entry('gateway-ws', [10]), entry('gateway-socket-io', [20])).isBeaten).toBe(true);
    expect(rowOf(hub, entry('gateway-ws', [10]), entry('gateway-socket-io', [9])).isBeaten).toBe(false);
    expect(rowOf(hub).isBeaten).toBe(true);
  });

  it('hold MessagePack against JSON', () => {
    const rows = results.rowsOf([scenario], [entry('hub', [10]), entry('hub', [11], 'messagepack'), entry('naive', [22], 'messagepack')]);
    expect(rows[1]).toMatchObject({ key: 'echo-1/messagepack/cpu', ratios: { hub: 0.5 }, reached: 1.1, verdict: 'target' });
  });

  it('count faults, and a measurement that failed as one', () => {
    const failed: Entry = { scenario: 'echo-1', protocol: 'json', peer: 'naive', measurements: [{ figures: {}, error: 'It broke.' }] };
    const row = rowOf(entry('hub', [10, 10], 'json', 2), failed);
    expect(row).toMatchObject({ faults: 5, verdict: 'not measured' });
    expect(row.medians.naive).toBeUndefined();
  });
});

describe('the report', () => {
  const settings = { rounds: 5, timing: { seconds: 4 } };
  const textOf = (...entries: Entry[]): string =>
    report({ rows: results.rowsOf([scenario], entries), settings, versions: { node: '20.20.2' } });

  it('is a table with ratios, goals and verdicts', () => {
    const lines = textOf(entry('hub', [12]), entry('naive', [10]), entry('gateway-ws', [11])).split('\n');
    expect(lines[0]).toMatch(/^\| JSON +\| hub +\| naive `ws` \| gateway, `platform-ws` \| target \(aim\) \| reached +\|$/);
    expect(lines[2]).toMatch(
      /^\| echo \| 12\.0 \(1\.20\) \| 10\.0 +\| 11\.0 \(1\.10\) +\| 1\.15 \(1\) +\| missed, more than a gateway \|$/,
    );
    expect(lines.at(-1)).toContain('5 alternating rounds of 4 s');
    expect(lines.at(-1)).toContain('node 20.20.2');
  });

  it('has a table of MessagePack where that was measured', () => {
    const text = textOf(entry('hub', [10]), entry('hub', [9], 'messagepack'));
    expect(text).toMatch(/\| MessagePack +\| hub/);
    expect(text).toContain('aim 0.90');
  });

  it('is void when an answer was not right', () => {
    const text = textOf(entry('hub', [12], 'json', 3), entry('naive', [10]));
    expect(text).toContain('3 faults');
    expect(text).toContain('these figures are void');
  });
});

describe('two runs', () => {
  const runOf = (hub: number, naive?: number): { rows: Row[] } => ({
    rows: results.rowsOf([scenario], [entry('hub', [hub]), ...(naive === undefined ? [] : [entry('naive', [naive])])]),
  });

  it('are compared by ratios, so that a slower machine is no slower branch', () => {
    expect(changes(runOf(10, 10), runOf(20, 20))).toMatchObject([{ of: 'naive', before: 1, after: 1, difference: 0, verdict: 'same' }]);
  });

  it.each([
    [12, 'worse', 0.2],
    [10.9, 'same', 0.09],
    [9.1, 'same', -0.09],
    [8, 'better', -0.2],
  ])('are told apart beyond a tenth: %d for 10 is %s', (after, verdict, difference) => {
    const [change] = changes(runOf(10, 10), runOf(after, 10));
    expect(change.verdict).toBe(verdict);
    expect(change.difference).toBeCloseTo(difference);
  });

  it('are compared by the figure itself where one of them has no naive server', () => {
    expect(changes(runOf(10, 10), runOf(5))).toMatchObject([{ of: undefined, before: 10, after: 5, verdict: 'better' }]);
  });

  it('are compared by the peer that the goal names', () => {
    const goal = { to: 'gateway-ws', target: 1, aim: 0.9 };
    const start = { ...scenario, rows: [{ ...scenario.rows[0], goal }] };
    const startOf = (hub: number, gateway: number): { rows: Row[] } => ({
      rows: results.rowsOf([start], [entry('hub', [hub]), entry('naive', [10]), entry('gateway-ws', [gateway])]),
    });
    expect(changes(startOf(10, 10), startOf(24, 20))).toMatchObject([{ of: 'gateway-ws', before: 1, after: 1.2, verdict: 'worse' }]);
  });

  it('are not told apart by figures that are void', () => {
    const faulty = { rows: results.rowsOf([scenario], [entry('hub', [5], 'json', 1), entry('naive', [10])]) };
    for (const [before, after] of [
      [faulty, runOf(10, 10)],
      [runOf(10, 10), faulty],
    ])
      expect(changes(before, after)).toMatchObject([{ verdict: 'void, for there were faults' }]);
  });

  it('have no change in what only one of them measured', () => {
    expect(changes({ rows: [] }, runOf(10, 10))).toEqual([]);
  });
});
