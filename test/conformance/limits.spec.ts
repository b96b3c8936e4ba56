import { describe, expect, it } from '@jest/globals';
import { answered, binary, echoOf, frameOf, heardBy, inFragments, more, text, type Said } from '../support/conformance.js';
import { serveConformance, LARGEST } from '../support/conformance-server.js';
import { Opcode } from '../support/web-socket-frames.js';

const server = serveConformance();

const KIBI = 1_024;
const kinds: [string, number][] = [
  ['a text', Opcode.Text],
  ['bytes', Opcode.Binary],
];
const message = (opcode: number, size: number): Said => frameOf(opcode, Buffer.alloc(size, 'BAsd7&jh23'));

describe.each(kinds)('9.1 to 9.6: %s', (_, opcode) => {
  it.each([64 * KIBI, 256 * KIBI, LARGEST])('of %d bytes in one frame is said back', async (size) => {
    const said = message(opcode, size);
    expect(await heardBy(server.port, [said], 1)).toEqual([...echoOf(said), 'close 1000']);
  });

  it.each([64, 256, KIBI, 4 * KIBI, 64 * KIBI, 256 * KIBI])('of the largest size in fragments of %d is said back', async (size) => {
    const said = message(opcode, LARGEST);
    expect(await heardBy(server.port, inFragments(said, size), 1)).toEqual([...echoOf(said), 'close 1000']);
  });

  it.each([256, KIBI, 4 * KIBI])('of 256 KiB that comes in pieces of %d is said back', async (size) => {
    const said = message(opcode, 256 * KIBI);
    expect(await heardBy(server.port, [said], 1, size)).toEqual([...echoOf(said), 'close 1000']);
  });

  it('of one byte more than the largest size ends the connection', async () => {
    expect(await heardBy(server.port, [message(opcode, LARGEST + 1)])).toEqual(['close 1009']);
  });

  it('of one byte more, in fragments of which each is small, does so too', async () => {
    expect(await heardBy(server.port, inFragments(message(opcode, LARGEST + 1), 64 * KIBI))).toEqual(['close 1009']);
  });
});

describe.each(kinds)('9.7, 9.8: %s', (_, opcode) => {
  it.each([0, 16, 64, 256, KIBI, 4 * KIBI])('of %d bytes, a hundred times one after the other, is said back each time', async (size) => {
    const said = message(opcode, size);
    const script = Array.from({ length: 100 }, () => [said, answered] as const).flat();
    expect(await heardBy(server.port, script, 100)).toEqual([...echoOf(...Array.from({ length: 100 }, () => said)), 'close 1000']);
  });

  it('of 64 bytes, a thousand times at once, is said back in its order', async () => {
    const all = Array.from({ length: 1_000 }, (__, index) => frameOf(opcode, String(index).padEnd(64)));
    expect(await heardBy(server.port, all, 1_000)).toEqual([...echoOf(...all), 'close 1000']);
  });
});

describe('10.1.1: a text of 65,536 bytes', () => {
  it('in fragments of 1,300 bytes is said back whole', async () => {
    const said = text(Buffer.alloc(65_536, '*'));
    expect(await heardBy(server.port, inFragments(said, 1_300), 1, 'frame by frame')).toEqual([...echoOf(said), 'close 1000']);
  });
});

describe('more fragments than a message may have', () => {
  it.each([
    ['of a byte each', 'x'],
    ['without a byte', ''],
  ])('%s, end the connection', async (_, payload) => {
    const fragments = Array.from({ length: 20_000 }, () => more(payload, false));
    expect(await heardBy(server.port, [binary(payload, false), ...fragments])).toEqual(['close 1008']);
  });
});
