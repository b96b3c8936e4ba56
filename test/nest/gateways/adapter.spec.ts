import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { GatewayClient, SignalRAdapter, SignalRModule } from 'nestjs-signalr';
import { servedAppFrom } from '../../support/app-of.js';
import { rawSocket } from '../../support/app-request.js';
import { HubPeer } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { stillHeld } from '../../support/memory.js';
import { freePort } from '../../support/nest-platforms.js';
import { gatewaysOf } from '../../support/nest-gateways.js';

describe('SignalRAdapter', () => {
  it('says what is missing where the module is not imported', async () => {
    const start = servedAppFrom({}, (app) => void app.useWebSocketAdapter(new SignalRAdapter(app)));
    await expect(start).rejects.toThrow('Add SignalRModule.forRoot() to the imports of its root module.');
  });

  it('knows its options', async () => {
    const options = { fallBack: {} } as never;
    const start = servedAppFrom({ imports: [SignalRModule] }, (app) => void app.useWebSocketAdapter(new SignalRAdapter(app, options)));
    await expect(start).rejects.toThrow("SignalRAdapter does not know the option 'fallBack'. It takes fallback, owns and dialects.");
  });

  it('opens the port of a gateway that has its own, and closes it with the application', async () => {
    const port = await freePort();
    @WebSocketGateway(port, { path: '/own' })
    class OwnGateway {
      @SubscribeMessage('echo')
      echo(@MessageBody() data: unknown) {
        return data;
      }
    }
    const app = await gatewaysOf([OwnGateway]);
    const negotiation = await fetch(`http://127.0.0.1:${port}/own/negotiate?negotiateVersion=1`, { method: 'POST' });
    expect(await negotiation.json()).toMatchObject({ negotiateVersion: 1 });
    const socket = await HubSocket.join(`http://127.0.0.1:${port}/own`);
    expect(await socket.ask('echo', 'x')).toMatchObject({ result: 'x' });
    expect((await fetch(`http://127.0.0.1:${port}/elsewhere`)).status).toBe(404);
    expect(await HubSocket.refusal(`http://127.0.0.1:${port}/elsewhere`)).toMatchObject({ status: 404 });
    const silent = await rawSocket(`http://127.0.0.1:${port}`);
    const hungUp = once(silent, 'close');
    await app.close();
    await hungUp;
    expect((await socket.closed)[0]).toBe(1000);
    await expect(fetch(`http://127.0.0.1:${port}/own`)).rejects.toThrow('fetch failed');
  });

  it('holds nothing of a client that has gone', async () => {
    const clients: WeakRef<object>[] = [];
    @WebSocketGateway({ path: '/memory' })
    class MemoryGateway implements OnGatewayConnection {
      handleConnection(client: GatewayClient) {
        clients.push(new WeakRef(client));
      }

      @SubscribeMessage('echo')
      echo(@MessageBody() data: unknown) {
        return data;
      }
    }
    const app = await gatewaysOf([MemoryGateway]);
    for (let i = 0; i < 20; i++) {
      const peer = await HubPeer.join(app, '/memory');
      await peer.ask('echo', i);
      await peer.hangUp();
    }
    expect(clients).toHaveLength(20);
    // Nest itself remembers the last one that came and the last one that went, to tell repetitions.
    expect(await stillHeld(clients)).toBeLessThan(4);
  });
});
