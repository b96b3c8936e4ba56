import { describe, expect, it } from '@jest/globals';
import { soak, type SoakSample } from './harness.js';

const MEGABYTE = 2 ** 20;
/** As if by chance, and the same each time. */
const noise = (index: number): number => ((index * 7_919) % 13) / 13 - 0.5;

const always =
  (value: number) =>
  (_minute: number): number =>
    value;

/** Samples of an hour, one each minute. */
const samples = (
  heap: (minute: number) => number,
  handles = (minute: number): number => 100 + (minute % 3),
  crowd = always(500),
): SoakSample[] =>
  Array.from({ length: 60 }, (_, minute) => ({
    minutes: minute,
    connections: crowd(minute),
    heap: heap(minute) * MEGABYTE,
    handles: handles(minute),
  }));

const after = { connections: 0, heap: 20 * MEGABYTE, handles: 10 };
const judge = (given: SoakSample[], faults = new Map<string, number>(), end = after): ReturnType<typeof soak.verdict> =>
  soak.verdict(given, end, faults);

it('names each kind of those who came and went', () => {
  const kinds = new Map([
    ['callers', 12],
    ['pollers', 3],
  ]);
  expect(soak.census(kinds)).toBe('Came and went: 12 callers, 3 pollers.');
});

describe('the verdict of a soak', () => {
  it('is good where the heap stays where it is, however it goes up and down', () => {
    expect(judge(samples((minute) => 50 + 5 * noise(minute)))).toEqual({ isGood: true, text: expect.stringContaining('Nothing leaks.') });
  });

  it('is good where the heap has only grown at first', () => {
    expect(judge(samples((minute) => (minute < 25 ? 20 + minute : 45) + noise(minute))).isGood).toBe(true);
  });

  it('is not where it grows to the end', () => {
    const { isGood, text } = judge(samples((minute) => 50 + 0.2 * minute + noise(minute)));
    expect(isGood).toBe(false);
    expect(text).toContain('Not good: the heap grows.');
    expect(text).toMatch(/, \+0\.\d+ MB a minute/);
  });

  it('is good where it grows with the crowd, and no more than that', () => {
    const crowd = (minute: number): number => Math.round(500 + 8 * minute + 80 * noise(minute));
    const heap = (minute: number): number => 20 + 0.02 * crowd(minute) + noise(3 * minute);
    expect(judge(samples(heap, always(100), crowd)).isGood).toBe(true);
  });

  it('is not where it grows more than the crowd', () => {
    const crowd = (minute: number): number => Math.round(500 + 8 * minute + 80 * noise(minute));
    const heap = (minute: number): number => 20 + 0.02 * crowd(minute) + 0.2 * minute + noise(3 * minute);
    expect(judge(samples(heap, always(100), crowd)).text).toContain('Not good: the heap grows.');
  });

  it('is not where handles are left behind', () => {
    const { text } = judge(
      samples(
        () => 50,
        (minute) => 100 + 3 * minute,
      ),
    );
    expect(text).toContain('Not good: the handles grow.');
  });

  it('is not where connections are left, or somebody had to suffer, and says who', () => {
    const { text } = judge(
      samples(() => 50),
      new Map([['callers: cut', 3]]),
      { ...after, connections: 2 },
    );
    expect(text).toContain('3 times callers: cut');
    expect(text).toContain('Not good: connections are left, the well-behaved had to suffer.');
  });

  it('is good of a run that was too short for a trend', () => {
    expect(judge(samples(() => 50).slice(0, 2)).isGood).toBe(true);
  });
});
