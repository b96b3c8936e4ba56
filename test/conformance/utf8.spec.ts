import { describe, expect, it } from '@jest/globals';
import { echoOf, heardBy, inFragments, more, text, type Delivery } from '../support/conformance.js';
import { serveConformance } from '../support/conformance-server.js';

const server = serveConformance();

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const isValid = (data: Buffer): boolean => Buffer.from(data.toString()).equals(data);

/** "κόσμε", and what nobody may read in it. */
const KOSME = 'ce ba e1 bd b9 cf 83 ce bc ce b5';
const SURROGATE = 'ed a0 80';
const BEYOND = 'f4 90 80 80';

describe('6.1: a text without a character', () => {
  it.each([
    ['6.1.1: in one frame', [text()], text()],
    ['6.1.2: in three frames', [text('', false), more('', false), more()], text()],
    ['6.1.3: around one that has some', [text('', false), more('middle frame payload', false), more()], text('middle frame payload')],
  ])('%s, is said back', async (_, script, whole) => {
    expect(await heardBy(server.port, script, 1)).toEqual([...echoOf(whole), 'close 1000']);
  });
});

describe('6.2: a text of several bytes a character', () => {
  const hello = text('Hello-µ@ßöäüàá-UTF-8!!');
  const kosme = text(bytes(KOSME));
  it.each([
    ['6.2.1: whole', [hello], hello],
    ['6.2.2: cut between two characters', [text('Hello-µ@ßöä', false), more('üàá-UTF-8!!')], hello],
    ['6.2.3: a byte to a frame', inFragments(hello, 1), hello],
    ['6.2.4: of other characters, a byte to a frame', inFragments(kosme, 1), kosme],
  ])('%s, is said back', async (_, script, whole) => {
    expect(await heardBy(server.port, script, 1)).toEqual([...echoOf(whole), 'close 1000']);
  });
});

describe('6.3, 6.4: a text with bytes that are no UTF-8', () => {
  const broken = text(bytes(`${KOSME} ${SURROGATE} 65 64 69 74 65 64`));
  const beyond = [bytes(KOSME), bytes(BEYOND), bytes('65 64 69 74 65 64')] as const;
  const inThree = [text(beyond[0], false), more(beyond[1], false), more(beyond[2])];
  const within = [text(bytes(`${KOSME} f4`), false), more(bytes('90'), false), more(bytes('80 80 65 64 69 74 65 64'))];
  it.each<[string, ReturnType<typeof text>[], Delivery]>([
    ['6.3.1: whole', [broken], 'at once'],
    ['6.3.2: a byte to a frame', inFragments(broken, 1), 'at once'],
    ['6.4.1: in a frame of their own', inThree, 'frame by frame'],
    ['6.4.2: cut within the character', within, 'frame by frame'],
    ['6.4.3: in a frame of their own, in small pieces', inThree, 3],
    ['6.4.4: cut within the character, a byte at a time', within, 1],
  ])('%s, ends the connection', async (_, script, delivery) => {
    expect(await heardBy(server.port, script, undefined, delivery)).toEqual(['close 1007']);
  });
});

/** One byte more, time and again. */
const prefixes = (hex: string): string[] => hex.split(' ').map((__, index, all) => all.slice(0, index + 1).join(' '));
/** A character of each of the higher planes, from U+1FFFE to U+10FFFF. */
const lastOfPlanes = Array.from({ length: 16 }, (_, plane) =>
  [0xfffe, 0xffff].map((low) => String.fromCodePoint((plane + 1) * 0x10000 + low)),
)
  .flat()
  .map((character) => Buffer.from(character).toString('hex'));
const range = (from: number, to: number, behind = ''): string =>
  Array.from({ length: to - from + 1 }, (_, index) => (from + index).toString(16).padStart(2, '0') + behind).join('');

const INCOMPLETE = ['c0', 'e0 80', 'f0 80 80', 'f8 80 80 80', 'fc 80 80 80 80', 'df', 'ef bf', 'f7 bf bf', 'fb bf bf bf', 'fd bf bf bf bf'];

const valid: Record<string, string[]> = {
  '6.5: κόσμε, alone and within others': [KOSME, `48 69 ${KOSME}`, `${KOSME} 21`, `${KOSME} ${KOSME}`, `20 ${KOSME} 20`],
  '6.6: what κόσμε begins with, as far as characters are whole': prefixes(KOSME).filter((hex) => isValid(bytes(hex))),
  '6.7: the first of each length': ['00', 'c2 80', 'e0 a0 80', 'f0 90 80 80'],
  '6.9: the last of each length': ['7f', 'df bf', 'ef bf bf', 'f4 8f bf bf'],
  '6.11: others at a border': ['ed 9f bf', 'ee 80 80', 'ef bf bd', 'f4 8f bf bf'],
  '6.22: what is no character but may be said': ['ef bf be', 'ef bf bf', ...lastOfPlanes],
  '6.23: specials': ['ef bf b9', 'ef bf ba', 'ef bf bb', 'ef bf bc', 'ef bf bd', 'ef bf be', 'ef bf bf'],
};

const invalid: Record<string, string[]> = {
  '6.6: what κόσμε begins with, where a character is cut': prefixes(KOSME).filter((hex) => !isValid(bytes(hex))),
  '6.8: the first of lengths that there are not': ['f8 88 80 80 80', 'fc 84 80 80 80 80'],
  '6.10: the last of lengths that there are not': ['f7 bf bf bf', 'fb bf bf bf bf', 'fd bf bf bf bf bf'],
  '6.11: the first beyond Unicode': [BEYOND],
  '6.12: what goes on with nothing': ['80', 'bf', ...prefixes('80 bf 80 bf 80 bf').slice(1), range(0x80, 0xbf)],
  '6.13: beginnings with nothing behind them': [
    range(0xc0, 0xdf, '20'),
    range(0xe0, 0xef, '20'),
    range(0xf0, 0xf7, '20'),
    range(0xf8, 0xfb, '20'),
    range(0xfc, 0xfd, '20'),
  ],
  '6.14: where the last byte is missing': INCOMPLETE,
  '6.15: all of these in a row': [INCOMPLETE.join('')],
  '6.16: bytes that never are': ['fe', 'ff', 'fe fe ff ff'],
  '6.17: a slash that is too long': ['c0 af', 'e0 80 af', 'f0 80 80 af', 'f8 80 80 80 af', 'fc 80 80 80 80 af'],
  '6.18: the last that are too long': ['c1 bf', 'e0 9f bf', 'f0 8f bf bf', 'f8 87 bf bf bf', 'fc 83 bf bf bf bf'],
  '6.19: a NUL that is too long': ['c0 80', 'e0 80 80', 'f0 80 80 80', 'f8 80 80 80 80', 'fc 80 80 80 80 80'],
  '6.20: halves of pairs': ['ed a0 80', 'ed ad bf', 'ed ae 80', 'ed af bf', 'ed b0 80', 'ed be 80', 'ed bf bf'],
  '6.21: pairs in two halves': ['ed a0 80', 'ed ad bf', 'ed ae 80', 'ed af bf'].flatMap((high) => [`${high} ed b0 80`, `${high} ed bf bf`]),
};

describe('a text of bytes that are UTF-8', () => {
  it.each(Object.entries(valid))('%s, is said back', async (_, all) => {
    for (const hex of all) expect(await heardBy(server.port, [text(bytes(hex))], 1)).toEqual([...echoOf(text(bytes(hex))), 'close 1000']);
  });
});

describe('a text of bytes that are none', () => {
  it.each(Object.entries(invalid))('%s, ends the connection', async (_, all) => {
    for (const hex of all) expect([hex, ...(await heardBy(server.port, [text(bytes(hex))]))]).toEqual([hex, 'close 1007']);
  });
});
