import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { HttpAdapterHost } from '@nestjs/core';
import { Channel, Hub, Join } from 'nestjs-signalr';
import { Events } from '../../../lib/common/events.js';
import { ClientAddresses } from '../../../lib/nest/client-addresses.js';
import { log, moduleOf } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { SOCKET } from '../../support/channel-app.js';
import { HubSocket } from '../../support/hub-socket.js';
import { doors, knock } from '../../support/nest-knock.js';
import { platforms, servedBehind, type Platform, type Trusted } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub {}

@Channel('room:*')
class RoomChannel {
  @Join() join() {}
}

/** Serves as many clients of one address as `most`, and says where. */
async function servedAt(platform: Platform, trusted: Trusted, most = 1): Promise<string> {
  const options = { limits: { connectionsPerAddress: most }, channels: [SOCKET] };
  const { url } = await servedBehind(platform, moduleOf([ChatHub, RoomChannel], options), trusted);
  return url;
}

const chatBehind = async (platform: Platform, trusted: string | false): Promise<string> => `${await servedAt(platform, trusted)}/chat`;

const from = (...hops: string[]) => ({ 'X-Forwarded-For': hops.join(', ') });

describe.each(platforms)('H14: on %s, the address that a limit counts', (platform) => {
  describe.each(doors)('at the %s', (door) => {
    it("is the socket's, whatever is forwarded by whom nobody trusts", async () => {
      const hub = await chatBehind(platform, false);
      await HubSocket.join(hub, { headers: from('1.1.1.1') });
      expect((await knock(door, hub, from('2.2.2.2'))).status).toBe(429);
    });

    it('is what a proxy says that the application trusts', async () => {
      const hub = await chatBehind(platform, 'loopback');
      await HubSocket.join(hub, { headers: from('1.1.1.1') });
      expect((await knock(door, hub, from('1.1.1.1'))).status).toBe(429);
      expect((await knock(door, hub, from('2.2.2.2'))).status).toBeLessThan(300);
    });

    it('is not what the client has written before the proxy', async () => {
      const hub = await chatBehind(platform, 'loopback');
      await HubSocket.join(hub, { headers: from('3.3.3.3', '1.1.1.1') });
      expect((await knock(door, hub, from('4.4.4.4', '1.1.1.1'))).status).toBe(429);
    });
  });
});

/** What applications write who trust every address of their own network; it throws for what is none. */
const trustLoopback = (address: string): boolean => {
  if (isIP(address) === 0) throw new TypeError(`${address} is no address`);
  return address === '127.0.0.1';
};

describe('C02, H14: a header for which the application fails at saying whom it trusts', () => {
  it.each(platforms)('ends nothing at the WebSockets of %s, and spares nobody the count', async (platform) => {
    const url = await servedAt(platform, trustLoopback);
    const [hub, channels] = [`${url}/chat`, `${url}/socket/websocket?vsn=2.0.0`];
    await HubSocket.open(channels, { headers: from('2.2.2.2', 'garbage') });
    for (const path of [hub, channels]) expect((await knock('upgrade', path, from('3.3.3.3', 'rubbish'))).status).toBe(429);
    expect((await knock('upgrade', hub, from('3.3.3.3'))).status).toBe(101);
    expect(log.takeErrors()).toEqual(['SignalR: asking which proxies are trusted failed: garbage is no address']);
  });

  it('ends nothing at requests, and spares nobody the count', async () => {
    const url = await servedAt('Express', trustLoopback);
    expect(await ask('GET', `${url}/socket/longpoll?vsn=2.0.0`, from('2.2.2.2', 'garbage'))).toMatchObject({ status: 200 });
    expect((await knock('negotiation', `${url}/chat`, from('3.3.3.3', 'rubbish'))).status).toBe(429);
    expect((await knock('negotiation', `${url}/chat`, from('3.3.3.3'))).status).toBe(200);
    expect(log.takeErrors()).toEqual(['SignalR: asking which proxies are trusted failed: garbage is no address']);
  });
});

it('C02: a request that has no socket comes from no address, and Fastify is not asked', () => {
  const host = { httpAdapter: new FastifyAdapter({ trustProxy: true }) } as unknown as HttpAdapterHost;
  const addresses = new ClientAddresses(host, new Events());
  expect(addresses.of({ headers: {}, url: '/' } as IncomingMessage)).toBeUndefined();
});
