import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Hub } from 'nestjs-signalr';
import { closeLater, log, moduleOf } from '../../support/app-of.js';
import { HubSocket } from '../../support/hub-socket.js';
import { doors, knock } from '../../support/nest-knock.js';
import { platforms, urlOf, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub {}

async function servedBehind(platform: Platform, trusted: string | false): Promise<string> {
  const module = await Test.createTestingModule(moduleOf([ChatHub], { limits: { connectionsPerAddress: 1 } }))
    .setLogger(log)
    .compile();
  const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter({ trustProxy: trusted });
  if (adapter instanceof ExpressAdapter) adapter.set('trust proxy', trusted);
  const app: INestApplication = closeLater(module.createNestApplication(adapter as ExpressAdapter, { logger: log }));
  await app.listen(0, '127.0.0.1');
  return `${urlOf(app.getHttpServer())}/chat`;
}

const from = (...hops: string[]) => ({ 'X-Forwarded-For': hops.join(', ') });

describe.each(platforms)('H14: on %s, the address that a limit counts', (platform) => {
  describe.each(doors)('at the %s', (door) => {
    it("is the socket's, whatever is forwarded by whom nobody trusts", async () => {
      const hub = await servedBehind(platform, false);
      await HubSocket.join(hub, { headers: from('1.1.1.1') });
      expect((await knock(door, hub, from('2.2.2.2'))).status).toBe(429);
    });

    it('is what a proxy says that the application trusts', async () => {
      const hub = await servedBehind(platform, 'loopback');
      await HubSocket.join(hub, { headers: from('1.1.1.1') });
      expect((await knock(door, hub, from('1.1.1.1'))).status).toBe(429);
      expect((await knock(door, hub, from('2.2.2.2'))).status).toBeLessThan(300);
    });

    it('is not what the client has written before the proxy', async () => {
      const hub = await servedBehind(platform, 'loopback');
      await HubSocket.join(hub, { headers: from('3.3.3.3', '1.1.1.1') });
      expect((await knock(door, hub, from('4.4.4.4', '1.1.1.1'))).status).toBe(429);
    });
  });
});
