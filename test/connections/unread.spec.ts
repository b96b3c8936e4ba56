import { duplexPair, type Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { DETENTION } from '../../lib/connections/transports/detention.js';
import { DuplexTransport } from '../../lib/connections/transports/duplex.js';
import { PORTION } from '../../lib/connections/transports/read-turns.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { nextTurn, turns } from '../support/changes.js';
import { RawWebSocket } from '../support/raw-web-socket.js';
import { RecordingEndpoint, type RecordingHandler } from '../support/recording-endpoint.js';
import { clientFrame, Opcode } from '../support/web-socket-frames.js';
import { WebSocketHost } from '../support/web-socket-host.js';

const TEXT = 'x'.repeat(100);
/** So many fill several portions, and come in one piece. */
const FRAMES = 500;
const FLOOD = closeReason('failed', { error: new Error('too fast'), isFlood: true });

/** For the first time that something comes. */
function once(handler: RecordingHandler, task: () => void): void {
  handler.whenReceiving = () => {
    handler.whenReceiving = () => undefined;
    task();
  };
}

describe('what a client has said over a WebSocket, and waits for its turn to be read', () => {
  let host: WebSocketHost;
  let peer: RawWebSocket;
  let handler: RecordingHandler;
  let socket: Duplex;

  beforeEach(async () => {
    host = await WebSocketHost.open();
    peer = await RawWebSocket.open(host.port);
    handler = await host.next();
    socket = host.socketOf(handler);
  });

  afterEach(() => host.close());

  /** Says it while nothing is read, and waits until it is there. */
  async function say(bytes: Buffer): Promise<void> {
    const length = socket.readableLength + bytes.length;
    handler.connection.pause();
    peer.write(bytes);
    while (socket.readableLength < length) await nextTurn();
  }

  const sayMuch = (): Promise<void> => say(Buffer.concat(Array(FRAMES).fill(clientFrame(Opcode.Text, TEXT))));

  it('is heard though the socket breaks off', async () => {
    await sayMuch();
    once(handler, () => socket.destroy(new Error('broken')));
    // In the part of a turn in which Node reads from the network: there the next turn is before the news that the socket is closed.
    peer.socket.once('data', () => handler.connection.resume());
    handler.connection.send('read on');
    await handler.transportEnded();
    expect(handler.text).toBe(TEXT.repeat(FRAMES));
  });

  it('is answered where that is done at once, though the client has ended its side', async () => {
    await sayMuch();
    peer.socket.end();
    handler.whenReceiving = () => handler.connection.send('ok');
    handler.connection.resume();
    await peer.ended;
    expect(peer.frames.map(({ payload }) => payload.toString()).join('')).toBe('ok'.repeat(FRAMES));
  });

  it('is not read of one that floods because calls of before have come to their end', async () => {
    await sayMuch();
    once(handler, () => handler.connection.close(FLOOD));
    handler.connection.resume();
    await handler.received(1);
    handler.connection.resume();
    await turns(5);
    expect(socket.isPaused()).toBe(true);
    await host.clock.advance(DETENTION);
    expect(socket.isPaused()).toBe(false);
  });
});

describe('what a client has said over a stream of bytes, and waits for its turn to be read', () => {
  const clock = new FakeClock();
  let ours: Duplex;
  let theirs: Duplex;

  beforeEach(() => {
    [ours, theirs] = duplexPair();
  });

  function serve(): RecordingHandler {
    const endpoint = new RecordingEndpoint();
    const transport = new DuplexTransport(theirs, 5_000, clock);
    transport.serve(new ConnectionStore(clock, 15_000, 100).open(endpoint, transport, resolveOptions(connectionOptions), {}));
    return endpoint.handlers[0];
  }

  it.each([
    ['with an error', new Error('broken')],
    ['without a word', undefined],
  ])('is heard though the stream breaks off %s', async (_, error) => {
    const handler = serve();
    once(handler, () => theirs.destroy(error));
    ours.write(Buffer.alloc(3 * PORTION));
    await handler.transportEnded();
    expect(handler.bytes).toHaveLength(3 * PORTION);
  });

  it('is the same text where the stream decodes it', async () => {
    const text = `x${'€'.repeat(PORTION)}`;
    theirs.setEncoding('utf8');
    const handler = serve();
    ours.write(text);
    expect((await handler.received(Buffer.byteLength(text))).toString()).toBe(text);
  });

  it('is heard where the stream takes nothing back', async () => {
    Object.defineProperty(theirs, 'unshift', { value: undefined });
    const handler = serve();
    ours.write(Buffer.alloc(3 * PORTION));
    expect(await handler.received(3 * PORTION)).toHaveLength(3 * PORTION);
  });
});
