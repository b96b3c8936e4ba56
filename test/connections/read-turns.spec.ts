import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { closeReason } from '../../lib/common/close-reason.js';
import { DETENTION } from '../../lib/connections/transports/detention.js';
import { DuplexTransport } from '../../lib/connections/transports/duplex.js';
import { PORTION, ReadTurns } from '../../lib/connections/transports/read-turns.js';
import { LINGER, PASSED_OVER } from '../../lib/connections/transports/web-socket.reading.js';
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

/** Both ends of a TCP connection. */
async function socketPair(): Promise<[Duplex, Duplex]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ours = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [theirs] = (await once(server, 'connection')) as [Duplex];
  server.close();
  return [ours, theirs];
}

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

  it('is read no further where it goes on sending, and torn down when it has had a second to hear so', async () => {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    const socket = host.socketOf(handler) as Socket;
    close(handler);
    await peer.ended;
    const before = socket.bytesRead;
    peer.write(Buffer.alloc(PASSED_OVER));
    while (socket.bytesRead < before + PASSED_OVER) await nextTurn();
    await nextTurn();
    expect(socket.isPaused()).toBe(false);
    peer.write(Buffer.alloc(1));
    while (!socket.isPaused()) await nextTurn();
    await host.clock.advance(LINGER - 1);
    expect([socket.isPaused(), socket.destroyed]).toEqual([true, false]);
    await host.clock.advance(1);
    expect(socket.destroyed).toBe(true);
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

describe('I05: a client that is closed for sending more than it may', () => {
  let host: WebSocketHost;

  beforeEach(async () => {
    host = await WebSocketHost.open();
  });

  afterEach(() => host.close());

  /** Connects, and is closed for the first of so many messages that come at once. */
  async function flood(messages: number): Promise<{ peer: RawWebSocket; handler: RecordingHandler }> {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    handler.words = 'too fast';
    handler.whenReceiving = () => handler.connection.close(closeReason('failed', { error: new Error('too fast'), isFlood: true }));
    handler.connection.pause();
    await new Promise((resolve) => peer.socket.write(Buffer.concat(Array(messages).fill(FRAME)), resolve));
    handler.connection.resume();
    await handler.received(100);
    return { peer, handler };
  }

  /** What it is told, when that is all. */
  async function toldTo(peer: RawWebSocket): Promise<string[]> {
    await peer.ended;
    return peer.frames.map(({ payload }) => payload.toString('latin1'));
  }

  const GOODBYE = ['too fast', closePayload(1000).toString('latin1')];

  it('hears of it a second later where it sends faster than it can be read, for it would be back at once', async () => {
    const { peer, handler } = await flood(FRAMES);
    await host.clock.advance(DETENTION - 1);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(peer.frames).toEqual([]);
    await host.clock.advance(1);
    expect(await toldTo(peer)).toEqual(GOODBYE);
    expect(handler.chunks).toHaveLength(1);
  });

  it('hears of it at once where the server goes', async () => {
    const { peer, handler } = await flood(FRAMES);
    handler.connection.transport.discharge?.();
    expect(await toldTo(peer)).toEqual(GOODBYE);
    await host.clock.advance(DETENTION);
    expect(handler.endedFor).toHaveLength(1);
  });

  it('hears of it at once where it sends little at a time', async () => {
    const { peer } = await flood(100);
    expect(await toldTo(peer)).toEqual(GOODBYE);
  });

  it('is torn down at once where the server can wait no longer', async () => {
    const { peer, handler } = await flood(FRAMES);
    handler.connection.transport.cut?.();
    await peer.closed;
    await host.clock.advance(DETENTION);
    expect(peer.frames).toEqual([]);
  });

  /** Sends much over a stream of bytes, and is closed for the first of it. */
  async function floodStream(ours: Duplex, theirs: Duplex): Promise<FakeClock> {
    const clock = new FakeClock();
    const transport = new DuplexTransport(theirs, 5_000, clock);
    const over = (): void => {
      transport.detain();
      transport.write('too fast');
      transport.close(closeReason('failed', { error: new Error('too fast'), isFlood: true }));
    };
    ours.write(Buffer.alloc(4 * PORTION));
    await new Promise<void>((resolve) => {
      transport.serve({ receive: () => resolve(over()), transportClosed() {}, transportEnded() {} } as never);
    });
    return clock;
  }

  const heardOver = async (stream: Duplex): Promise<unknown> => String(await new Promise((resolve) => stream.once('data', resolve)));

  it('hears of it a second later over TCP as well', async () => {
    const [ours, theirs] = await socketPair();
    const clock = await floodStream(ours, theirs);
    const heard = heardOver(ours);
    await clock.advance(DETENTION - 1);
    expect(theirs.writableLength).toBeGreaterThan(0);
    await clock.advance(1);
    expect(await heard).toBe('too fast');
    for (const socket of [ours, theirs]) socket.destroy();
  });

  it('hears of it at once within this process, where the clock may stand still', async () => {
    const [ours, theirs] = duplexPair();
    await floodStream(ours, theirs);
    expect(await heardOver(ours)).toBe('too fast');
  });
});

describe('the turns of reading', () => {
  function source() {
    const log: string[] = [];
    const stream = { destroyed: false, unshift: (rest: Buffer) => log.push(`${rest.length} later`) };
    const turns = new ReadTurns({ pause: () => log.push('pause'), resume: () => log.push('resume') }, stream);
    return { log, turns, take: (length: number) => turns.take(Buffer.alloc(length)).length };
  }

  it('cost nobody a turn who sends little', () => {
    const { log, take } = source();
    expect(take(PORTION - 1)).toBe(PORTION - 1);
    expect(log).toEqual([]);
  });

  it('are taken after each portion, however small its pieces are', async () => {
    const { log, take } = source();
    for (let piece = 0; piece < 8; piece++) take(PORTION / 4);
    expect(log).toEqual(['pause']);
    await nextTurn();
    take(PORTION);
    await nextTurn();
    expect(log).toEqual(['pause', 'resume', 'pause', 'resume']);
  });

  it('leave the rest of a large piece for later', async () => {
    const { log, take } = source();
    expect(take(4 * PORTION)).toBe(PORTION);
    expect(log).toEqual(['pause', `${3 * PORTION} later`]);
    await nextTurn();
    expect(log.at(-1)).toBe('resume');
  });

  it('are no reason to read where somebody else holds the source', async () => {
    const { log, turns, take } = source();
    take(PORTION);
    turns.pause();
    await nextTurn();
    expect(log).toEqual(['pause', 'pause']);
    turns.resume();
    expect(log.at(-1)).toBe('resume');
  });

  it('are waited for by who lets go of the source meanwhile', async () => {
    const { log, turns, take } = source();
    turns.pause();
    take(PORTION);
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
