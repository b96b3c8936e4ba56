import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RawWebSocket } from '../support/raw-web-socket.js';
import { clientFrame, Opcode } from '../support/web-socket-frames.js';
import { WebSocketHost } from '../support/web-socket-host.js';

/** What `ws` keeps for a peer; beyond it the peer is cut off. */
const MOST_PONGS = 60;

describe('C10: the pings of a peer', () => {
  let host: WebSocketHost;

  beforeEach(async () => {
    host = await WebSocketHost.open();
  });

  afterEach(() => host.close());

  const flood = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, i) => clientFrame(Opcode.Ping, `${i}`)));
  const texts = (peer: RawWebSocket): string[] => peer.frames.map(({ payload }) => String(payload));

  it('are answered one by one, each with what it says', async () => {
    const peer = await RawWebSocket.open(host.port);
    peer.write(flood(10));
    await peer.received(10);
    expect(texts(peer)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    expect(peer.frames.every(({ opcode }) => opcode === Opcode.Pong)).toBe(true);
  });

  it('that come ten thousand at once end its connection, and never are more than sixty answers kept for it', async () => {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    host.socketOf(handler).cork();
    peer.write(flood(10_000));
    expect((await handler.transportEnded()).code).toBe('transport-closed');
    expect(handler.connection.transport.bufferedAmount).toBeLessThanOrEqual(MOST_PONGS * 10);
  });

  it('cost its neighbours nothing', async () => {
    const [peer, neighbour] = [await RawWebSocket.open(host.port), await RawWebSocket.open(host.port)];
    peer.write(flood(10_000));
    neighbour.send(Opcode.Ping, 'there?');
    expect(String((await neighbour.next()).payload)).toBe('there?');
    peer.socket.end();
  });
});
