import { describe, expect, it } from '@jest/globals';
import { answered, binary, close, echoOf, frameOf, heardBy, more, ping, text } from '../support/conformance.js';
import { serveConformance } from '../support/conformance-server.js';
import { RawWebSocket } from '../support/raw-web-socket.js';
import { clientFrame, closePayload, Opcode } from '../support/web-socket-frames.js';

const server = serveConformance();

const hello = text('Hello World!');

describe('7.1: after a close', () => {
  it('7.1.1: the server says goodbye too, once all before it was answered', async () => {
    expect(await heardBy(server.port, [hello, answered, close(1000)])).toEqual([...echoOf(hello), 'close 1000']);
  });

  const large = text('BAsd7&jh23'.repeat(26_214));
  it.each([
    ['7.1.2: another close', [close(1000), close(1000)]],
    ['7.1.3: a ping', [close(1000), ping()]],
    ['7.1.4: a message', [close(1000), hello]],
    ['7.1.5: the rest of a message that has begun', [text('fragment1', false), close(1000), more('fragment2')]],
    ['7.1.6: a ping, and before it a large message with no end', [text(large.payload, false), close(1000), ping()]],
  ])('%s, is not answered', async (_, script) => {
    expect(await heardBy(server.port, script)).toEqual(['close 1000']);
  });

  it('7.1.6: a large message that came before it was answered', async () => {
    expect(await heardBy(server.port, [large, answered, close(1000), ping()])).toEqual([...echoOf(large), 'close 1000']);
  });
});

describe('7.3: a close', () => {
  it.each([
    ['7.3.1: without a payload', close()],
    ['7.3.3: with a code', close(1000)],
    ['7.3.4: with a reason', close(1000, 'Hello World!')],
    ['7.3.5: with the longest reason', close(1000, '*'.repeat(123))],
  ])('%s, is answered with 1000', async (_, goodbye) => {
    expect(await heardBy(server.port, [goodbye])).toEqual(['close 1000']);
  });

  it.each([
    ['7.3.2: with one byte', frameOf(Opcode.Close, 'a')],
    ['7.3.6: with too long a reason', close(1000, '*'.repeat(124))],
  ])('%s, is a violation', async (_, goodbye) => {
    expect(await heardBy(server.port, [goodbye])).toEqual(['close 1002']);
  });

  it('7.5.1: with a reason that is no UTF-8, is one of another kind', async () => {
    const reason = Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex');
    expect(await heardBy(server.port, [frameOf(Opcode.Close, Buffer.concat([closePayload(1000), reason]))])).toEqual(['close 1007']);
  });
});

describe('7.7: a close with a code that may be said', () => {
  it.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    '%d, is answered with 1000',
    async (code) => {
      expect(await heardBy(server.port, [close(code)])).toEqual(['close 1000']);
    },
  );
});

describe('7.9, 7.13: a close with a code that may not', () => {
  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])('%d, is a violation', async (code) => {
    expect(await heardBy(server.port, [close(code)])).toEqual(['close 1002']);
  });
});

describe('beyond the cases of the suite, the connection ends', () => {
  it('where a frame is not masked', async () => {
    const peer = await RawWebSocket.open(server.port);
    peer.write(Buffer.from([0x81, 0x01, 0x61]));
    expect((await peer.next()).payload.readUInt16BE(0)).toBe(1002);
    peer.socket.end();
    await peer.closed;
  });

  it('where a length is written with more bytes than a number has', async () => {
    const peer = await RawWebSocket.open(server.port);
    peer.write(Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
    expect((await peer.next()).payload.readUInt16BE(0)).toBe(1009);
    peer.socket.end();
    await peer.closed;
  });
});

describe('a client that leaves without a word in the midst of a message', () => {
  it.each([
    ['of text', text('begun', false)],
    ['of bytes', binary('begun', false)],
  ])('%s, leaves nothing behind', async (_, begun) => {
    const peer = await RawWebSocket.open(server.port);
    peer.write(clientFrame(begun.opcode, begun.payload, begun.final));
    peer.socket.end();
    await peer.closed;
    expect(await heardBy(server.port, [hello], 1)).toEqual([...echoOf(hello), 'close 1000']);
  });
});
