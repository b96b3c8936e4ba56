import { describe, expect, it } from '@jest/globals';
import { answered, echoOf, frameOf, heardBy, ping, text, type Delivery, type Script } from '../support/conformance.js';
import { serveConformance } from '../support/conformance-server.js';
import { Opcode } from '../support/web-socket-frames.js';

const server = serveConformance();

const hello = text('Hello, world!');
const reserved = (bits: number, opcode: number, payload = 'Hello, world!') => frameOf((bits << 4) | opcode, payload);

describe('3: a frame with reserved bits that nobody has given a meaning', () => {
  it.each<[string, Script, Delivery]>([
    ['3.1: 1, on a text', [reserved(1, Opcode.Text)], 'at once'],
    ['3.5: 5, on bytes', [reserved(5, Opcode.Binary)], 'at once'],
    ['3.6: 6, on a ping', [reserved(6, Opcode.Ping)], 'at once'],
    ['3.7: 7, on a close', [reserved(7, Opcode.Close, '')], 'at once'],
  ])('%s, ends the connection', async (_, script, delivery) => {
    expect(await heardBy(server.port, script, undefined, delivery)).toEqual(['close 1002']);
  });

  it.each<[string, number, Delivery]>([
    ['3.2: 2, at once with what follows', 2, 'at once'],
    ['3.3: 3, frame by frame', 3, 'frame by frame'],
    ['3.4: 4, a byte at a time', 4, 1],
  ])('%s, ends the connection after what came before was answered', async (_, bits, delivery) => {
    const script = [hello, answered, reserved(bits, Opcode.Text), ping()] as const;
    expect(await heardBy(server.port, script, undefined, delivery)).toEqual([...echoOf(hello), 'close 1002']);
  });
});

describe('4: a frame of a kind that there is not', () => {
  it.each([
    ['4.1.1', 3, ''],
    ['4.1.2', 4, 'reserved opcode payload'],
    ['4.2.1', 11, ''],
    ['4.2.2', 12, 'reserved opcode payload'],
  ])('%s: %d, ends the connection', async (_, opcode, payload) => {
    expect(await heardBy(server.port, [frameOf(opcode, payload)])).toEqual(['close 1002']);
  });

  it.each<[string, number, string, Delivery]>([
    ['4.1.3', 5, '', 'at once'],
    ['4.1.4', 6, 'reserved opcode payload', 'at once'],
    ['4.1.5', 7, 'reserved opcode payload', 1],
    ['4.2.3', 13, '', 'at once'],
    ['4.2.4', 14, 'reserved opcode payload', 'at once'],
    ['4.2.5', 15, 'reserved opcode payload', 1],
  ])('%s: %d, ends the connection after what came before was answered', async (_, opcode, payload, delivery) => {
    const script = [hello, answered, frameOf(opcode, payload), ping()] as const;
    expect(await heardBy(server.port, script, undefined, delivery)).toEqual([...echoOf(hello), 'close 1002']);
  });
});
