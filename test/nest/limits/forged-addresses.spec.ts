import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Hub, SignalREvents, type SignalRModuleOptions } from 'nestjs-signalr';
import { log, moduleOf } from '../../support/app-of.js';
import { HubSocket } from '../../support/hub-socket.js';
import { knock } from '../../support/nest-knock.js';
import { platforms, servedBehind, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub {}

/** Behind a proxy that hands on what clients write, and an application that believes it. */
async function served(platform: Platform, limits: SignalRModuleOptions['limits']): Promise<{ app: INestApplication; hub: string }> {
  const { app, url } = await servedBehind(platform, moduleOf([ChatHub], { limits }), true);
  return { app, hub: `${url}/chat` };
}

const from = (text: string) => ({ 'X-Forwarded-For': text });
const harmful = `a\u009b2J\u0085[Nest] 1 - LOG admin logged in ${'A'.repeat(9_000)}`;

describe.each(platforms)('a client that writes its own address, on %s,', (platform) => {
  it('N01: writes nothing of it into the log or the events', async () => {
    const { app, hub } = await served(platform, { connectionsPerSecond: 1 });
    const told: unknown[] = [];
    app.get(SignalREvents).on('limited', ({ address }) => told.push(address));
    for (let time = 0; time < 2; time++) await knock('negotiation', hub, from(harmful));
    expect(told).toEqual(['127.0.0.1']);
    expect(log.of('SignalRHubs', 'warn')).toEqual(['ChatHub: limits.connectionsPerSecond (1) was reached by 127.0.0.1']);
  });

  it('counts for the address of the proxy, whatever it writes that is none', async () => {
    const { hub } = await served(platform, { connectionsPerAddress: 1 });
    await HubSocket.join(hub, { headers: from('somebody') });
    expect((await knock('negotiation', hub, from('somebody else'))).status).toBe(429);
    expect((await knock('negotiation', hub, from('1.2.3.4:5678'))).status).toBe(200);
  });
});
