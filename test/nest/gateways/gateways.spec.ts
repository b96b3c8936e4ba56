import { describe, expect, it } from '@jest/globals';
import {
  Injectable,
  ParseIntPipe,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type CallHandler,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import {
  Ack,
  BaseWsExceptionFilter,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
} from '@nestjs/websockets';
import { IsInt } from 'class-validator';
import {
  GatewayClient,
  GatewayServer,
  Hub,
  HubConnections,
  HubException,
  HubMethod,
  SignalRAdapter,
  SignalRModule,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { concat, from, map, of, Subject, tap, throwError, timer } from 'rxjs';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { nextTurn } from '../../support/changes.js';
import { HubPeer } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { stillHeld } from '../../support/memory.js';
import { doors, knock } from '../../support/nest-knock.js';
import { freePort } from '../../support/nest-platforms.js';

/** An application whose gateways are all served over SignalR. */
async function served(gateways: Type[], options?: SignalRModuleOptions): Promise<INestApplication> {
  const { app } = await servedAppFrom(moduleOf(gateways, options), (application) => {
    application.useWebSocketAdapter(new SignalRAdapter(application));
  });
  return app;
}

const INVOKING = (method: string): string => `An unexpected error occurred invoking '${method}' on the server.`;
const told = (method: string, text: string): object => ({ error: `${INVOKING(method)} HubException: ${text}` });

describe('a handler of a plain gateway', () => {
  const source = { failing$: new Subject<number>(), observers: 0 };

  @WebSocketGateway({ path: '/plain' })
  class PlainGateway {
    @SubscribeMessage('echo')
    echo(@MessageBody() data: unknown) {
      return data;
    }

    @SubscribeMessage('later')
    async later(@MessageBody() data: string) {
      return `${data} later`;
    }

    @SubscribeMessage('nothing')
    nothing() {}

    @SubscribeMessage('client')
    client(@ConnectedSocket() client: GatewayClient, @MessageBody('name') name: string) {
      return [client instanceof GatewayClient, client.id === client.caller.connectionId, name];
    }

    @SubscribeMessage('undecorated')
    undecorated(client: GatewayClient, data: unknown) {
      return [client instanceof GatewayClient, data];
    }

    @SubscribeMessage('response')
    response(@MessageBody() data: unknown) {
      return { event: 'answered', data };
    }

    @SubscribeMessage('numbers')
    numbers() {
      return from([1, 2, 3]);
    }

    @SubscribeMessage('responses')
    responses() {
      return from([1, 2, 3]).pipe(map((data) => ({ event: 'number', data })));
    }

    @SubscribeMessage('promised')
    async promised() {
      return timer(1).pipe(map(() => 'promised'));
    }

    @SubscribeMessage('empty')
    empty() {
      return from([]);
    }

    @SubscribeMessage('like an event')
    like() {
      return { event: 'created', id: 1 };
    }

    @SubscribeMessage('failing')
    failing() {
      return source.failing$.pipe(tap({ subscribe: () => source.observers++ }));
    }

    @SubscribeMessage('dry up')
    dryUp() {
      source.failing$.error(new WsException('The source is dry.'));
      return 'dried up';
    }

    @SubscribeMessage('fails after')
    failsAfter() {
      return concat(
        of(1),
        throwError(() => new WsException('Out of numbers.')),
      );
    }

    @SubscribeMessage('throws')
    throws(@MessageBody() text: string) {
      throw new WsException(text);
    }

    @SubscribeMessage('throws an object')
    throwsObject(@MessageBody() document: object) {
      throw new WsException(document);
    }

    @SubscribeMessage('breaks')
    async breaks() {
      throw new Error('the secret');
    }

    @SubscribeMessage('Case')
    upper() {
      return 'upper';
    }

    @SubscribeMessage('case')
    lower() {
      return 'lower';
    }
  }

  const join = async (): Promise<HubPeer> => HubPeer.join(await served([PlainGateway]), '/plain');

  it.each<[string, unknown[], unknown]>([
    ['echo', [{ a: 1 }], { a: 1 }],
    ['echo', [1, 'two', [3]], [1, 'two', [3]]],
    ['echo', [], null],
    ['later', ['x'], 'x later'],
    ['nothing', [1], null],
    ['client', [{ name: 'ada' }], [true, true, 'ada']],
    ['undecorated', ['x'], [true, 'x']],
    ['numbers', [], 3],
    ['promised', [], 'promised'],
    ['empty', [], null],
    ['like an event', [], { event: 'created', id: 1 }],
    ['ECHO', ['x'], 'x'],
    ['Case', [], 'upper'],
    ['case', [], 'lower'],
  ])('answers a call of its message with what it returns: %s %j', async (method, args, result) => {
    const peer = await join();
    expect(await peer.ask(method, ...args)).toEqual({ type: 3, invocationId: 'ask-1', result });
    expect(peer.heard).toHaveLength(2);
  });

  it('that returns an event sends it, and answers with its data', async () => {
    const peer = await join();
    expect(await peer.ask('response', 7)).toMatchObject({ result: 7 });
    expect(await peer.hear()).toEqual({ type: 1, target: 'answered', arguments: [7] });
  });

  it('that returns several events sends them all, and answers with the data of the last', async () => {
    const peer = await join();
    expect(await peer.ask('responses')).toMatchObject({ result: 3 });
    expect(peer.heard.flatMap(({ target, arguments: args }) => (target === 'number' ? args : []))).toEqual([1, 2, 3]);
  });

  it.each<[string, string, unknown, object]>([
    ['a WsException with a text', 'throws', 'No such room.', told('throws', 'No such room.')],
    ['a WsException with a document that has a message', 'throws an object', { message: 'No.' }, told('throws an object', 'No.')],
    ['a WsException with any document', 'throws an object', { code: 7 }, { error: INVOKING('throws an object') }],
    ['an Observable of a WsException', 'fails after', undefined, told('fails after', 'Out of numbers.')],
  ])('tells its caller alone what went wrong, as the error of the call: %s', async (_, method, data, error) => {
    const app = await served([PlainGateway]);
    const [peer, other] = [await HubPeer.join(app, '/plain'), await HubPeer.join(app, '/plain')];
    expect(await peer.ask(method, data)).toMatchObject(error);
    expect(await peer.ask('echo', 'alive')).toMatchObject({ result: 'alive' });
    expect(await other.hearsNothing()).toBe(true);
    expect(peer.heard.every(({ type }) => type !== 1)).toBe(true);
  });

  it('tells of any other error only that there was one, and the log the rest', async () => {
    const peer = await join();
    expect(await peer.ask('breaks')).toMatchObject({ error: INVOKING('breaks') });
    expect(log.takeErrors()).toEqual([expect.stringContaining('the secret')]);
  });

  it('fails with its Observable, also where that fails in the course of another client’s call', async () => {
    const app = await served([PlainGateway]);
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => HubPeer.join(app, '/plain')));
    const answers = [first, second].map((peer) => peer.ask('failing'));
    while (source.observers < 2) await nextTurn();
    expect(await third.ask('dry up')).toMatchObject({ result: 'dried up' });
    expect(await Promise.all(answers)).toMatchObject([1, 2].map(() => told('failing', 'The source is dry.')));
    expect(first.heard).toHaveLength(2);
  });

  it('answers nobody who did not ask, not even with an error', async () => {
    const peer = await join();
    peer.say({ type: 1, target: 'echo', arguments: [1] }, { type: 1, target: 'throws', arguments: ['x'] });
    expect(await peer.hearsNothing()).toBe(true);
  });

  it.each(['unknown', 'handleConnection', 'constructor', '__proto__', 'toString', 'exception'])('is not there for %s', async (method) => {
    expect(await (await join()).ask(method)).toMatchObject({
      error: `Failed to invoke '${method}' due to an error on the server. HubException: Method does not exist.`,
    });
  });
});

describe('what stands around a handler of a plain gateway', () => {
  class Order {
    @IsInt()
    amount!: number;
  }

  @WebSocketGateway({ path: '/around' })
  class AroundGateway {
    @SubscribeMessage('guarded')
    @UseGuards({ canActivate: () => false })
    guarded() {}

    @SubscribeMessage('piped')
    piped(@MessageBody(ParseIntPipe) value: number) {
      return value;
    }

    @SubscribeMessage('validated')
    @UsePipes(new ValidationPipe({ exceptionFactory: (errors) => new WsException(Object.values(errors[0].constraints ?? {}).join()) }))
    validated(@MessageBody() order: Order) {
      return order.amount;
    }

    @SubscribeMessage('intercepted')
    @UseInterceptors({ intercept: (_, next: CallHandler<number>) => next.handle().pipe(map((value) => value * 2)) })
    intercepted(@MessageBody() value: number) {
      return value;
    }

    @SubscribeMessage('filtered')
    @UseFilters({ catch: (_, host) => host.switchToWs().getClient<GatewayClient>().emit('problem', 'filtered') })
    filtered() {
      throw new Error('x');
    }

    @SubscribeMessage('translated')
    @UseFilters(
      new (class extends BaseWsExceptionFilter {
        override catch(_: unknown, host: Parameters<BaseWsExceptionFilter['catch']>[1]) {
          // oxlint-disable-next-line promise/valid-params
          super.catch(new WsException('Translated.'), host);
        }
      })(),
    )
    translated() {
      throw new Error('x');
    }
  }

  const join = async (): Promise<HubPeer> => HubPeer.join(await served([AroundGateway]), '/around');

  it('is Nest’s own: guards, pipes, interceptors and filters', async () => {
    const peer = await join();
    expect(await peer.ask('guarded')).toMatchObject(told('guarded', 'Forbidden resource'));
    expect(await peer.ask('piped', '12')).toMatchObject({ result: 12 });
    expect(await peer.ask('intercepted', 21)).toMatchObject({ result: 42 });
    expect(await peer.ask('validated', { amount: 1 })).toMatchObject({ result: 1 });
    expect(await peer.ask('validated', { amount: 'x' })).toMatchObject(told('validated', 'amount must be an integer number'));
    expect(await peer.ask('translated')).toMatchObject(told('translated', 'Translated.'));
  });

  it('may send the client an event of its own instead of an error', async () => {
    const peer = await join();
    expect(await peer.ask('filtered')).toMatchObject({ result: null });
    expect(await peer.hear()).toEqual({ type: 1, target: 'problem', arguments: ['filtered'] });
  });
});

describe('a handler with an acknowledgment', () => {
  @WebSocketGateway({ path: '/ack' })
  class AckGateway {
    @SubscribeMessage('ack')
    ack(@Ack() ack: (answer: unknown) => void, @MessageBody() data: unknown) {
      ack({ got: data });
      return 'not this';
    }

    @SubscribeMessage('later')
    later(@Ack() ack: (answer: unknown) => void) {
      setImmediate(() => ack('later'));
    }

    @SubscribeMessage('twice')
    twice(@Ack() ack: (answer: unknown) => void) {
      ack(1);
      ack(2);
    }

    @SubscribeMessage('fails')
    fails(@Ack() _value: (answer: unknown) => void) {
      throw new WsException('No answer.');
    }
  }

  it('answers by it, at once or later, and once', async () => {
    const peer = await HubPeer.join(await served([AckGateway]), '/ack');
    expect(await peer.ask('ack', 1)).toMatchObject({ result: { got: 1 } });
    expect(await peer.ask('later')).toMatchObject({ result: 'later' });
    expect(await peer.ask('twice')).toMatchObject({ result: 1 });
    expect(await peer.hearsNothing()).toBe(true);
  });

  it('answers with its error when it fails: the acknowledgment is not waited for', async () => {
    const peer = await HubPeer.join(await served([AckGateway]), '/ack');
    expect(await peer.ask('fails')).toMatchObject(told('fails', 'No answer.'));
  });
});

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

  const lobby = () => served([LobbyGateway, Lobby]);

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
    const app = await served([LobbyGateway, SecondGateway, Lobby]);
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
    const app = await served([LobbyGateway, Lobby, OnlyHub]);
    await HubPeer.join(app, '/lobby');
    expect(await app.get(HubConnections).count()).toBe(0);
    expect(log.of('SignalR')).toEqual(['OnlyHub {/only}: go']);
  });

  it('at the path of a hub keeps the application from starting', async () => {
    @Hub('/Lobby')
    class LobbyHub {}
    await expect(served([LobbyGateway, Lobby, LobbyHub])).rejects.toThrow("are both served at '/Lobby'");
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
    expect(await (await HubPeer.join(await served([PlacedGateway]), path)).ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('has the users of authenticate, who are asked for when they connect', async () => {
    const { url } = await servedAppFrom(
      moduleOf([LobbyGateway, Lobby], { authenticate: ({ headers }) => headers.authorization?.replace('Bearer ', '') }),
      (app) => void app.useWebSocketAdapter(new SignalRAdapter(app)),
    );
    for (const door of doors) expect((await knock(door, `${url}/lobby`)).status).toBe(401);
    const socket = await HubSocket.join(`${url}/lobby?access_token=ada`);
    socket.socket.send('{"type":1,"invocationId":"1","target":"who","arguments":[]}\u001e');
    expect(await socket.messages()).toMatchObject([{ result: 'ada' }]);
  });

  it('has the options of the module', async () => {
    const app = await served([LobbyGateway, Lobby], { maximumReceiveMessageSize: 100 });
    const peer = await HubPeer.join(app, '/lobby');
    peer.write('x'.repeat(101));
    await peer.ended;
    expect(peer.heard.at(-1)).toMatchObject({ type: 7, error: 'Connection closed with an error.' });
  });
});

describe('a hook of a plain gateway that fails', () => {
  let fail: () => unknown = () => undefined;

  @WebSocketGateway({ path: '/hooks' })
  class HooksGateway implements OnGatewayConnection, OnGatewayDisconnect {
    handleConnection(client: GatewayClient) {
      return client.caller.user === 'mallory' ? fail() : undefined;
    }

    handleDisconnect(): unknown {
      return fail();
    }

    @SubscribeMessage('echo')
    echo(@MessageBody() data: unknown) {
      return data;
    }
  }

  const ways: [string, () => unknown][] = [
    ['throws', () => { throw new Error('no'); }],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['throws null', () => { throw null; }], // oxlint-disable-line typescript/only-throw-error
  ]; // prettier-ignore

  it.each(ways)('handleConnection %s: the client is disconnected, the log knows, the process lives', async (_, way) => {
    fail = way;
    const app = await served([HooksGateway]);
    const mallory = HubPeer.open(app, '/hooks', { user: 'mallory' });
    mallory.write('{"protocol":"json","version":1}\u001e');
    await mallory.ended;
    expect(log.takeErrors()[0]).toContain('gateway /hooks: running handleConnection failed');
    expect(await (await HubPeer.join(app, '/hooks')).ask('echo', 1)).toMatchObject({ result: 1 });
    fail = () => undefined;
    await mallory.served;
    log.takeErrors();
  });

  it.each(ways)('handleDisconnect %s: the log knows, the process lives', async (_, way) => {
    const app = await served([HooksGateway]);
    const peer = await HubPeer.join(app, '/hooks');
    await peer.hearsNothing();
    fail = way;
    await peer.hangUp();
    await nextTurn();
    expect(log.takeErrors()).toEqual([expect.stringContaining('gateway /hooks: running handleDisconnect failed')]);
    fail = () => undefined;
  });

  it('refuses without a line in the log by an error that is meant for the client', async () => {
    fail = () => {
      throw new HubException('Nobody may come.');
    };
    const app = await served([HooksGateway]);
    const mallory = HubPeer.open(app, '/hooks', { user: 'mallory' });
    mallory.write('{"protocol":"json","version":1}\u001e');
    await mallory.ended;
    fail = () => undefined;
    await mallory.served;
    expect(log.takeErrors()).toEqual([]);
  });
});

describe('SignalRAdapter', () => {
  it('says what is missing where the module is not imported', async () => {
    const start = servedAppFrom({}, (app) => void app.useWebSocketAdapter(new SignalRAdapter(app)));
    await expect(start).rejects.toThrow('Add SignalRModule.forRoot() to the imports of its root module.');
  });

  it('knows its options', async () => {
    const options = { fallBack: {} } as never;
    const start = servedAppFrom({ imports: [SignalRModule] }, (app) => void app.useWebSocketAdapter(new SignalRAdapter(app, options)));
    await expect(start).rejects.toThrow("SignalRAdapter does not know the option 'fallBack'. It takes fallback and owns.");
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
    const app = await served([OwnGateway]);
    const negotiation = await fetch(`http://127.0.0.1:${port}/own/negotiate?negotiateVersion=1`, { method: 'POST' });
    expect(await negotiation.json()).toMatchObject({ negotiateVersion: 1 });
    const socket = await HubSocket.join(`http://127.0.0.1:${port}/own`);
    socket.socket.send('{"type":1,"invocationId":"1","target":"echo","arguments":["x"]}\u001e');
    expect(await socket.messages()).toMatchObject([{ result: 'x' }]);
    expect((await fetch(`http://127.0.0.1:${port}/elsewhere`)).status).toBe(404);
    expect(await HubSocket.refusal(`http://127.0.0.1:${port}/elsewhere`)).toMatchObject({ status: 404 });
    await app.close();
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
    const app = await served([MemoryGateway]);
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
