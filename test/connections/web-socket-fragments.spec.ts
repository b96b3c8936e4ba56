import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RawWebSocket } from '../support/raw-web-socket.js';
import { clientFrame, closePayload, Opcode } from '../support/web-socket-frames.js';
import { WebSocketHost } from '../support/web-socket-host.js';

const POLICY_VIOLATION = 1008;

describe('a message that comes in fragments', () => {
  let host: WebSocketHost;

  beforeEach(async () => {
    host = await WebSocketHost.open();
  });

  afterEach(() => host.close());

  it.each([
    ['of one byte', 'x'],
    ['of no byte', ''],
  ])('C03: is closed with 1008 when more come than ws lets pass, and never the last: %s', async (_, text) => {
    const peer = await RawWebSocket.open(host.port);
    const handler = await host.next();
    peer.send(Opcode.Text, text, false);
    const fragments = Array.from({ length: 1_000 }, () => clientFrame(Opcode.Continuation, text, false));
    for (let sent = 0; sent < 17_000; sent += 1_000) peer.write(Buffer.concat(fragments));
    expect(await peer.next()).toMatchObject({ opcode: Opcode.Close, payload: closePayload(POLICY_VIOLATION) });
    peer.socket.end();
    expect((await handler.transportEnded()).code).toBe('failed');
    expect(handler.chunks).toEqual([]);
  });

  it('C03: leaves the peers that behave alone', async () => {
    const [hostile, quiet] = [await RawWebSocket.open(host.port), await RawWebSocket.open(host.port)];
    const [, handler] = [await host.next(), await host.next()];
    hostile.write(
      Buffer.concat(Array.from({ length: 17_000 }, (_, index) => clientFrame(index === 0 ? Opcode.Text : Opcode.Continuation, '', false))),
    );
    await hostile.next();
    quiet.send(Opcode.Text, 'still here');
    expect(String(await handler.received(10))).toBe('still here');
  });
});
