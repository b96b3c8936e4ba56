import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway, type OnGatewayConnection, type OnGatewayInit } from '@nestjs/websockets';
import {
  Caller,
  Clients,
  GatewayClient,
  Hub,
  HubCallerClients,
  HubCallerContext,
  HubMethod,
  getHubClientsToken,
  InjectHubClients,
  SignalRModule,
  SignalRServer,
  type HubClients,
  type OnConnected,
  type OnDisconnected,
} from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { appFrom, appOf, moduleOf, servedAppFrom, servedAppOf } from '../../support/app-of.js';
import { nextTurn } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HubPeer } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { gatewaysOf, servedGateways } from '../../support/nest-gateways.js';
import { askHub, askWebSocket, graphqlServer, wsServer } from '../../support/nest-neighbours.js';
import { freePort, urlOf } from '../../support/nest-platforms.js';

const trail: unknown[] = [];

@Hub('/chat')
class ChatHub implements OnConnected, OnDisconnected {
  onConnected() {
    trail.push('connected');
  }

  async onDisconnected(_: HubCallerContext, error?: Error) {
    await nextTurn();
    trail.push(`disconnected: ${error?.message ?? 'no error'}`);
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }
}

/** The complaints about gateways that come up again and again, by their numbers at nestjs/nest: about what is around the calls. */
describe('what people miss in gateways, a hub has:', () => {
  it('an instance for each connection, where that is wanted (#4287, #10850, #16949)', async () => {
    @Hub('/each', { scope: 'connection' })
    class EachHub {
      count = 0;

      @HubMethod()
      next() {
        return ++this.count;
      }
    }
    const app = await appOf([EachHub]);
    const [first, second] = [await HubPeer.join(app, EachHub), await HubPeer.join(app, EachHub)];
    expect([await first.ask('next'), await first.ask('next'), await second.ask('next')].map(({ result }) => result)).toEqual([1, 2, 1]);
  });

  it('room for gateways on the same port (#4968, #3880)', async () => {
    @WebSocketGateway({ path: '/gateway' })
    class EchoGateway {
      @SubscribeMessage('echo')
      echo(@MessageBody() data: unknown) {
        return { event: 'echoed', data };
      }
    }
    const { url } = await servedAppFrom(moduleOf([ChatHub, EchoGateway]), (app) => void app.useWebSocketAdapter(new WsAdapter(app)));
    const others = () => askWebSocket(`${url}/gateway`, '{"event":"echo","data":1}');
    const echoed = '{"event":"echoed","data":1}';
    expect(await Promise.all([others(), askHub(`${url}/chat`, 'x'), others()])).toEqual([echoed, 'x', echoed]);
  });

  it.each([
    ['a server of ws (websockets/ws#1726, #885)', (server: Server) => wsServer(server, '/socket'), '/socket: x'],
    ['subscriptions of GraphQL (nestjs/graphql#2314, apollo-server#4336)', graphqlServer, 'graphql: x'],
  ])('room for %s on the same port', async (_, neighbourOn, answer) => {
    const { app, url } = await servedAppOf([ChatHub]);
    const neighbour = neighbourOn(app.getHttpServer() as Server);
    expect(await Promise.all([neighbour.ask(url, 'x'), askHub(`${url}/chat`, 'x')])).toEqual([answer, 'x']);
    await neighbour.close();
  });

  it('several HTTP servers (#5407)', async () => {
    const { app, url } = await servedAppOf([ChatHub]);
    const second = createServer();
    app.get(SignalRServer).attach(second);
    await once(second.listen(0, '127.0.0.1'), 'listening');
    expect(await Promise.all([url, urlOf(second)].map((base) => askHub(`${base}/chat`, 'x')))).toEqual(['x', 'x']);
    second.close();
  });

  it('an end that does not hang with open sockets, and waits for what is asynchronous in the hooks (#13534, #13531, #13910, #11390, #7611)', async () => {
    const { app, url } = await servedAppOf([ChatHub]);
    const sockets = await Promise.all([1, 2, 3].map(() => HubSocket.join(`${url}/chat`)));
    trail.length = 0;
    await app.close();
    expect(trail).toEqual(Array(3).fill('disconnected: no error'));
    for (const socket of sockets) expect((await socket.closed)[0]).toBe(1000);
  });

  it('closed doors before onModuleInit is done (#3654), also at a port of its own', async () => {
    const port = await freePort();
    const gate = new Gate();
    const attempts: unknown[] = [];
    @WebSocketGateway(port, { path: '/own' })
    class OwnGateway {
      @SubscribeMessage('echo')
      echo() {}
    }
    @Injectable()
    class SlowService implements OnModuleInit {
      async onModuleInit() {
        const socket = connect(port, '127.0.0.1');
        const [error] = (await once(socket, 'error')) as [Error & { code: string }];
        attempts.push(error.code);
        await gate.pass();
      }
    }
    const starting = gatewaysOf([OwnGateway, SlowService]);
    await gate.reached;
    gate.open();
    await starting;
    expect(attempts).toEqual(['ECONNREFUSED']);
    await HubSocket.join(`http://127.0.0.1:${port}/own`);
  });

  it('hooks whose dependencies are there, and so have those of a gateway (#4639, #10304)', async () => {
    const names: unknown[] = [];
    @WebSocketGateway({ path: '/late' })
    class LateGateway implements OnGatewayInit {
      constructor(@Inject('NAME') readonly name: string) {}

      afterInit() {
        names.push(this.name);
      }
    }
    @Hub('/late-hub')
    class LateHub implements OnConnected {
      constructor(@Inject('NAME') readonly name: string) {}

      onConnected() {
        names.push(this.name);
      }
    }
    const late = { provide: 'NAME', useFactory: async () => nextTurn().then(() => 'late') };
    const app = await gatewaysOf([LateGateway, LateHub, late as never]);
    await (await HubPeer.join(app, LateHub)).hearsNothing();
    expect(names).toEqual(['late', 'late']);
  });

  it('one onConnected for a connection, however many hubs there are (#3704)', async () => {
    @Hub('/other')
    class OtherHub extends ChatHub {}
    const app = await appOf([ChatHub, OtherHub]);
    trail.length = 0;
    await (await HubPeer.join(app, ChatHub)).ask('echo', 1);
    expect(trail).toEqual(['connected']);
  });

  it('clients that any service can call (#1442, #983, #2271)', async () => {
    @Injectable()
    class Announcer {
      constructor(@InjectHubClients(ChatHub) readonly clients: HubClients) {}
    }
    @Module({ providers: [Announcer], exports: [Announcer] })
    class NewsModule {}
    const app = await appFrom({ imports: [SignalRModule, NewsModule], providers: [ChatHub] });
    const client = await createTestClient(app, ChatHub);
    await app.get(Announcer).clients.all.send('news', 1);
    expect(await client.next('news')).toEqual([1]);
  });

  it('tests without a port (#8065, #1114, #295, nestjs/docs.nestjs.com#97, jmcdo29/testing-nestjs#14)', async () => {
    const client = await createTestClient(await appOf([ChatHub]), ChatHub, { user: { id: 'ada' } });
    expect(await client.invoke('echo', 'x')).toBe('x');
    await client.close();
  });

  it('calls of clients whose names and arguments the compiler checks (samchon/nestia#1373, #557)', async () => {
    interface NewsClient {
      news(headline: string): void;
    }
    const app = await appOf([ChatHub]);
    const client = await createTestClient(app, ChatHub);
    const clients = app.get(getHubClientsToken(ChatHub)) as HubClients<NewsClient>;
    // @ts-expect-error a name that the client does not have
    await clients.all.send('newz', 'x');
    // @ts-expect-error an argument of another type
    await clients.all.send('news', 1);
    await clients.all.send('news', 'x');
    expect(await client.next('news')).toEqual([1]);
    expect(await client.next('news')).toEqual(['x']);
  });

  it('a reason why a connection has ended (#15451)', async () => {
    const peer = await HubPeer.join(await appOf([ChatHub]), ChatHub);
    trail.length = 0;
    peer.say({ type: 7, error: 'I am off.' });
    await peer.served;
    expect(trail).toEqual(['disconnected: I am off.']);
  });

  it('what is said while somebody connects, and answers after it, on every major of Nest; and so have gateways (#17613)', async () => {
    @Hub('/welcome')
    class WelcomeHub implements OnConnected {
      async onConnected(@Caller() caller: HubCallerContext, @Clients() clients: HubCallerClients) {
        await nextTurn();
        await clients.client(caller.connectionId).send('welcome');
      }

      @HubMethod()
      ping() {
        return 'pong';
      }
    }
    @WebSocketGateway({ path: '/gateway' })
    class WelcomeGateway implements OnGatewayConnection {
      async handleConnection(client: GatewayClient) {
        client.emit('welcome');
        await nextTurn();
      }

      @SubscribeMessage('ping')
      ping() {
        return 'pong';
      }
    }
    const { url } = await servedGateways([WelcomeHub, WelcomeGateway]);
    for (const path of ['/welcome', '/gateway']) {
      const socket = await HubSocket.join(url + path);
      expect(await socket.messages()).toMatchObject([{ target: 'welcome' }]);
      expect(await socket.ask('ping')).toMatchObject({ result: 'pong' });
    }
  });
});
