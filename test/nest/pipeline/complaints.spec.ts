import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import {
  Catch,
  Injectable,
  Module,
  ParseIntPipe,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type OnModuleInit,
} from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Arg,
  Caller,
  Hub,
  HubCallerContext,
  HubException,
  HubMethod,
  InjectHubClients,
  SignalRAdapter,
  SignalRModule,
  type HubClients,
  type OnConnected,
  type OnDisconnected,
} from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { connect } from 'node:net';
import { map, throwError } from 'rxjs';
import { appFrom, appOf, log, moduleOf, servedAppFrom, servedAppOf } from '../../support/app-of.js';
import { Gate } from '../../support/hub-gate.js';
import { HubPeer } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { bearer, doors, knock } from '../../support/nest-knock.js';
import { askHub, askWebSocket } from '../../support/nest-neighbours.js';
import { freePort } from '../../support/nest-platforms.js';

@Injectable()
class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined>; user?: unknown }>();
    const [, name] = request.headers['authorization']?.split(' ') ?? [];
    if (name === undefined) throw new UnauthorizedException();
    request.user = { id: name };
    return true;
  }
}

const trail: unknown[] = [];

@Hub('/chat')
class ChatHub implements OnConnected, OnDisconnected {
  onConnected(caller: HubCallerContext) {
    trail.push('connected');
    if (caller.userIdentifier === 'mallory') throw new Error('mallory');
  }

  async onDisconnected(_: HubCallerContext, error?: Error) {
    await new Promise((resolve) => setImmediate(resolve));
    trail.push(`disconnected: ${error?.message ?? 'no error'}`);
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }

  @HubMethod()
  page(@Arg(ParseIntPipe) page: number) {
    return page;
  }

  @HubMethod()
  fail(how: string) {
    if (how === 'http') throw new UnauthorizedException();
    if (how === 'hub') throw new HubException('No room.');
    if (how === 'observable') return throwError(() => new Error('dry'));
    throw new Error('broken');
  }
}

@Hub('/guarded')
@UseGuards(TokenGuard)
class GuardedHub {
  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return [caller.user, caller.headers['x-tenant'], caller.query.get('room')];
  }
}

const joined = async (): Promise<HubPeer> => HubPeer.join(await appOf([ChatHub]), ChatHub);
const serving = async (prepare?: (app: INestApplication) => unknown): Promise<string> =>
  (await servedAppFrom(moduleOf([ChatHub, GuardedHub]), prepare)).url;

async function ask(url: string, method: string, ...args: unknown[]): Promise<unknown> {
  const socket = await HubSocket.join(url, { headers: { 'X-Tenant': 'acme', ...bearer('ada') } });
  socket.socket.send(`${JSON.stringify({ type: 1, invocationId: '1', target: method, arguments: args })}\u001e`);
  const [{ result, error }] = await socket.messages();
  return result ?? error;
}

/** The complaints about gateways that come up again and again, by their numbers at nestjs/nest. */
describe('what people miss in gateways, a hub has:', () => {
  it('guards when somebody connects, on the class (#882, #9231, #1254, #17434)', async () => {
    const url = await serving();
    for (const door of doors) {
      expect((await knock(door, `${url}/guarded`)).status).toBe(401);
      expect((await knock(door, `${url}/guarded`, bearer('ada'))).status).toBeLessThan(300);
    }
  });

  it('the request that asked for the upgrade: its headers, its query, its user (#4841, #820)', async () => {
    expect(await ask(`${await serving()}/guarded?room=7`, 'who')).toEqual([{ id: 'ada' }, 'acme', '7']);
  });

  it('global guards (#8060, #11461)', async () => {
    const url = await serving((app) => app.useGlobalGuards(new TokenGuard()));
    for (const door of doors) expect((await knock(door, `${url}/chat`)).status).toBe(401);
  });

  it('global pipes (#3475)', async () => {
    const url = await serving((app) => app.useGlobalPipes({ transform: (value: unknown) => [value] }));
    expect(await ask(`${url}/chat`, 'echo', 1)).toEqual([1]);
  });

  it('global interceptors (#1598)', async () => {
    const url = await serving((app) =>
      app.useGlobalInterceptors({ intercept: (_, next) => next.handle().pipe(map((value) => ({ value }))) }),
    );
    expect(await ask(`${url}/chat`, 'echo', 1)).toEqual({ value: 1 });
  });

  it('global filters (#15285)', async () => {
    @Catch()
    class AnyFilter {
      catch(error: Error) {
        return `caught ${error.message}`;
      }
    }
    const url = await serving((app) => app.useGlobalFilters(new AnyFilter()));
    expect(await ask(`${url}/chat`, 'fail', 'any')).toBe('caught broken');
  });

  it('an answer for every call, also when it fails, whatever fails: guard, pipe or method (#249, #2115, #3126)', async () => {
    const peer = await joined();
    expect(await peer.ask('page', 'x')).toMatchObject({ error: expect.stringContaining('numeric string is expected') });
    expect(await peer.ask('fail', 'http')).toMatchObject({ error: "Failed to invoke 'fail' because user is unauthorized" });
    expect(await peer.ask('fail', 'hub')).toMatchObject({ error: expect.stringContaining('HubException: No room.') });
  });

  it('errors that reach the client over every adapter (#9056, #11433)', async () => {
    const url = await serving((app) => void app.useWebSocketAdapter(new WsAdapter(app)));
    expect(await ask(`${url}/chat`, 'fail', 'hub')).toBe(
      "An unexpected error occurred invoking 'fail' on the server. HubException: No room.",
    );
  });

  it('a process that survives what happens when somebody connects (#336)', async () => {
    const app = await appOf([ChatHub]);
    const mallory = await HubPeer.join(app, ChatHub, { user: { id: 'mallory' } });
    await mallory.ended;
    expect(log.takeErrors()).toEqual(['ChatHub: running onConnected failed: mallory']);
    expect(await (await HubPeer.join(app, ChatHub)).ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('a process that survives an Observable that fails (#1285)', async () => {
    const peer = await joined();
    expect(await peer.ask('fail', 'observable')).toHaveProperty('error');
    expect(await peer.ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('a process that survives malformed JSON (#683)', async () => {
    const app = await appOf([ChatHub]);
    const peer = await HubPeer.join(app, ChatHub);
    peer.write('{"type":1,\u001e');
    await peer.ended;
    expect(await (await HubPeer.join(app, ChatHub)).ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('a line in the log for each error that is nobody’s wish (#4229, #4267)', async () => {
    await (await joined()).ask('fail', 'any');
    expect(log.takeErrors()).toEqual(["ChatHub: invoking 'fail' failed: broken"]);
  });

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

  it('room for other servers of WebSockets on the same port (#4968, #5407, #3880)', async () => {
    @WebSocketGateway({ path: '/gateway' })
    class EchoGateway {
      @SubscribeMessage('echo')
      echo(@MessageBody() data: unknown) {
        return { event: 'echoed', data };
      }
    }
    const { url } = await servedAppFrom(moduleOf([ChatHub, EchoGateway]), (app) => void app.useWebSocketAdapter(new WsAdapter(app)));
    const others = () => askWebSocket(`${url}/gateway`, '{"event":"echo","data":1}');
    expect(await Promise.all([others(), askHub(`${url}/chat`, 'x'), others()])).toEqual([
      '{"event":"echoed","data":1}',
      'x',
      '{"event":"echoed","data":1}',
    ]);
  });

  it('an end that does not hang with open sockets, and waits for what is asynchronous in the hooks (#13534, #13910, #11390, #7611)', async () => {
    const { app, url } = await servedAppOf([ChatHub]);
    const sockets = await Promise.all([1, 2, 3].map(() => HubSocket.join(`${url}/chat`)));
    trail.length = 0;
    await app.close();
    expect(trail).toEqual(Array(3).fill('disconnected: no error'));
    for (const socket of sockets) expect((await socket.closed)[0]).toBe(1000);
  });

  it('closed doors before onModuleInit is done (#3654, #4639), also at a port of its own', async () => {
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
    const starting = servedAppFrom(moduleOf([OwnGateway, SlowService]), (app) => void app.useWebSocketAdapter(new SignalRAdapter(app)));
    await gate.reached;
    gate.open();
    await starting;
    expect(attempts).toEqual(['ECONNREFUSED']);
    await HubSocket.join(`http://127.0.0.1:${port}/own`);
  });

  it('one onConnected for a connection, however many hubs there are (#3704)', async () => {
    const app = await appOf([ChatHub, GuardedHub]);
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

  it('tests without a port (#8065, #1114, #295)', async () => {
    const client = await createTestClient(await appOf([ChatHub]), ChatHub, { user: { id: 'ada' } });
    expect(await client.invoke('echo', 'x')).toBe('x');
    await client.close();
  });

  it('a reason why a connection has ended (#15451)', async () => {
    const peer = await joined();
    trail.length = 0;
    peer.say({ type: 7, error: 'I am off.' });
    await peer.served;
    expect(trail).toEqual(['disconnected: I am off.']);
  });
});
