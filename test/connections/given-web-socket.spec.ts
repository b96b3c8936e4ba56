import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { closeReason } from '../../lib/common/close-reason.js';
import { isWebSocket } from '../../lib/connections/transports/given-web-socket.js';
import { nextTurn, turns } from '../support/changes.js';
import { FakeWebSocket } from '../support/fake-web-socket.js';
import { clock, serveGiven, WebSocketEnds } from '../support/given-web-socket.js';
import { RawWebSocket } from '../support/raw-web-socket.js';
import { StandardWebSocket } from '../support/standard-web-socket.js';
import { closePayload, Opcode } from '../support/web-socket-frames.js';

describe('a WebSocket object', () => {
  it.each<[string, unknown, boolean]>([
    ['one of a browser’s kind', new FakeWebSocket(), true],
    ['an event target', new EventTarget(), false],
    ['nothing', undefined, false],
    ['a text', 'ws://localhost', false],
  ])('is known by its shape: %s', (_, given, expected) => expect(isWebSocket(given)).toBe(expected));

  it('gives text and bytes of any kind as bytes', () => {
    const socket = new FakeWebSocket();
    const handler = serveGiven(socket);
    for (const data of ['é', Uint8Array.of(1).buffer, Buffer.from([2]), new DataView(Uint8Array.of(3).buffer)]) socket.bring(data);
    expect(handler.bytes).toEqual(Buffer.from([0xc3, 0xa9, 1, 2, 3]));
    expect(socket.binaryType).toBe('arraybuffer');
  });

  it('that gives something else fails alone', () => {
    const socket = new FakeWebSocket();
    const handler = serveGiven(socket);
    socket.bring(new Blob(['x']));
    expect(handler.connection.closeReason?.error?.message).toBe('A stream or a WebSocket gave something that is neither text nor bytes.');
  });

  it('is sent text as text and bytes as bytes, each as the protocol wants it', () => {
    const socket = new FakeWebSocket();
    const { transport } = serveGiven(socket).connection;
    transport.write('text');
    transport.write(Buffer.from('é'));
    transport.setFormat('binary');
    transport.write('{}');
    transport.write(Uint8Array.of(7));
    expect(socket.sent).toEqual(['text', 'é', Buffer.from('{}'), Uint8Array.of(7)]);
  });

  it('that carries bytes alone is sent nothing else', () => {
    const socket = new FakeWebSocket();
    const { transport } = serveGiven(socket, { carries: 'binary' }).connection;
    transport.write('{}');
    transport.setFormat('text');
    transport.write('text');
    expect(socket.sent).toEqual([Buffer.from('{}'), Buffer.from('text')]);
    expect(transport.isTextOnly).toBe(false);
  });

  it('says nothing while it is still connecting', () => {
    const socket = new FakeWebSocket();
    socket.readyState = 0;
    const { transport } = serveGiven(socket).connection;
    transport.write('too early');
    socket.readyState = 1;
    transport.write('now');
    expect(socket.sent).toEqual(['now']);
  });

  it.each([2, 3])('that has ended before it is served ends its connection at once: state %d', (state) => {
    const socket = new FakeWebSocket();
    socket.readyState = state;
    expect(serveGiven(socket).transportEnds).toMatchObject([{ code: 'transport-closed' }]);
  });

  it('that fails ends its connection with the error', () => {
    const socket = new FakeWebSocket();
    const handler = serveGiven(socket);
    const error = new Error('broken');
    socket.dispatchEvent(Object.assign(new Event('error'), { error }));
    socket.dispatchEvent(new Event('close'));
    expect(handler.transportEnds).toMatchObject([{ code: 'failed', error }]);
  });

  it('that throws while it is written to ends alone: the other peers of that turn get what is theirs', async () => {
    const [broken, other] = [new FakeWebSocket(), new FakeWebSocket()];
    const error = new Error('broken');
    broken.send = () => {
      throw error;
    };
    const [handler, others] = [serveGiven(broken), serveGiven(other)];
    handler.connection.send('news');
    others.connection.send('news');
    expect(await handler.transportEnded()).toMatchObject({ code: 'failed', error });
    await turns(1);
    expect(other.sent).toEqual(['news']);
  });

  it('that fails and does not say why ends its connection with an error all the same', () => {
    const socket = new FakeWebSocket();
    const handler = serveGiven(socket);
    socket.dispatchEvent(new Event('error'));
    socket.dispatchEvent(new Event('close'));
    expect(handler.transportEnds[0].error?.message).toBe('The WebSocket failed, and did not say why.');
  });

  it('that cannot be cut is left to itself when its time is over', async () => {
    const socket = new FakeWebSocket();
    const handler = serveGiven(socket);
    handler.connection.transport.close(closeReason('internal-error'));
    expect(socket.closedWith).toEqual([1000]);
    await clock.advance(5_000);
    expect(handler.transportEnds).toHaveLength(1);
  });

  it('is looked at again and again until it has sent all, for it says nothing of it', async () => {
    const socket = new FakeWebSocket();
    const { transport } = serveGiven(socket).connection;
    let drained = 0;
    socket.bufferedAmount = 100;
    transport.onceDrained(() => drained++);
    await clock.advance(1_000);
    expect(drained).toBe(0);
    socket.bufferedAmount = 0;
    await clock.advance(20);
    await clock.advance(1_000);
    expect(drained).toBe(1);
  });

  describe('that cannot be paused', () => {
    it('has what comes meanwhile kept, in order, and handed on in a later turn', async () => {
      const socket = new FakeWebSocket();
      const handler = serveGiven(socket);
      const { transport } = handler.connection;
      transport.pause();
      for (const data of ['a', 'b', 'c']) socket.bring(data);
      expect(handler.text).toBe('');
      handler.whenReceiving = () => handler.text === 'ab' && transport.pause();
      transport.resume();
      expect(handler.text).toBe('');
      await nextTurn();
      expect(handler.text).toBe('ab');
      transport.resume();
      socket.bring('d');
      expect(handler.text).toBe('ab');
      await nextTurn();
      expect(handler.text).toBe('abcd');
    });

    it('is closed when that is more than is allowed, of which empty messages are a part', () => {
      const socket = new FakeWebSocket();
      const handler = serveGiven(socket, { mostUnread: 200 });
      handler.connection.pause();
      for (const data of ['x'.repeat(72), '']) socket.bring(data);
      expect(handler.connection.closeReason).toBeUndefined();
      socket.bring('');
      expect(handler.connection.closeReason?.error).toMatchObject({ code: 'ERR_SIGNALR_HELD_BACK' });
    });

    it('has a great many messages kept, and handed on without delay', async () => {
      const socket = new FakeWebSocket();
      const handler = serveGiven(socket, { mostUnread: 100_000_000 });
      handler.connection.transport.pause();
      for (let message = 0; message < 200_000; message++) socket.bring('.');
      handler.connection.transport.resume();
      await nextTurn();
      expect(handler.bytes).toHaveLength(200_000);
    });

    it('loses nothing of it when the peer leaves', () => {
      const socket = new FakeWebSocket();
      const handler = serveGiven(socket);
      handler.connection.transport.pause();
      socket.bring('last words');
      socket.dispatchEvent(new Event('close'));
      expect([handler.text, handler.transportEnds.length]).toEqual(['last words', 1]);
    });
  });

  describe('of ws', () => {
    let ends: WebSocketEnds;

    beforeEach(async () => void (ends = await WebSocketEnds.open()));
    afterEach(() => ends.close());

    const codeAt = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];

    it('says 1000 to a client that gives no code', async () => {
      serveGiven(ends.accepted);
      ends.client.close();
      expect(await codeAt(ends.client)).toBe(1000);
    });

    it.each<[number, string | undefined]>([
      [1001, 'going away'],
      [4_001, 'mine'],
      [3_000, undefined],
    ])('says 1000 to a client that gives another code: %d', async (code, reason) => {
      serveGiven(ends.accepted);
      ends.client.close(code, reason);
      expect(await once(ends.client, 'close')).toEqual([1000, Buffer.alloc(0)]);
    });

    it('says 1011 when the server has made a mistake, and one of a browser’s kind 1000', async () => {
      serveGiven(ends.accepted).connection.transport.close(closeReason('internal-error'));
      expect(await codeAt(ends.client)).toBe(1011);
      const others = await WebSocketEnds.open();
      serveGiven(new StandardWebSocket(others.client)).connection.transport.close(closeReason('internal-error'));
      expect(await codeAt(others.accepted)).toBe(1000);
      await others.close();
    });

    it('leaves the codes of the application as they are', async () => {
      serveGiven(ends.accepted);
      ends.accepted.close(4_001, 'mine');
      expect(await codeAt(ends.client)).toBe(4_001);
    });

    it('cuts a peer that has said goodbye and does not leave', async () => {
      const accepted = once(ends.server, 'connection');
      const peer = await RawWebSocket.open(ends.port);
      const handler = serveGiven(((await accepted) as [WebSocket])[0]);
      peer.send(Opcode.Close, closePayload(1000));
      expect(await peer.next()).toMatchObject({ opcode: Opcode.Close, payload: closePayload(1000) });
      await clock.advance(4_999);
      expect(handler.transportEnds).toEqual([]);
      await clock.advance(1);
      expect((await handler.transportEnded()).code).toBe('transport-closed');
      peer.socket.destroy();
    });

    it('calls back when all that waited has been taken', async () => {
      const { transport } = serveGiven(ends.accepted).connection;
      ends.client.pause();
      for (let piece = 0; piece < 256; piece++) transport.write('x'.repeat(65_536));
      let isDrained = false;
      const drained = new Promise<void>((resolve) => transport.onceDrained(resolve)).then(() => (isDrained = true));
      await turns(3);
      expect(isDrained).toBe(false);
      ends.client.resume();
      await drained;
      expect(transport.bufferedAmount).toBe(0);
    });
  });
});
