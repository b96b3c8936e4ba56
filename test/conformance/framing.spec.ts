import { describe, expect, it } from '@jest/globals';
import { binary, echoOf, heardBy, ping, pong, text, type Delivery } from '../support/conformance.js';
import { serveConformance } from '../support/conformance-server.js';

const server = serveConformance();

/** At these the form of the length changes. */
const sizes = [0, 125, 126, 127, 128, 65_535, 65_536];

describe('1.1: a text message', () => {
  it.each(sizes)('of %d bytes is said back', async (size) => {
    const message = text('*'.repeat(size));
    expect(await heardBy(server.port, [message], 1)).toEqual([...echoOf(message), 'close 1000']);
  });

  it('of 65,536 bytes that comes in pieces of 997 is said back', async () => {
    const message = text('*'.repeat(65_536));
    expect(await heardBy(server.port, [message], 1, 997)).toEqual([...echoOf(message), 'close 1000']);
  });
});

describe('1.2: a binary message', () => {
  it.each(sizes)('of %d bytes is said back', async (size) => {
    const message = binary(Buffer.alloc(size, 0xfe));
    expect(await heardBy(server.port, [message], 1)).toEqual([...echoOf(message), 'close 1000']);
  });

  it('of 65,536 bytes that comes in pieces of 997 is said back', async () => {
    const message = binary(Buffer.alloc(65_536, 0xfe));
    expect(await heardBy(server.port, [message], 1, 997)).toEqual([...echoOf(message), 'close 1000']);
  });
});

describe('2: a ping', () => {
  const bytes = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
  it.each<[string, string | Buffer, Delivery]>([
    ['2.1: without a payload', '', 'at once'],
    ['2.2: with a text', 'Hello, world!', 'at once'],
    ['2.3: with bytes that are no text', bytes, 'at once'],
    ['2.4: with 125 bytes', Buffer.alloc(125, 0xfe), 'at once'],
    ['2.6: with 125 bytes, a byte at a time', Buffer.alloc(125, 0xfe), 1],
  ])('%s, is answered with the same', async (_, payload, delivery) => {
    expect(await heardBy(server.port, [ping(payload)], 1, delivery)).toEqual([...echoOf(pong(payload)), 'close 1000']);
  });

  it('2.5: with 126 bytes, ends the connection', async () => {
    expect(await heardBy(server.port, [ping(Buffer.alloc(126, 0xfe))])).toEqual(['close 1002']);
  });

  const ten = Array.from({ length: 10 }, (_, index) => `payload-${index}`);
  it.each<[string, Delivery]>([
    ['2.10: of ten', 'at once'],
    ['2.11: of ten that come a byte at a time', 1],
  ])('%s, is answered in its order', async (_, delivery) => {
    expect(await heardBy(server.port, ten.map(ping), 10, delivery)).toEqual([...echoOf(...ten.map(pong)), 'close 1000']);
  });
});

describe('2: a pong that nobody asked for', () => {
  it.each([
    ['2.7: without a payload', [pong()], []],
    ['2.8: with a payload', [pong('unsolicited')], []],
    ['2.9: before a ping', [pong('unsolicited'), ping('asked')], [pong('asked')]],
  ])('%s, is not answered', async (_, said, answers) => {
    expect(await heardBy(server.port, said, answers.length)).toEqual([...echoOf(...answers), 'close 1000']);
  });
});
