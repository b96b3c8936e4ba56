import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { UseGuards, type INestApplication } from '@nestjs/common';
import { Hub, HubConnections } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { nextTurn, turns } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HANDSHAKE } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { doors, knock } from '../../support/nest-knock.js';
import { clientFrame } from '../../support/web-socket-frames.js';

/** What the guard of the hub waits at. */
let gate: Gate;
let welcomes = 0;

@Hub('/slow')
@UseGuards({
  canActivate: async () => {
    await gate.pass();
    return true;
  },
})
class SlowHub {
  onConnected() {
    welcomes++;
  }
}

async function served() {
  gate = new Gate();
  welcomes = 0;
  const clock = new FakeClock();
  const { app, url } = await servedAppFrom(moduleOf([SlowHub], { clock }));
  return { app, clock, hub: `${url}/slow` };
}

const UPGRADE = [
  'GET /slow HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '',
  '',
].join('\r\n');

/** Asks for an upgrade and waits until the guard is asked. */
async function atTheGate(hub: string): Promise<Socket> {
  const { port } = new URL(hub);
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.write(UPGRADE);
  await gate.reached;
  return socket;
}

/** How many sockets the server still has. */
function openSockets(app: INestApplication): Promise<number> {
  const server = app.getHttpServer() as { getConnections(done: (error: unknown, count: number) => void): void };
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
}

const late = { status: 503, body: 'The connection was not authorized in time.' };
const closing = { status: 503, body: 'The server is shutting down.' };

describe('a guard that never answers', () => {
  it.each(doors)('holds nobody for ever: after handshakeTimeout the %s is answered with 503', async (door) => {
    const { app, clock, hub } = await served();
    const knocked = knock(door, hub);
    await gate.reached;
    await clock.advance(14_999);
    expect(await Promise.race([knocked, turns(5).then(() => 'waiting')])).toBe('waiting');
    await clock.advance(1);
    expect(await knocked).toMatchObject(late);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('lets nobody in when it answers after all', async () => {
    const { app, clock, hub } = await served();
    const knocked = knock('upgrade', hub);
    await gate.reached;
    await clock.advance(15_000);
    await knocked;
    gate.open();
    await turns(5);
    expect([welcomes, await app.get(HubConnections).count()]).toEqual([0, 0]);
  });

  it('holds no socket either, though its peer never ends its own side', async () => {
    const { app, clock, hub } = await served();
    const socket = await atTheGate(hub);
    await clock.advance(15_000);
    const answer = await once(socket.setEncoding('utf8'), 'data');
    expect(answer[0]).toContain(late.body);
    while ((await openSockets(app)) > 0) await nextTurn();
    socket.destroy();
  });
});

describe('a client that vanishes while the guards are asked', () => {
  it.each(['ends its side', 'is destroyed', 'is reset'])('is no connection, and disturbs nobody: it %s', async (how) => {
    const { app, hub } = await served();
    const socket = await atTheGate(hub);
    if (how === 'ends its side') socket.end();
    else if (how === 'is destroyed') socket.destroy();
    else socket.resetAndDestroy();
    await turns(3);
    gate.open();
    socket.resume();
    if (how === 'ends its side') await once(socket, 'close');
    while ((await openSockets(app)) > 0) await nextTurn();
    expect([welcomes, await app.get(HubConnections).count()]).toEqual([0, 0]);
    await HubSocket.join(hub);
    expect(log.takeErrors()).toEqual([]);
  });

  it('that stays may send its first messages before it got its answer', async () => {
    const { hub } = await served();
    const socket = await atTheGate(hub);
    socket.write(clientFrame(1, Buffer.from(HANDSHAKE)));
    gate.open();
    let heard = '';
    for await (const chunk of socket.setEncoding('latin1')) {
      heard += String(chunk);
      if (heard.includes('{}')) break;
    }
    expect(heard).toMatch(/^HTTP\/1\.1 101 /);
  });
});

describe('the end of the application during connect', () => {
  it.each(doors)('L03: answers a %s that still waits for its guards with 503, and waits for none of them', async (door) => {
    const { app, hub } = await served();
    const knocked = knock(door, hub);
    await gate.reached;
    await app.close();
    expect(await knocked).toMatchObject(closing);
    gate.open();
    await turns(5);
    expect(welcomes).toBe(0);
  });

  it('L01: refuses with 503 what comes after it has begun', async () => {
    const stuck = new Gate();
    @Hub('/stuck')
    class StuckHub {
      onDisconnected() {
        return stuck.pass();
      }
    }
    const { app, url } = await servedAppFrom(moduleOf([StuckHub]));
    await HubSocket.join(`${url}/stuck`);
    const isClosed = app.close();
    await stuck.reached;
    expect(await knock('negotiation', `${url}/stuck`)).toMatchObject(closing);
    expect((await knock('upgrade', `${url}/stuck`)).status).toBeGreaterThanOrEqual(400);
    expect(await app.get(HubConnections).count()).toBe(0);
    stuck.open();
    await isClosed;
  });
});
