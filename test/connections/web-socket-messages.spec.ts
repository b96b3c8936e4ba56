import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { WebSocket } from 'ws';
import { mask } from '../../lib/connections/transports/web-socket.mask.js';
import { readMessages } from '../../lib/connections/transports/web-socket.messages.js';
import { RawWebSocket } from '../support/raw-web-socket.js';
import type { RecordingHandler } from '../support/recording-endpoint.js';
import { clientFrame, Opcode } from '../support/web-socket-frames.js';
import { WebSocketHost } from '../support/web-socket-host.js';

const NO_LIMIT = 0;

function heard(bytes: Buffer, maximum = NO_LIMIT): { messages: [text: string, isBinary: boolean][]; read: number } {
  const messages: [string, boolean][] = [];
  const received = (data: Buffer, isBinary: boolean): void => void messages.push([data.toString('latin1'), isBinary]);
  return { read: readMessages(bytes, maximum, { isDeaf: false, received }), messages };
}

describe('the mask of a client', () => {
  it('is taken off as by the letter of RFC 6455, wherever the message stands in memory and however long it is', () => {
    const cases = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ maxLength: 600 }), fc.nat({ max: 9 }));
    fc.assert(
      fc.property(cases, ([key, payload, offset]) => {
        const bytes = Buffer.concat([Buffer.alloc(offset), key, payload, Buffer.from('behind')]);
        const start = offset + key.length;
        mask(bytes, start, start + payload.length);
        const byTheLetter = payload.map((byte, index) => byte ^ key[index % 4]);
        expect(bytes).toEqual(Buffer.concat([Buffer.alloc(offset), key, byTheLetter, Buffer.from('behind')]));
      }),
    );
  });
});

describe('the messages at the beginning of what a client sends', () => {
  it.each([0, 1, 2, 3, 4, 5, 125, 126, 127, 65_535])('are read where they have %i bytes', (length) => {
    const text = 'x'.repeat(length);
    const bytes = Buffer.concat([clientFrame(Opcode.Text, text), clientFrame(Opcode.Binary, Buffer.from(text))]);
    expect(heard(bytes)).toEqual({ messages: [[text, false], [text, true]], read: bytes.length }); // prettier-ignore
  });

  it('are the bytes that were masked, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (payloads) => {
        const { messages } = heard(Buffer.concat(payloads.map((payload) => clientFrame(Opcode.Binary, payload))));
        expect(messages.map(([text]) => Buffer.from(text, 'latin1'))).toEqual(payloads.map((payload) => Buffer.from(payload)));
      }),
    );
  });

  it.each<[string, Buffer]>([
    ['a ping', clientFrame(Opcode.Ping)],
    ['a goodbye', clientFrame(Opcode.Close)],
    ['the first fragment of a message', clientFrame(Opcode.Text, 'x', false)],
    ['a later fragment', clientFrame(Opcode.Continuation, 'x')],
    ['a frame with a reserved bit', Buffer.from([0xc1, 0x80, 0, 0, 0, 0])],
    ['a frame that is not masked', Buffer.from([0x81, 0x01, 0x78])],
    ['a length of eight bytes', clientFrame(Opcode.Binary, Buffer.alloc(65_536))],
    ['text that is not UTF-8', clientFrame(Opcode.Text, Buffer.from([0x78, 0xff, 0xfe]))],
    ['more than is taken', clientFrame(Opcode.Binary, Buffer.alloc(101))],
    ['a frame that has not come whole', clientFrame(Opcode.Text, 'xy').subarray(0, -1)],
    ['a header that has not come whole', clientFrame(Opcode.Text, 'x'.repeat(200)).subarray(0, 3)],
    ['one byte', Buffer.from([0x81])],
  ])('end before %s, which is left as it came', (_, other) => {
    const first = clientFrame(Opcode.Text, 'first');
    const bytes = Buffer.concat([first, other]);
    expect(heard(bytes, 100)).toEqual({ messages: [['first', false]], read: first.length });
    expect(bytes.subarray(first.length)).toEqual(other);
  });

  it('end where nobody listens any more', () => {
    const hearer = { isDeaf: false, received: () => void (hearer.isDeaf = true) };
    const frame = clientFrame(Opcode.Text, 'x');
    expect(readMessages(Buffer.concat([frame, frame]), NO_LIMIT, hearer)).toBe(frame.length);
  });
});

/**
 * Messages go past `ws` where it is between two of its frames. Whoever updates `ws` and finds one of these red has to look at
 * `WebSocketReading.isBetweenFrames` first.
 */
describe('what a client sends, past ws and by way of it', () => {
  let host: WebSocketHost;
  let peer: RawWebSocket;
  let handler: RecordingHandler;
  let byWs: jest.Mock;

  beforeEach(async () => {
    host = await WebSocketHost.open();
    peer = await RawWebSocket.open(host.port);
    handler = await host.next();
    byWs = jest.fn();
    (Reflect.get(handler.connection.transport, 'peerSocket') as WebSocket).on('message', byWs);
  });

  afterEach(() => host.close());

  it('goes past it in whole frames', async () => {
    peer.send(Opcode.Text, 'a');
    await handler.received(1);
    peer.send(Opcode.Text, 'b');
    await handler.received(2);
    expect([handler.text, byWs.mock.calls.length]).toEqual(['ab', 0]);
  });

  it('goes past it again when a message in pieces is over', async () => {
    peer.send(Opcode.Text, 'a', false);
    peer.send(Opcode.Ping);
    peer.send(Opcode.Continuation, 'b');
    await handler.received(2);
    peer.send(Opcode.Text, 'c');
    await handler.received(3);
    expect([handler.text, byWs.mock.calls.length]).toEqual(['abc', 1]);
  });

  it('is heard once and in its order, however it is cut', async () => {
    const frames = ['one', 'two', 'three'].map((text) => clientFrame(Opcode.Text, text));
    const fragments = [clientFrame(Opcode.Text, 'fo', false), clientFrame(Opcode.Ping), clientFrame(Opcode.Continuation, 'ur')];
    const bytes = Buffer.concat([...frames, ...fragments, ...frames]);
    const socket = host.socketOf(handler);
    const times = bytes.length;
    for (let cut = 1; cut <= times; cut++) {
      socket.emit('data', Buffer.from(bytes.subarray(0, cut)));
      socket.emit('data', Buffer.from(bytes.subarray(cut)));
    }
    expect(handler.text).toBe('onetwothreefouronetwothree'.repeat(times));
  });

  it('is heard no more after a goodbye, which ws reads', async () => {
    peer.write(Buffer.concat([clientFrame(Opcode.Text, 'a'), clientFrame(Opcode.Close), clientFrame(Opcode.Text, 'b')]));
    expect(await peer.next()).toMatchObject({ opcode: Opcode.Close });
    peer.send(Opcode.Text, 'c');
    await handler.transportEnded();
    expect(handler.text).toBe('a');
  });
});
