import { describe, expect, it } from '@jest/globals';
import { Hub } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { servedAppOf } from '../../support/app-of.js';
import { HANDSHAKE } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { knock } from '../../support/nest-knock.js';
import { RawWebSocket } from '../../support/raw-web-socket.js';
import { Opcode } from '../../support/web-socket-frames.js';

@Hub('/chat')
class ChatHub {}

async function served() {
  const clock = new FakeClock();
  const { url } = await servedAppOf([ChatHub], { clock, limits: { connectionsPerAddress: 1 } });
  return { clock, hub: `${url}/chat` };
}

/** A client that answers nothing and keeps its own side of the socket open, whatever is said to it. */
async function rude(hub: string): Promise<RawWebSocket> {
  const client = await RawWebSocket.open(Number(new URL(hub).port));
  client.send(Opcode.Text, HANDSHAKE);
  await client.next();
  return client;
}

describe('C08, I06: a client whose connection has ended', () => {
  it('counts as long as its socket stands, when it does not answer the goodbye', async () => {
    const { clock, hub } = await served();
    const client = await rude(hub);
    client.send(Opcode.Text, 'nonsense\u001e');
    while ((await client.next()).opcode !== Opcode.Close);
    expect((await knock('upgrade', hub)).status).toBe(429);
    await clock.advance(5_000);
    await client.ended;
    expect((await knock('upgrade', hub)).status).toBe(101);
    client.socket.destroy();
  });

  it('counts no longer when it has said goodbye itself, for then its socket is not waited for', async () => {
    const { hub } = await served();
    const client = await rude(hub);
    client.send(Opcode.Close);
    await client.ended;
    expect((await knock('upgrade', hub)).status).toBe(101);
    client.socket.destroy();
  });

  it('may come back at once when it has said goodbye', async () => {
    const { hub } = await served();
    for (let i = 0; i < 20; i++) {
      const client = await HubSocket.join(hub);
      client.socket.close();
      expect((await client.closed)[0]).toBe(1000);
    }
  });
});
