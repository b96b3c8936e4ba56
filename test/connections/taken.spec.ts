import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { bytesTaken } from '../../lib/connections/transports/taken.js';
import { nextTurn } from '../support/changes.js';

const open: { destroy(): void }[] = [];

afterEach(() => open.splice(0).forEach((socket) => socket.destroy()));

async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [ours] = (await once(server, 'connection')) as [Socket];
  server.close();
  open.push(ours, theirs);
  return [ours, theirs];
}

describe('the bytes that were taken from a socket', () => {
  it('are counted in the middle of a large write, as its peer reads', async () => {
    const [ours, theirs] = await socketPair();
    const size = 32 * 1_048_576;
    ours.write(Buffer.alloc(size));
    for (let before = -1; bytesTaken(ours) !== before; await nextTurn()) before = bytesTaken(ours) as number;
    const stalled = bytesTaken(ours) as number;
    theirs.resume();
    while ((bytesTaken(ours) as number) <= stalled) await nextTurn();
    expect(ours.writableLength).toBe(size);
    while (ours.writableLength > 0) await nextTurn();
    expect(bytesTaken(ours)).toBe(size);
  });

  it('are not known of what is no socket, nor of one that is closed', async () => {
    const [ours] = await socketPair();
    ours.destroy();
    const [stream] = duplexPair();
    expect([bytesTaken(stream), bytesTaken(ours), bytesTaken(null)]).toEqual([undefined, undefined, undefined]);
  });
});
