import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { closeReason, type CloseCode } from '../../lib/common/close-reason.js';
import { Payload } from '../../lib/common/payload.js';
import { nextTurn, turns } from '../support/changes.js';
import { RawWebSocket } from '../support/raw-web-socket.js';
import type { RecordingHandler } from '../support/recording-endpoint.js';
import { clientFrame, closePayload, FrameDecoder, Opcode } from '../support/web-socket-frames.js';
import { WebSocketHost } from '../support/web-socket-host.js';

const CLOSE_TIMEOUT = 5_000;
const LARGEST = 1_000;

describe('a WebSocket', () => {
  let host: WebSocketHost;

  beforeEach(async () => {
    host = await WebSocketHost.open({ webSocket: { closeTimeout: CLOSE_TIMEOUT, maximumFrameSize: LARGEST } });
  });

  afterEach(() => host.close());

  const connect = async (): Promise<{ peer: RawWebSocket; handler: RecordingHandler }> => {
    const peer = await RawWebSocket.open(host.port);
    return { peer, handler: await host.next() };
  };

  const connectClient = async (): Promise<{ client: WebSocket; handler: RecordingHandler; closed: Promise<unknown> }> => {
    const client = new WebSocket(host.url);
    const closed = new Promise((resolve) => client.once('close', (code, reason) => resolve([code, String(reason)])));
    await new Promise((resolve) => client.once('open', resolve));
    return { client, handler: await host.next(), closed };
  };

  describe('being opened', () => {
    it('is told of no subprotocol, whichever it names', async () => {
      const peer = await RawWebSocket.open(host.port, { 'Sec-WebSocket-Protocol': 'graphql-ws, json' });
      expect(peer.head[0]).toBe('HTTP/1.1 101 Switching Protocols');
      expect(peer.header('Sec-WebSocket-Protocol')).toBeUndefined();
    });

    it('is not compressed, though it offers to be', async () => {
      const peer = await RawWebSocket.open(host.port, { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' });
      expect(peer.head[0]).toBe('HTTP/1.1 101 Switching Protocols');
      expect(peer.header('Sec-WebSocket-Extensions')).toBeUndefined();
      const { connection } = await host.next();
      connection.transport.write('x'.repeat(5_000));
      expect(await peer.next()).toMatchObject({ reserved: 0, payload: Buffer.from('x'.repeat(5_000)) });
    });

    it.each<[string, Record<string, string>]>([
      ['a key that is none', { 'Sec-WebSocket-Key': 'short' }],
      ['a version that nobody speaks', { 'Sec-WebSocket-Version': '7' }],
      ['a protocol that is none', { 'Sec-WebSocket-Protocol': ',,' }],
    ])('is refused with %s, and becomes no connection', async (_, headers) => {
      const peer = await RawWebSocket.open(host.port, headers);
      expect(peer.head[0]).toMatch(/^HTTP\/1.1 4\d\d /);
      await peer.ended;
      expect(host.endpoint.handlers).toEqual([]);
    });

    it('loses nothing that it sends along with the request', async () => {
      await RawWebSocket.open(host.port, {}, Buffer.concat([clientFrame(Opcode.Text, 'first '), clientFrame(Opcode.Text, 'second')]));
      const handler = await host.next();
      expect(String(await handler.received(12))).toBe('first second');
    });
  });

  describe('receiving', () => {
    it('hands on text and binary messages alike, as bytes', async () => {
      const { peer, handler } = await connect();
      peer.send(Opcode.Text, 'é');
      peer.send(Opcode.Binary, Buffer.from([0, 255]));
      expect(await handler.received(4)).toEqual(Buffer.from([0xc3, 0xa9, 0, 255]));
    });

    it('hands on the messages of one chunk in order, each once', async () => {
      const { peer, handler } = await connect();
      const messages = Array.from({ length: 500 }, (_, index) => `${index};`);
      peer.write(Buffer.concat(messages.map((message) => clientFrame(Opcode.Text, message))));
      await handler.received(messages.join('').length);
      expect(handler.chunks.map(String)).toEqual(messages);
    });

    it('joins a message that comes in fragments, with a ping among them', async () => {
      const { peer, handler } = await connect();
      peer.send(Opcode.Text, 'a', false);
      peer.send(Opcode.Ping, 'in between');
      peer.send(Opcode.Continuation, 'b', false);
      peer.send(Opcode.Continuation, 'c');
      await handler.received(3);
      expect(handler.chunks.map(String)).toEqual(['abc']);
      expect(await peer.next()).toMatchObject({ opcode: Opcode.Pong, payload: Buffer.from('in between') });
    });

    it('joins a message that comes a byte at a time', async () => {
      const { peer, handler } = await connect();
      for (const byte of clientFrame(Opcode.Text, 'slowly')) {
        peer.write(Uint8Array.of(byte));
        await nextTurn();
      }
      await handler.received(6);
      expect(handler.chunks.map(String)).toEqual(['slowly']);
    });

    it('takes a message of the largest size, in one frame or in many', async () => {
      const { peer, handler } = await connect();
      peer.send(Opcode.Binary, Buffer.alloc(LARGEST));
      peer.send(Opcode.Binary, Buffer.alloc(LARGEST / 2), false);
      peer.send(Opcode.Continuation, Buffer.alloc(LARGEST / 2));
      await handler.received(2 * LARGEST);
      expect(handler.chunks.map(({ length }) => length)).toEqual([LARGEST, LARGEST]);
    });

    it('answers pings, also those without a text, and takes no notice of pongs', async () => {
      const { peer, handler } = await connect();
      peer.send(Opcode.Pong, 'nobody asked');
      for (const text of ['one', '', 'three']) peer.send(Opcode.Ping, text);
      for (const text of ['one', '', 'three'])
        expect(await peer.next()).toEqual({ final: true, reserved: 0, opcode: Opcode.Pong, masked: false, payload: Buffer.from(text) });
      expect(handler.chunks).toEqual([]);
    });

    it('cuts a peer that pings and does not read the answers', async () => {
      const { peer, handler } = await connect();
      peer.socket.pause();
      const { transport } = handler.connection;
      for (let piece = 0; piece < 512; piece++) transport.write(Buffer.alloc(65_536));
      peer.write(Buffer.concat(Array.from({ length: 200 }, () => clientFrame(Opcode.Ping, 'more'))));
      expect((await handler.transportEnded()).code).toBe('transport-closed');
    });
  });

  describe('breaking the rules of RFC 6455', () => {
    const unmasked = Buffer.from([0x81, 0x01, 0x61]);
    const tooLong = Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    const withReservedBits = clientFrame(Opcode.Text, 'a');
    withReservedBits[0] |= 0x40;

    it.each<[string, number, Buffer[]]>([
      ['text that is no UTF-8', 1007, [clientFrame(Opcode.Text, Buffer.from([0xc3, 0x28]))]],
      ['text that is cut within a character', 1007, [clientFrame(Opcode.Text, Buffer.from([0xe2, 0x82]))]],
      ['text with half a surrogate pair', 1007, [clientFrame(Opcode.Text, Buffer.from([0xed, 0xa0, 0x80]))]],
      ['a message that is one byte too large', 1009, [clientFrame(Opcode.Binary, Buffer.alloc(LARGEST + 1))]],
      [
        'fragments that are too large together',
        1009,
        [clientFrame(Opcode.Binary, Buffer.alloc(LARGEST), false), clientFrame(Opcode.Continuation, 'x')],
      ],
      ['a frame that says it has 2^63 bytes', 1009, [tooLong]],
      ['a frame that is not masked', 1002, [unmasked]],
      ['a reserved bit', 1002, [withReservedBits]],
      ['an opcode that nobody knows', 1002, [clientFrame(0x3, 'a')]],
      ['a continuation of nothing', 1002, [clientFrame(Opcode.Continuation, 'a')]],
      ['a message within a message', 1002, [clientFrame(Opcode.Text, 'a', false), clientFrame(Opcode.Text, 'b')]],
      ['a ping of 126 bytes', 1002, [clientFrame(Opcode.Ping, 'x'.repeat(126))]],
      ['a ping in fragments', 1002, [clientFrame(Opcode.Ping, 'x', false)]],
      ['a close with half a code', 1002, [clientFrame(Opcode.Close, 'x')]],
      ['a close with a code that is only for use inside', 1002, [clientFrame(Opcode.Close, closePayload(1006))]],
      ['a close whose reason is no UTF-8', 1007, [clientFrame(Opcode.Close, Buffer.from([0x03, 0xe8, 0xff]))]],
    ])('C06: is closed for %s with %d, and what came before is not lost', async (_, code, frames) => {
      const { peer, handler } = await connect();
      peer.write(Buffer.concat([clientFrame(Opcode.Text, 'before'), ...frames, clientFrame(Opcode.Text, 'after')]));
      expect(await peer.next()).toMatchObject({ opcode: Opcode.Close, payload: closePayload(code) });
      peer.socket.end();
      expect(await handler.transportEnded()).toMatchObject({ code: 'failed', allowReconnect: true, error: { name: expect.any(String) } });
      expect(handler.text).toBe('before');
      await peer.closed;
      expect(handler.transportEnds).toHaveLength(1);
    });

    it('is cut when it does not leave after that', async () => {
      const { peer, handler } = await connect();
      peer.write(unmasked);
      await peer.ended;
      await host.clock.advance(CLOSE_TIMEOUT - 1);
      expect(handler.transportEnds).toEqual([]);
      await host.clock.advance(1);
      expect((await handler.transportEnded()).code).toBe('failed');
    });
  });

  describe('being written to', () => {
    it('gets text frames, and binary ones from the switch of the format on', async () => {
      const { peer, handler } = await connect();
      const { transport } = handler.connection;
      transport.write('text');
      transport.write(Buffer.from('bytes as text'));
      transport.writeShared(new Payload('shared text'));
      transport.setFormat('binary');
      transport.write('{}\u001e');
      transport.write(Buffer.from([255]));
      transport.writeShared(new Payload(Buffer.from([254])));
      transport.setFormat('text');
      transport.write('text again');
      await peer.received(7);
      expect(peer.frames.map(({ opcode, payload }) => [opcode, payload.toString('latin1')])).toEqual([
        [Opcode.Text, 'text'],
        [Opcode.Text, 'bytes as text'],
        [Opcode.Text, 'shared text'],
        [Opcode.Binary, '{}\u001e'],
        [Opcode.Binary, '\u00ff'],
        [Opcode.Binary, '\u00fe'],
        [Opcode.Text, 'text again'],
      ]);
      expect(peer.frames.every(({ final, masked, reserved }) => final && !masked && reserved === 0)).toBe(true);
    });

    it('gets all that is said in one turn in one frame', async () => {
      const { peer, handler } = await connect();
      for (const word of ['all ', 'in ', 'one']) handler.connection.send(word);
      expect(String((await peer.next()).payload)).toBe('all in one');
    });

    it('shares the frame of a broadcast with the other peers', async () => {
      const [first, second] = [await connect(), await connect()];
      const payload = new Payload('é'.repeat(100));
      first.handler.connection.send(payload);
      await first.peer.next();
      const made = payload.frame;
      expect(made).toBeInstanceOf(Uint8Array);
      second.handler.connection.send(payload);
      expect(String((await second.peer.next()).payload)).toBe('é'.repeat(100));
      expect(payload.frame).toBe(made);
    });

    it.each([0, 125, 126, 65_535, 65_536, 1_000_000])(
      'gets frames of %d characters that a client of another make can read',
      async (length) => {
        const { client, handler } = await connectClient();
        const message = new Promise((resolve) => client.once('message', (data: Buffer, isBinary) => resolve([data.toString(), isBinary])));
        handler.connection.transport.write('x'.repeat(length));
        expect(await message).toEqual(['x'.repeat(length), false]);
      },
    );
  });

  describe('saying goodbye', () => {
    it.each<[string, Buffer]>([
      ['no code', Buffer.alloc(0)],
      ['1000', closePayload(1000)],
      ['1000 and a reason', closePayload(1000, 'done')],
      ['1001, as browsers do', closePayload(1001)],
      ['1011', closePayload(1011, 'I broke')],
      ['4999 and the longest reason', closePayload(4999, 'x'.repeat(123))],
    ])('with %s is answered with the server’s own 1000, and nothing else', async (_, payload) => {
      const { peer, handler } = await connect();
      peer.write(Buffer.concat([clientFrame(Opcode.Text, 'last words'), clientFrame(Opcode.Close, payload)]));
      expect(await peer.next()).toMatchObject({ opcode: Opcode.Close, payload: closePayload(1000) });
      await peer.ended;
      peer.socket.end();
      expect(await handler.transportEnded()).toMatchObject({ code: 'transport-closed', allowReconnect: true });
      expect(handler.transportEnds[0].error).toBeUndefined();
      expect(handler.text).toBe('last words');
      expect(peer.frames).toHaveLength(1);
    });

    it('looks like 1000 to a client that gave no code', async () => {
      const { client, closed } = await connectClient();
      client.close();
      expect(await closed).toEqual([1000, '']);
    });

    it('is gone at once, and cut when it has its answer and still does not leave', async () => {
      const { peer, handler } = await connect();
      const cut = jest.spyOn(WebSocket.prototype, 'terminate');
      peer.send(Opcode.Close, closePayload(1000));
      expect((await handler.transportEnded()).code).toBe('transport-closed');
      await host.clock.advance(CLOSE_TIMEOUT - 1);
      expect(cut).not.toHaveBeenCalled();
      await host.clock.advance(1);
      expect(cut).toHaveBeenCalledTimes(1);
      await peer.ended;
      expect(handler.transportEnds).toHaveLength(1);
      cut.mockRestore();
    });

    it('at the same time as the server gets one goodbye', async () => {
      const { peer, handler } = await connect();
      handler.connection.transport.close(closeReason('shutdown'));
      peer.send(Opcode.Close, closePayload(1000));
      await peer.ended;
      peer.socket.end();
      await handler.transportEnded();
      expect(peer.frames.map(({ opcode }) => opcode)).toEqual([Opcode.Close]);
    });
  });

  describe('told goodbye', () => {
    it.each<[CloseCode, number]>([
      ['aborted', 1000],
      ['shutdown', 1000],
      ['client-closed', 1000],
      ['failed', 1000],
      ['internal-error', 1011],
    ])('for the reason %s gets the code %d and no text', async (code, expected) => {
      const { peer, handler } = await connect();
      handler.connection.close(closeReason(code, { text: 'not for the peer', textForPeer: 'nor this, here' }));
      expect(await peer.next()).toMatchObject({ opcode: Opcode.Close, payload: closePayload(expected) });
    });

    it('that answers is not cut, and leaves nothing for the clock to do', async () => {
      const { peer, handler } = await connect();
      const cut = jest.spyOn(host.socketOf(handler), 'destroy');
      handler.connection.transport.close(closeReason('aborted'));
      await peer.next();
      peer.send(Opcode.Close, closePayload(1000));
      peer.socket.end();
      await handler.transportEnded();
      expect(Reflect.get(host.clock, 'timers')).toHaveProperty('size', 0);
      cut.mockClear();
      await host.clock.advance(2 * CLOSE_TIMEOUT);
      expect(cut).not.toHaveBeenCalled();
    });

    it('gets nothing after it', async () => {
      const { peer, handler } = await connect();
      const { transport } = handler.connection;
      transport.close(closeReason('aborted'));
      transport.write('too late');
      transport.writeShared(new Payload('too late'));
      peer.send(Opcode.Close, closePayload(1000));
      await peer.ended;
      expect(peer.frames.map(({ opcode }) => opcode)).toEqual([Opcode.Close]);
    });

    it('C08: that does not answer is cut when its time is over', async () => {
      const { peer, handler } = await connect();
      handler.connection.transport.close(closeReason('aborted'));
      await peer.next();
      await host.clock.advance(CLOSE_TIMEOUT - 1);
      await turns(5);
      expect(handler.transportEnds).toEqual([]);
      await host.clock.advance(1);
      await handler.transportEnded();
      await peer.ended;
    });

    it('that sends on instead of answering is not heard and cut all the same', async () => {
      const { peer, handler } = await connect();
      handler.connection.close(closeReason('aborted'));
      await peer.next();
      peer.send(Opcode.Text, 'I am not done');
      await host.clock.advance(CLOSE_TIMEOUT);
      await peer.closed;
      expect(handler.text).toBe('');
    });

    it('because it was too slow is not told, but cut', async () => {
      const { handler, closed } = await connectClient();
      handler.connection.close(closeReason('failed', { peerCanHear: false, error: new Error('too slow') }));
      expect(await closed).toEqual([1006, '']);
    });
  });

  describe('whose network fails', () => {
    it('C09: ends once when the connection is reset', async () => {
      const { peer, handler } = await connect();
      handler.whenTransportCloses = () => undefined;
      peer.send(Opcode.Text, 'before');
      await handler.received(6);
      peer.socket.resetAndDestroy();
      await handler.transportEnded();
      await turns(5);
      expect(handler.transportEnds).toMatchObject([{ code: 'transport-closed', allowReconnect: true }]);
    });

    it('ends once when the peer ends its side without a word', async () => {
      const { peer, handler } = await connect();
      peer.socket.end();
      expect((await handler.transportEnded()).code).toBe('transport-closed');
      await peer.closed;
      expect(handler.transportEnds).toHaveLength(1);
    });

    it('ends in the middle of a message', async () => {
      const { peer, handler } = await connect();
      peer.write(clientFrame(Opcode.Text, 'cut off').subarray(0, 8));
      peer.socket.end();
      expect((await handler.transportEnded()).code).toBe('transport-closed');
      expect(handler.chunks).toEqual([]);
    });

    it('ends when it is reset while it is paused', async () => {
      const { peer, handler } = await connect();
      handler.connection.pause();
      peer.socket.resetAndDestroy();
      handler.connection.transport.write('a ping');
      handler.connection.resume();
      expect((await handler.transportEnded()).code).toBe('transport-closed');
    });

    it('may be written to in the turn in which its socket is destroyed', async () => {
      const { handler } = await connect();
      host.socketOf(handler).destroy();
      handler.connection.transport.write('text');
      handler.connection.transport.close(closeReason('aborted'));
      await handler.transportEnded();
      expect(handler.transportEnds).toHaveLength(1);
    });
  });

  /**
   * The transport writes whole frames straight to the socket under `ws`. That is right as long as `ws` itself only ever puts whole frames into
   * that socket, at once. Whoever updates `ws` and finds one of these red has to look at `WebSocketTransport.writeFrame` first.
   */
  describe('sharing its socket with ws', () => {
    const insideOf = ({ connection }: RecordingHandler): { peerSocket: WebSocket; socket: Duplex; sender: object } => {
      const peerSocket = Reflect.get(connection.transport, 'peerSocket') as WebSocket;
      return { peerSocket, socket: Reflect.get(peerSocket, '_socket') as Duplex, sender: Reflect.get(peerSocket, '_sender') as object };
    };

    it('finds in ws the socket that it writes to', async () => {
      const { handler } = await connect();
      expect(insideOf(handler).socket).toBe(host.socketOf(handler));
    });

    it('finds that ws has written a whole frame whenever it gives back control, and holds none back', async () => {
      const { handler } = await connect();
      const { peerSocket, socket, sender } = insideOf(handler);
      const decoder = new FrameDecoder();
      const opcodes: number[] = [];
      const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
      jest.spyOn(socket, 'write').mockImplementation((...args: unknown[]) => {
        opcodes.push(...decoder.push(args[0] as Uint8Array).map(({ opcode }) => opcode));
        return write(...args);
      });
      const says: [number, () => void][] = [
        [Opcode.Pong, () => peerSocket.pong('x'.repeat(125))],
        [Opcode.Pong, () => peerSocket.pong()],
        [Opcode.Ping, () => peerSocket.ping('x')],
        [Opcode.Close, () => peerSocket.close(1000)],
      ];
      // With and without a backlog: `ws` may not wait for the socket either.
      for (const piece of [0, 8_388_608]) {
        handler.connection.transport.write(Buffer.alloc(piece));
        opcodes.length = 0;
        for (const [opcode, say] of piece === 0 ? says.slice(0, 3) : says) {
          say();
          expect([opcodes.pop(), decoder.rest]).toEqual([opcode, 0]);
          expect(sender).toMatchObject({ _queue: [], _state: 0, _bufferedBytes: 0, _extensions: {} });
        }
      }
    });

    it('keeps every frame whole and in order when both write and the peer is slow', async () => {
      const { peer, handler } = await connect();
      const { transport } = handler.connection;
      const long = 'x'.repeat(600_000);
      const rounds = Array.from({ length: 40 }, (_, round) => `round ${round}`);
      handler.whenReceiving = (bytes) => {
        transport.write(long);
        transport.write(`answer to ${bytes.toString()}`);
      };
      peer.socket.pause();
      for (const round of rounds) {
        peer.send(Opcode.Text, round);
        peer.send(Opcode.Ping, round);
      }
      await handler.received(rounds.join('').length);
      await turns(5);
      expect(transport.bufferedAmount).toBeGreaterThan(0);
      transport.close(closeReason('aborted'));
      peer.socket.resume();
      await peer.received(rounds.length * 3 + 1);
      expect(peer.rest).toBe(0);
      expect(peer.frames.map(({ opcode, payload }) => [opcode, payload.length > 100 ? payload.length : payload.toString()])).toEqual([
        ...rounds.flatMap((round) => [
          [Opcode.Text, long.length],
          [Opcode.Text, `answer to ${round}`],
          [Opcode.Pong, round],
        ]),
        [Opcode.Close, closePayload(1000).toString()],
      ]);
    });
  });
});
