import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
} from '@nestjs/websockets';
import { GatewayClient, GatewayServer, Hub, HubConnections, HubMethod } from 'nestjs-signalr';
import { log } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { doors, knock } from '../../support/nest-knock.js';
import { gatewaysOf, servedGateways } from '../../support/nest-gateways.js';

describe('a plain gateway', () => {
  @Injectable()
  class Lobby {
    readonly trail: string[] = [];
  }

  @WebSocketGateway({ path: '/lobby' })
  class LobbyGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
    @WebSocketServer()
    server!: GatewayServer;

    constructor(private readonly lobby: Lobby) {}

    afterInit(server: GatewayServer) {
      this.lobby.trail.push(`afterInit ${server instanceof GatewayServer}`);
    }

    handleConnection(client: GatewayClient, request: unknown) {
      client.data['name'] = client.caller.user;
      this.lobby.trail.push(`connected ${client instanceof GatewayClient} ${request === client.request}`);
    }

    handleDisconnect(client: GatewayClient) {
      this.lobby.trail.push(`disconnected ${String(client.data['name'])}`);
    }

    @SubscribeMessage('join')
    join(@ConnectedSocket() client: GatewayClient, @MessageBody() room: string) {
      return client.join(room);
    }

    @SubscribeMessage('leave')
    leave(@ConnectedSocket() client: GatewayClient, @MessageBody() room: string) {
      return client.leave(room);
    }

    @SubscribeMessage('all')
    all() {
      return this.server.emit('m', 'all');
    }

    @SubscribeMessage('room')
    room(@MessageBody() room: string) {
      return this.server.to(room).emit('m', 'room', 2);
    }

    @SubscribeMessage('others')
    others(@ConnectedSocket() client: GatewayClient) {
      return client.broadcast.emit('m', 'others');
    }

    @SubscribeMessage('others in room')
    othersInRoom(@ConnectedSocket() client: GatewayClient) {
      return client.to('red').emit('m', 'others in room');
    }

    @SubscribeMessage('me')
    me(@ConnectedSocket() client: GatewayClient) {
      return client.emit('m', 'me');
    }

    @SubscribeMessage('who')
    who(@ConnectedSocket() client: GatewayClient) {
      return client.caller.user;
    }

    @SubscribeMessage('go')
    go(@ConnectedSocket() client: GatewayClient) {
      client.disconnect();
    }
  }

  const lobby = () => gatewaysOf([LobbyGateway, Lobby]);

  it('is told of its server, of clients that come, and once of each that goes', async () => {
    const app = await lobby();
    const { trail } = app.get(Lobby);
    const [ada, bob] = [await HubPeer.join(app, '/lobby', { user: 'ada' }), await HubPeer.join(app, '/lobby', { user: 'bob' })];
    await Promise.all([ada.hearsNothing(), bob.hearsNothing()]);
    await ada.hangUp();
    bob.say({ type: 1, target: 'go', arguments: [] });
    await bob.served;
    expect(trail).toEqual(['afterInit true', 'connected true true', 'connected true true', 'disconnected ada', 'disconnected bob']);
  });

  it('sends events to everybody, to rooms, to others and to one', async () => {
    const app = await lobby();
    const peers = await Promise.all(['a', 'b', 'c'].map(() => HubPeer.join(app, '/lobby')));
    const heard = async (method: string, ...args: unknown[]): Promise<unknown[]> => {
      expect(await peers[0].ask(method, ...args)).toMatchObject({ result: true });
      await Promise.all(peers.map((peer) => peer.ask('leave', 'none')));
      return peers.map((peer) => peer.heard.splice(0).flatMap(({ target, arguments: given }) => (target === 'm' ? [given] : [])));
    };
    for (const peer of peers.slice(0, 2)) await peer.ask('join', 'red');
    expect(await heard('all')).toEqual([[['all']], [['all']], [['all']]]);
    expect(await heard('room', 'red')).toEqual([[['room', 2]], [['room', 2]], []]);
    expect(await heard('others')).toEqual([[], [['others']], [['others']]]);
    expect(await heard('others in room')).toEqual([[], [['others in room']], []]);
    expect(await heard('me')).toEqual([[['me']], [], []]);
    await peers[1].ask('leave', 'red');
    expect(await heard('room', 'red')).toEqual([[['room', 2]], [], []]);
  });

  it('shares its path with others: a client is one client, whose messages go to whoever knows them', async () => {
    const connections: unknown[] = [];
    @WebSocketGateway({ path: '/lobby' })
    class SecondGateway implements OnGatewayConnection {
      @WebSocketServer()
      server!: GatewayServer;

      handleConnection(client: GatewayClient) {
        connections.push(client);
      }

      @SubscribeMessage('second')
      second(@ConnectedSocket() client: GatewayClient) {
        return connections[0] === client;
      }
    }
    const app = await gatewaysOf([LobbyGateway, SecondGateway, Lobby]);
    const peer = await HubPeer.join(app, '/lobby');
    expect(await peer.ask('second')).toMatchObject({ result: true });
    expect(await peer.ask('all')).toMatchObject({ result: true });
    expect(connections).toHaveLength(1);
    expect(app.get(SecondGateway).server).toBe(app.get(LobbyGateway).server);
    expect(app.get(Lobby).trail).toEqual(['afterInit true', 'connected true true']);
  });

  it('is no hub: the bare HubClients are those of the only hub, and its name stands in no list', async () => {
    @Hub('/only')
    class OnlyHub {
      @HubMethod()
      go() {}
    }
    const app = await gatewaysOf([LobbyGateway, Lobby, OnlyHub]);
    await HubPeer.join(app, '/lobby');
    expect(await app.get(HubConnections).count()).toBe(0);
    expect(log.of('SignalR')).toEqual(['OnlyHub {/only}: go']);
  });

  it('at the path of a hub keeps the application from starting', async () => {
    @Hub('/Lobby')
    class LobbyHub {}
    await expect(gatewaysOf([LobbyGateway, Lobby, LobbyHub])).rejects.toThrow("are both served at '/Lobby'");
  });

  it.each<[string, object, string]>([
    ['a namespace', { namespace: 'chat' }, '/chat'],
    ['a namespace with a slash', { namespace: '/chat' }, '/chat'],
    ['a path and a namespace', { path: '/live', namespace: 'chat' }, '/live/chat'],
    ['a path without a slash', { path: 'live' }, '/live'],
    ['nothing', {}, '/'],
  ])('with %s is served at %j: %s', async (_, options, path) => {
    @WebSocketGateway(options)
    class PlacedGateway {
      @SubscribeMessage('echo')
      echo(@MessageBody() data: unknown) {
        return data;
      }
    }
    expect(await (await HubPeer.join(await gatewaysOf([PlacedGateway]), path)).ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('has the users of authenticate, who are asked for when they connect', async () => {
    const { url } = await servedGateways([LobbyGateway, Lobby], {
      authenticate: ({ headers }) => headers.authorization?.replace('Bearer ', ''),
    });
    for (const door of doors) expect((await knock(door, `${url}/lobby`)).status).toBe(401);
    const socket = await HubSocket.join(`${url}/lobby?access_token=ada`);
    expect(await socket.ask('who')).toMatchObject({ result: 'ada' });
  });

  it('has the options of the module', async () => {
    const app = await gatewaysOf([LobbyGateway, Lobby], { maximumReceiveMessageSize: 100 });
    const peer = await HubPeer.join(app, '/lobby');
    peer.write('x'.repeat(101));
    await peer.ended;
    expect(peer.heard.at(-1)).toMatchObject({ type: 7, error: 'Connection closed with an error.' });
  });
});
