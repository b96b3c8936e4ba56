import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { SignalRError } from '../../lib/common/errors.js';

/** What `npm run fuzz` says; without it nothing is left to chance. */
const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const factor = Number(process.env['FUZZ_FACTOR'] ?? 1);

/** For `fc.assert`: so many runs, or as many more as `npm run fuzz` wants. */
export const fuzzing = (runs: number): { seed: number; numRuns: number } => ({ seed, numRuns: runs * factor });

/** The entries of a file in test/fuzz/corpus, one in each line: texts, bytes as hex in `.hex`, JSON strings in `.jsonl`. */
export function corpusOf(file: string): Buffer[] {
  const lines = readFileSync(new URL(`../fuzz/corpus/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .slice(0, -1);
  if (file.endsWith('.hex')) return lines.map((line) => Buffer.from(line, 'hex'));
  return lines.map((line) => Buffer.from(file.endsWith('.jsonl') ? (JSON.parse(line) as string) : line));
}

/** Bytes and texts that parsers have stumbled over. */
const hints = [
  '',
  '\0',
  '\u001e',
  '"',
  '\\',
  '\\u00',
  '{',
  '[',
  '}',
  ']',
  ',',
  ':',
  '-',
  '1e400',
  '9223372036854775808',
  '__proto__',
  'constructor',
  '%',
  '%2',
  '\r\n',
  ' ',
  ';',
  '=',
  '&',
  '?',
  '#',
  '../',
  '\ufeff',
  '\ufffd',
].map((hint) => Buffer.from(hint));
const bytes = [
  '7f',
  '80',
  'ff',
  'ffffffff',
  'ddffffffff',
  'dfffffffff',
  'dbffffffff',
  'c6ffffffff',
  'c9ffffffff',
  '91919191',
  '81a1',
  'c1',
  'd6ff',
  'ed a080',
].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));

type Change = (bytes: Buffer) => Buffer;

/** One change of what is there. */
function changesBy(corpus: readonly Buffer[]): fc.Arbitrary<Change> {
  const at = fc.nat({ max: 0xffff });
  const splice = (where: number, length: number, instead: Buffer): Change => {
    return (given) => {
      const start = where % (given.length + 1);
      return Buffer.concat([given.subarray(0, start), instead, given.subarray(start + length)]);
    };
  };
  const part = fc
    .tuple(fc.constantFrom(...corpus), at, at)
    .map(([other, from, to]) => other.subarray(from % (other.length + 1), to % (other.length + 1)));
  return fc.oneof(
    fc.tuple(at, fc.nat({ max: 7 })).map(
      ([where, bit]): Change =>
        (given) =>
          flipped(given, where, bit),
    ),
    fc
      .tuple(at, fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([where, instead]) => splice(where, instead.length, Buffer.from(instead))),
    fc.tuple(at, fc.constantFrom(...hints, ...bytes), fc.nat({ max: 3 })).map(([where, hint, length]) => splice(where, length, hint)),
    fc.tuple(at, part).map(([where, other]) => splice(where, 0, other)),
    fc.tuple(at, fc.nat({ max: 20 })).map(([where, length]) => splice(where, length, Buffer.alloc(0))),
    fc.tuple(at, at, fc.integer({ min: 2, max: 200 })).map(
      ([from, to, times]): Change =>
        (given) =>
          repeated(given, from, to, times),
    ),
    at.map(
      (where): Change =>
        (given) =>
          given.subarray(0, where % (given.length + 1)),
    ),
  );
}

/** Something of a corpus after a few changes. */
export function mutated(corpus: readonly Buffer[], most = 5): fc.Arbitrary<Buffer> {
  const changes = fc.array(changesBy(corpus), { maxLength: most });
  return fc.tuple(fc.constantFrom(...corpus), changes).map(([given, all]) => all.reduce((changed, change) => change(changed), given));
}

/** Bytes as they may come: in pieces. */
export function inPieces(whole: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (whole.length + 1)).sort((one, other) => one - other), whole.length];
  return cuts.slice(1).map((cut, index) => whole.subarray(cuts[index], cut));
}

/** What is made of something; undefined where that is refused with an error of ours. Whatever else is thrown is a fault. */
export function unlessRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof SignalRError) return undefined;
    throw error;
  }
}

/** Whether a client can read a document: bytes say themselves what they are. */
export function isReadable(document: string | Uint8Array | undefined): boolean {
  try {
    if (typeof document === 'string') JSON.parse(document);
    return true;
  } catch {
    return false;
  }
}

/** How much memory a value stands for: its parts, the characters of its texts, and its bytes. */
export function sizeOf(given: unknown): number {
  if (typeof given === 'string') return 1 + given.length;
  if (given instanceof Uint8Array) return 1 + given.length;
  if (typeof given !== 'object' || given === null || given instanceof Date) return 1;
  return Object.entries(given).reduce((sum, [key, part]) => sum + key.length + sizeOf(part), 1);
}

function flipped(given: Buffer, where: number, bit: number): Buffer {
  const changed = Buffer.from(given);
  if (changed.length > 0) changed[where % changed.length] ^= 1 << bit;
  return changed;
}

/** What is repeated is short: a few changes of this kind are not to grow beyond all bounds. */
function repeated(given: Buffer, from: number, to: number, times: number): Buffer {
  if (given.length > 20_000) return given;
  const [start, end] = [from % (given.length + 1), to % (given.length + 1)].sort((one, other) => one - other);
  const part = given.subarray(start, Math.min(end, start + 50));
  return Buffer.concat([given.subarray(0, start), ...Array.from({ length: times }, () => part), given.subarray(end)]);
}
