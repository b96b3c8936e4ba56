import { once } from 'node:events';
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { Hub, HubMethod } from 'nestjs-signalr';
import { closeLater, log, moduleOf } from '../../support/app-of.js';
import { Gate } from '../../support/hub-gate.js';
import { platforms, servedOn } from '../../support/nest-platforms.js';

let gate: Gate;

@Hub('/chat')
class ChatHub {
  @HubMethod()
  nothing() {}
}

@Controller()
class PageController {
  @Get('page')
  page() {
    return 'page';
  }

  @Get('slow')
  async slow() {
    await gate.pass();
    return 'slow';
  }
}

const metadata = { ...moduleOf([ChatHub]), controllers: [PageController] };
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Without a certificate: both sides know a key. */
const shared = {
  ciphers: 'PSK-AES128-GCM-SHA256',
  maxVersion: 'TLSv1.2' as const,
  pskCallback: () => ({ psk: Buffer.alloc(16, 1), identity: 'test' }),
};

async function servedSecurely(): Promise<INestApplication> {
  const module = await Test.createTestingModule(metadata).setLogger(log).compile();
  const httpsOptions = { ...shared, pskCallback: () => Buffer.alloc(16, 1) };
  const app = closeLater(module.createNestApplication(new ExpressAdapter(), { logger: log, httpsOptions }));
  await app.listen(0, '127.0.0.1');
  return app;
}

const portOf = (app: INestApplication): number => (app.getHttpServer().address() as AddressInfo).port;

/** A socket that has said something and heard what matches. */
async function said(socket: Socket, text: string, answer = /^/): Promise<Socket> {
  socket.on('error', () => undefined).setEncoding('utf8');
  socket.write(text);
  let heard = '';
  while (heard.match(answer) === null) heard += String((await once(socket, 'data'))[0]);
  return socket;
}

const ends = (...sockets: Socket[]): Promise<unknown> =>
  Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve).resume())));

describe.each(platforms)('the end of an application on %s', (platform) => {
  it('waits for the answers that are still to come, and not for half a request', async () => {
    gate = new Gate();
    const { app } = await servedOn(platform, metadata);
    const arrived = once(app.getHttpServer() as NodeJS.EventEmitter, 'connection');
    const half = await said(connectTcp(portOf(app), '127.0.0.1'), 'GET /a');
    await arrived;
    const answered = await said(connectTcp(portOf(app), '127.0.0.1'), `${get('/page')}GET /b`, /page$/);
    const waiting = await said(connectTcp(portOf(app), '127.0.0.1'), get('/slow'));
    await gate.reached;
    const closed = app.close();
    await ends(half, answered);
    gate.open();
    expect(String((await once(waiting, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK.*slow$/s);
    waiting.destroy();
    await closed;
  });
});

describe('the end of an application over TLS', () => {
  it('waits for the answers that are still to come, and not for sockets over which nothing runs', async () => {
    gate = new Gate();
    const app = await servedSecurely();
    const server = app.getHttpServer() as NodeJS.EventEmitter;
    const secured = async (): Promise<Socket> => {
      const there = once(server, 'secureConnection');
      const socket = connectTls({ port: portOf(app), host: '127.0.0.1', checkServerIdentity: () => undefined, ...shared });
      await there;
      return socket;
    };
    const arrived = once(server, 'connection');
    const mute = await said(connectTcp(portOf(app), '127.0.0.1'), '');
    await arrived;
    const idle = await said(await secured(), '');
    const half = await said(await secured(), `${get('/page')}GET /b`, /page$/);
    const waiting = await said(await secured(), get('/slow'));
    await gate.reached;
    const closed = app.close();
    await ends(mute, idle, half);
    gate.open();
    expect(String((await once(waiting, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK.*slow$/s);
    waiting.destroy();
    await closed;
  });
});
