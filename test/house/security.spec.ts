import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { rowsOf, titlesIn } from '../support/test-titles.js';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');

/** Every title of every spec, but for those of other packages below test/. */
function readTitles(): string[] {
  const test = join(root, 'test');
  const files = readdirSync(test, { recursive: true, encoding: 'utf8' });
  const specs = files.filter((file) => file.endsWith('.spec.ts') && !file.includes('node_modules'));
  return specs.flatMap((file) => titlesIn(file, readFileSync(join(test, file), 'utf8')));
}

/** The rows that a text names; `A02 to A05` is four of them. */
function rowsNamedIn(text: string): string[] {
  return [...text.matchAll(/\b([A-N])(\d\d)\b(?: to \1(\d\d)\b)?/g)].flatMap(([, letter, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => letter + String(Number(first) + index).padStart(2, '0')),
  );
}

interface Advisory {
  readonly name: string;
  readonly rows: string[];
  /** The titles that it quotes. */
  readonly titles: string[];
}

const advisories: Advisory[] = [...page.matchAll(/^\| +(.*?) +\| +((?:[A-N]\d\d(?:, )?)+) +\| +(.*?) +\|$/gm)].map(
  ([, name, rows, quoted]) => ({
    name,
    rows: rows.split(', '),
    titles: [...quoted.matchAll(/`([^`]+)`/g)].map(([, title]) => title),
  }),
);

describe('docs/security.md', () => {
  const titles = new Set(readTitles());
  const tested = new Set([...titles].flatMap(rowsOf));

  it('names no row that no test has in its title', () => {
    expect(rowsNamedIn(page).filter((row) => !tested.has(row))).toEqual([]);
  });

  it('has a table of advisories, each with titles of tests that exist', () => {
    expect(advisories.length).toBeGreaterThan(20);
    expect(advisories.flatMap((one) => one.titles).filter((title) => !titles.has(title))).toEqual([]);
  });

  it('quotes a title for every row of an advisory', () => {
    const missing = advisories.filter(({ rows, titles: quoted }) => rows.some((row) => !quoted.flatMap(rowsOf).includes(row)));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('has every line of its table read', () => {
    const lines = page.split('\n').filter((line) => /\bCVE-\d|\bGHSA-/.test(line));
    expect(lines.filter((line) => line.startsWith('|') && !advisories.some(({ name }) => line.includes(name)))).toEqual([]);
  });
});

describe('the reader of titles', () => {
  const titles = (text: string): string[] => titlesIn('x.spec.ts', text);

  it.each([
    "it('A01: is one', () => {})",
    "it.each([1])('A01: is one', () => {})",
    "it.each<[string]>([['x']])(`A01: is one`, () => {})",
    "describe('A01: is one', () => {})",
    "describe('a group', () => { it('A01: is one', f); })",
    "it.concurrent('A01: is one', f)",
  ])('finds what runs: %s', (text) => expect(titles(text)).toContain('A01: is one'));

  it.each([
    "// it('A01: is one', () => {})",
    "/* it('A01: is one', f) */",
    `const text = "it('A01: is one', f)";`,
    "it.skip('A01: is one', f)",
    "it.todo('A01: is one')",
    "it('A01: is one')",
    "it.failing('A01: is one', f)",
    "it.skip.each([1])('A01: is one', f)",
    "describe.skip('a group', () => { it('A01: is one', f); })",
    "log('A01: is one', f)",
    'it(title, f)',
  ])('finds nothing else: %s', (text) => expect(titles(text).filter((title) => title.startsWith('A01'))).toEqual([]));

  it('reads the rows at the beginning of a title alone', () => {
    expect(['A01: x', 'A01, B02: x', 'A01 x'].map(rowsOf)).toEqual([['A01'], ['A01', 'B02'], ['A01']]);
    expect(['is A01: x', 'A1: x', 'A01:x', 'Z01: x', 'A011: x', 'A01'].flatMap(rowsOf)).toEqual([]);
  });

  it('counts rows as people do', () => {
    expect(rowsNamedIn('A02 to A04, B01, WA01 and A1')).toEqual(['A02', 'A03', 'A04', 'B01']);
  });
});
