import { describe, expect, it } from '@jest/globals';
import { UseGuards, type ExecutionContext, type Type } from '@nestjs/common';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { ChannelGatewayClient, ChannelGatewayServer, phoenix, SignalRAdapter } from 'nestjs-signalr';
import { log, moduleOf, servedAppFrom, type ServedApp } from '../../support/app-of.js';
import { PhoenixUser } from '../../support/phoenix-js.js';

@WebSocketGateway({ path: '/chat' })
class AdminGateway {
  @WebSocketServer()
  server!: ChannelGatewayServer;

  handleConnection(client: ChannelGatewayClient) {
    return client.session.params['as'] === 'admin' ? client.join('admins') : undefined;
  }

  @SubscribeMessage('report')
  report(@ConnectedSocket() client: ChannelGatewayClient) {
    this.server.to('admins').emit('report', { in: 'the room' });
    client.to('admins').emit('report', { in: 'the room, of others' });
    this.server.toTopic('admins').emit('report', { in: 'the topic' });
    client.toTopic('admins').emit('report', { in: 'the topic, of others' });
    return {};
  }
}

const asked: unknown[][] = [];

/** Lets nobody into secret topics but the admin, before whatever. */
const guard = {
  canActivate(context: ExecutionContext) {
    const ws = context.switchToWs();
    const client = ws.getClient<ChannelGatewayClient>();
    asked.push([client.topic, ws.getPattern(), ws.getData(), context.getClass() === GuardedGateway]);
    return client.topic !== 'secret' || client.session.params['as'] === 'admin';
  },
};

@WebSocketGateway({ path: '/', namespace: 'chat' })
@UseGuards(guard)
class GuardedGateway {
  @SubscribeMessage('hello')
  hello() {
    return { hello: 'you' };
  }
}

const serve = (gateway: Type): Promise<ServedApp> => {
  const dialects = { '/chat': phoenix() };
  return servedAppFrom(moduleOf([gateway]), (app) => void app.useWebSocketAdapter(new SignalRAdapter(app, { dialects })));
};

async function come({ url }: ServedApp, as: string): Promise<PhoenixUser> {
  const user = new PhoenixUser(`${url}/chat`, { params: { as } });
  await user.connect();
  return user;
}

describe('the rooms of a gateway over a dialect', () => {
  it("are the server's: who joins a topic of that name hears nothing of what is said there", async () => {
    const served = await serve(AdminGateway);
    const [admin, other] = [await come(served, 'admin'), await come(served, 'eve')];
    const lobby = (await admin.join('lobby')).listen('report');
    const topic = (await other.join('admins')).listen('report');
    expect(await (await other.join('elsewhere')).push('report')).toEqual({ status: 'ok', response: {} });
    expect([await lobby.next('report'), await lobby.next('report')]).toEqual([{ in: 'the room' }, { in: 'the room, of others' }]);
    expect(await topic.next('report')).toEqual({ in: 'the topic' });
  });

  it('are no reason to say that nothing is served', async () => {
    await serve(AdminGateway);
    expect(log.of('SignalR', 'warn')).toEqual([]);
  });
});

describe('the guards above a gateway over a dialect', () => {
  it('are asked when somebody joins a topic', async () => {
    const served = await serve(GuardedGateway);
    const [admin, eve] = [await come(served, 'admin'), await come(served, 'eve')];
    expect(await eve.topic('secret').join()).toEqual({ status: 'error', response: { reason: 'unauthorized' } });
    expect(await admin.topic('secret', { word: 'please' }).join()).toMatchObject({ status: 'ok' });
    expect(asked).toContainEqual(['secret', 'join', { word: 'please' }, true]);
    expect(await (await eve.join('open')).push('hello')).toEqual({ status: 'ok', response: { hello: 'you' } });
  });
});
