import { deflateRawSync } from 'node:zlib';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { closeReason } from '../../lib/common/close-reason.js';
import { Payload } from '../../lib/common/payload.js';
import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions, largestFrame, type CompressionOptions } from '../../lib/connections/connection.options.js';
import { Changes, nextTurn } from '../support/changes.js';
import { RawWebSocket } from '../support/raw-web-socket.js';
import type { RecordingHandler } from '../support/recording-endpoint.js';
import { clientFrame, Opcode } from '../support/web-socket-frames.js';
import { WebSocketHost } from '../support/web-socket-host.js';

const COMPRESSED = 4;
const OFFER = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' };
const AGREED = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

interface Client {
  readonly socket: WebSocket;
  readonly handler: RecordingHandler;
  /** What has come, once it is so many messages. */
  received(count: number): Promise<string[]>;
}

describe('a WebSocket of a server that compresses', () => {
  let host: WebSocketHost;

  afterEach(() => host.close());

  const serve = async (compression: boolean | CompressionOptions = true): Promise<void> => {
    host = await WebSocketHost.open({ webSocket: { compression, maximumFrameSize: 100_000 } });
  };

  const connectRaw = async (headers: Record<string, string> = OFFER): Promise<{ peer: RawWebSocket; handler: RecordingHandler }> => {
    const peer = await RawWebSocket.open(host.port, headers);
    return { peer, handler: await host.next() };
  };

  const connect = async (perMessageDeflate: boolean): Promise<Client> => {
    const socket = new WebSocket(host.url, { perMessageDeflate });
    const messages: string[] = [];
    const changes = new Changes();
    socket.on('message', (data: Buffer) => (messages.push(data.toString()), changes.announce()));
    await once(socket, 'open');
    const received = async (count: number): Promise<string[]> => {
      await changes.until(() => messages.length >= count);
      return messages;
    };
    return { socket, handler: await host.next(), received };
  };

  it('agrees with a client that offers it, and keeps nothing from one message to the next', async () => {
    await serve();
    const { peer } = await connectRaw();
    expect(peer.header('Sec-WebSocket-Extensions')).toBe(AGREED);
  });

  it('does not speak of it to a client that does not', async () => {
    await serve();
    const { peer, handler } = await connectRaw({});
    expect(peer.header('Sec-WebSocket-Extensions')).toBeUndefined();
    handler.connection.transport.write('x'.repeat(5_000));
    expect(await peer.next()).toMatchObject({ reserved: 0, payload: Buffer.from('x'.repeat(5_000)) });
  });

  it('C05: never does where the option is off', async () => {
    await serve(false);
    const { peer } = await connectRaw();
    expect(peer.header('Sec-WebSocket-Extensions')).toBeUndefined();
  });

  it.each([
    ['1 024 bytes where nothing is said', true, 1_024],
    ['as many bytes as it is told', { threshold: 10 }, 10],
  ])('compresses messages from %s on', async (_, compression, threshold) => {
    await serve(compression);
    const { peer, handler } = await connectRaw();
    for (const length of [threshold - 1, threshold]) handler.connection.transport.write('x'.repeat(length));
    expect([(await peer.next()).reserved, (await peer.next()).reserved]).toEqual([0, COMPRESSED]);
  });

  it('tries as hard as it is told', async () => {
    const words = Array.from({ length: 5_000 }, (_, index) => `word ${(index * index) % 997}`).join(' ');
    const sizes: number[] = [];
    for (const level of [1, 9]) {
      await serve({ level });
      const { peer, handler } = await connectRaw();
      handler.connection.transport.write(words);
      sizes.push((await peer.next()).payload.length);
      if (level === 1) await host.close();
    }
    expect(sizes[1]).toBeLessThan(sizes[0]);
  });

  it('reaches clients with and without it by one broadcast', async () => {
    await serve();
    const clients = [await connect(true), await connect(false), await connect(true)];
    const payloads = ['short', 'é'.repeat(5_000)].map((text) => new Payload(text));
    for (const payload of payloads) for (const { handler } of clients) handler.connection.transport.writeShared(payload);
    for (const client of clients) expect(await client.received(2)).toEqual(payloads.map(({ data }) => data));
  });

  it('keeps the order of messages large and small', async () => {
    await serve();
    const { handler, received } = await connect(true);
    const messages = Array.from({ length: 300 }, (_, index) => `${index}:`.padEnd(index % 3 === 0 ? 20_000 : 10, 'x'));
    for (const message of messages) handler.connection.transport.write(message);
    handler.connection.transport.setFormat('binary');
    handler.connection.transport.write(Buffer.from('last'));
    expect(await received(301)).toEqual([...messages, 'last']);
  });

  it('answers pings in between', async () => {
    await serve();
    const { peer, handler } = await connectRaw();
    for (let time = 0; time < 50; time++) handler.connection.transport.write('x'.repeat(20_000));
    peer.send(Opcode.Ping, 'there?');
    await peer.received(51);
    expect(peer.frames.filter(({ opcode }) => opcode === Opcode.Pong)).toMatchObject([{ payload: Buffer.from('there?') }]);
  });

  it('tells how much waits, and when nothing does', async () => {
    await serve();
    const { handler, received } = await connect(true);
    const { transport } = handler.connection;
    for (let time = 0; time < 20; time++) transport.write('x'.repeat(50_000));
    expect(transport.bufferedAmount).toBeGreaterThan(500_000);
    await new Promise<void>((resolve) => transport.onceDrained(resolve));
    expect(transport.bufferedAmount).toBe(0);
    expect(await received(20)).toHaveLength(20);
  });

  it('closes a client that is too slow, as without it', async () => {
    await serve();
    const { socket, handler } = await connect(true);
    const closed = once(socket, 'close');
    for (let time = 0; time < 30; time++) {
      handler.connection.send('x'.repeat(50_000));
      handler.connection.flush();
    }
    expect(handler.connection.closeReason?.error).toMatchObject({ code: 'ERR_SIGNALR_SLOW_CLIENT' });
    expect(((await closed) as [number])[0]).toBe(1006);
  });

  it('says goodbye after what it has still to compress', async () => {
    await serve();
    const { socket, handler, received } = await connect(true);
    const closed = once(socket, 'close');
    for (let time = 0; time < 20; time++) handler.connection.transport.write(`${time}:`.padEnd(50_000, 'x'));
    handler.connection.transport.close(closeReason('aborted'));
    expect((await received(20))[19].slice(0, 3)).toBe('19:');
    expect(((await closed) as [number])[0]).toBe(1000);
  });

  it('may be cut while it compresses', async () => {
    await serve();
    const { socket, handler } = await connect(true);
    for (let time = 0; time < 20; time++) handler.connection.transport.write('x'.repeat(50_000));
    socket.terminate();
    expect((await handler.transportEnded()).code).toMatch(/transport-closed|failed/);
    handler.connection.transport.write('too late');
    await nextTurn();
  });

  it('reads what clients compress', async () => {
    await serve();
    const { socket, handler } = await connect(true);
    const text = 'é'.repeat(20_000);
    socket.send(text);
    expect(String(await handler.received(Buffer.byteLength(text)))).toBe(text);
  });

  it('C05: inflates no further than a frame may be large, and closes with 1009', async () => {
    await serve();
    const { peer, handler } = await connectRaw();
    const bomb = clientFrame(Opcode.Text, deflateRawSync(Buffer.alloc(50_000_000)).subarray(0, 60_000));
    bomb[0] |= 0x40;
    const before = process.memoryUsage().arrayBuffers;
    peer.write(bomb);
    expect((await peer.next()).payload.readUInt16BE()).toBe(1009);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    peer.socket.destroy();
    expect((await handler.transportEnded()).code).toBe('failed');
    expect(handler.bytes).toHaveLength(0);
  });

  it('has a bound for that also where messages have none', async () => {
    await serve();
    const sizeOf = (compression: boolean): number =>
      largestFrame(
        resolveOptions(connectionOptions, { from: 'the test', options: { maximumReceiveMessageSize: 0, webSocket: { compression } } }),
      );
    expect([sizeOf(false), sizeOf(true)]).toEqual([0, 1_048_576]);
  });
});
