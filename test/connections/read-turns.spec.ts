import { duplexPair } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { closeReason } from '../../lib/common/close-reason.js';
import { DuplexTransport } from '../../lib/connections/transports/duplex.js';
import { PORTION, ReadTurns } from '../../lib/connections/transports/read-turns.js';
import type { WebSocketTransport } from '../../lib/connections/transports/web-socket.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { nextTurn } from '../support/changes.js';
import { RawWebSocket } from '../support/raw-web-socket.js';
import type { RecordingHandler } from '../support/recording-endpoint.js';
import { clientFrame, closePayload, Opcode } from '../support/web-socket-frames.js';
import { WebSocketHost } from '../support/web-socket-host.js';

const FRAME = clientFrame(Opcode.Text, 'x'.repeat(100));
const FRAMES = 4_000;

/** The most that was heard in one turn of the event loop, from now until `length` bytes were. */
async function mostInOneTurn(handler: RecordingHandler, length: number): Promise<number> {
  const parts = [0];
  handler.whenReceiving = (bytes) => (parts[parts.length - 1] += bytes.length);
  handler.connection.resume();
  while (parts.reduce((sum, part) => sum + part) < length) {
    await nextTurn();
    parts.push(0);
  }
  return Math.max(...parts);
}

describe('I05, I08: a client that sends thousands of messages at once', () => {
  let host: WebSocketHost;

  beforeEach(async () => {
    host = await WebSocketHost.open();
  });

  afterEach(() => host.close());

  it('is read a portion in each turn, whatever else waits', async () => {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    handler.connection.pause();
    await new Promise((resolve) => peer.socket.write(Buffer.concat(Array(FRAMES).fill(FRAME)), resolve));
    // The last read may begin before the portion is full.
    expect(await mostInOneTurn(handler, FRAMES * 100)).toBeLessThan(2 * PORTION);
  });

  it('is still not read where its connection is paused in the meantime', async () => {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    handler.whenReceiving = () => handler.connection.pause();
    peer.write(Buffer.concat(Array(FRAMES).fill(FRAME)));
    await handler.received(100);
    await nextTurn();
    const { length } = handler.bytes;
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(handler.bytes).toHaveLength(length);
    expect(length).toBeLessThan(2 * PORTION);
  });
});

describe('I05: a client that is closed for a flood', () => {
  let host: WebSocketHost;

  beforeEach(async () => {
    host = await WebSocketHost.open();
  });

  afterEach(() => host.close());

  const close = (handler: RecordingHandler): void => handler.connection.close(closeReason('failed', { error: new Error('too fast') }));

  it('hears the goodbye and sees the end of our side, and what it goes on sending is not looked at', async () => {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    const looked = jest.spyOn(handler.connection.transport as WebSocketTransport, 'received');
    handler.whenReceiving = () => close(handler);
    for (let part = 0; part < 4; part++) peer.write(Buffer.concat(Array(FRAMES).fill(FRAME)));
    expect(await peer.next()).toMatchObject({ opcode: Opcode.Close, payload: closePayload(1000) });
    await peer.ended;
    // What had come together with the frame that was one too many.
    expect(looked.mock.calls.length).toBeLessThan(FRAMES / 4);
    peer.socket.end();
    await peer.closed;
  });

  it('takes the turns of others with what it goes on sending no more than before', async () => {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    const socket = host.socketOf(handler);
    close(handler);
    await peer.ended;
    const paused = new Promise((resolve) => socket.once('pause', () => resolve('paused')));
    peer.write(Buffer.alloc(2 * PORTION));
    expect(await paused).toBe('paused');
    peer.socket.end();
    await peer.closed;
  });

  it('C08: is cut off in its time where it never leaves', async () => {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    close(handler);
    await peer.ended;
    const socket = host.socketOf(handler);
    await host.clock.advance(4_999);
    expect(socket.destroyed).toBe(false);
    await host.clock.advance(1);
    expect(socket.destroyed).toBe(true);
  });

  it('is a clean close for a client of another make', async () => {
    const client = new WebSocket(host.url);
    const closed = new Promise((resolve) => client.once('close', (code) => resolve(code)));
    const handler = await host.next();
    await new Promise((resolve) => client.once('open', resolve));
    close(handler);
    expect(await closed).toBe(1000);
  });
});

describe('the turns of reading', () => {
  function source() {
    const log: string[] = [];
    return { log, turns: new ReadTurns({ pause: () => log.push('pause'), resume: () => log.push('resume') }) };
  }

  it('cost nobody a turn who sends little', () => {
    const { log, turns } = source();
    turns.take(PORTION - 1);
    expect(log).toEqual([]);
  });

  it('are taken after each portion, however small its pieces are', async () => {
    const { log, turns } = source();
    for (let piece = 0; piece < 8; piece++) turns.take(PORTION / 4);
    expect(log).toEqual(['pause']);
    await nextTurn();
    turns.take(PORTION);
    await nextTurn();
    expect(log).toEqual(['pause', 'resume', 'pause', 'resume']);
  });

  it('are no reason to read where somebody else holds the source', async () => {
    const { log, turns } = source();
    turns.take(PORTION);
    turns.pause();
    await nextTurn();
    expect(log).toEqual(['pause', 'pause']);
    turns.resume();
    expect(log.at(-1)).toBe('resume');
  });

  it('are waited for by who lets go of the source meanwhile', async () => {
    const { log, turns } = source();
    turns.pause();
    turns.take(PORTION);
    turns.resume();
    expect(log).not.toContain('resume');
    await nextTurn();
    expect(log.at(-1)).toBe('resume');
  });

  it('are taken on streams of bytes as well', async () => {
    const [ours, theirs] = duplexPair();
    const transport = new DuplexTransport(theirs, 1_000, new FakeClock());
    const heard = new Mailbox<[length: number, isPaused: boolean]>();
    const receive = (bytes: Buffer): void => heard.put([bytes.length, theirs.isPaused()]);
    transport.serve({ receive, transportClosed() {} } as never);
    ours.write(Buffer.alloc(PORTION));
    ours.write(Buffer.alloc(PORTION));
    expect(await heard.take(() => true)).toEqual([PORTION, true]);
    expect(await heard.take(() => true)).toEqual([PORTION, true]);
  });
});
