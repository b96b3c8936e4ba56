import { HttpTransportType } from '@microsoft/signalr';
import { describe, expect, it } from '@jest/globals';
import {
  Injectable,
  ParseIntPipe,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Arg,
  Caller,
  Clients,
  Hub,
  HubCallerClients,
  HubCallerContext,
  HubConnections,
  HubException,
  HubMethod,
  InjectHubClients,
  SignalRAdapter,
  SignalRServer,
  type HubClients,
  type OnConnected,
} from 'nestjs-signalr';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { map } from 'rxjs';
import { moduleOf } from '../support/app-of.js';
import { closed, connectTo, next, reasonOf } from '../support/nest-client.js';
import { platforms, servedOn, urlOf } from '../support/nest-platforms.js';

@Injectable()
class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined>; user?: unknown }>();
    const name = /^Bearer (\w+)$/.exec(request.headers['authorization'] ?? '')?.[1];
    request.user = { id: name };
    return name !== undefined;
  }
}

@Injectable()
class DoubleInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, handler: CallHandler<unknown>) {
    return handler.handle().pipe(map((value) => (typeof value === 'number' ? value * 2 : value)));
  }
}

@Hub('/chat')
@UseGuards(TokenGuard)
class ChatHub implements OnConnected {
  async onConnected(caller: HubCallerContext) {
    await caller.groups.add('lobby');
  }

  @HubMethod()
  say(text: string, @Caller() caller: HubCallerContext, @Clients() clients: HubCallerClients) {
    return clients.othersInGroup('lobby').send('said', caller.userIdentifier, text);
  }

  @HubMethod()
  @UseInterceptors(DoubleInterceptor)
  add(@Arg(ParseIntPipe) a: number, b: number) {
    return a + b;
  }

  @HubMethod()
  fail() {
    throw new HubException('No.');
  }
}

@Injectable()
class Announcer {
  constructor(@InjectHubClients(ChatHub) readonly clients: HubClients) {}
}

@WebSocketGateway({ path: '/plain' })
class PlainGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown) {
    return { event: 'echoed', data };
  }
}

const served = (platform: (typeof platforms)[number]) =>
  servedOn(platform, moduleOf([ChatHub, Announcer, PlainGateway]), (app) => void app.useWebSocketAdapter(new SignalRAdapter(app)));

const as = (name: string) => ({ accessTokenFactory: () => name });

describe.each(platforms)('the official client on %s', (platform) => {
  it.each([
    ['negotiates and connects', {}],
    ['skips the negotiation', { transport: HttpTransportType.WebSockets, skipNegotiation: true }],
    ['listens to events', { transport: HttpTransportType.ServerSentEvents }],
    ['polls', { transport: HttpTransportType.LongPolling }],
  ])('%s, calls, is called, and says goodbye', async (_, options) => {
    const { app, url } = await served(platform);
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((name) => connectTo(`${url}/chat`, { ...options, ...as(name) })));
    const heard = next(bob, 'said');
    expect(await ada.invoke('say', 'hello')).toBeNull();
    expect(await heard).toEqual(['ada', 'hello']);
    expect(await ada.invoke('ADD', '1', 2)).toBe(6);
    expect(await reasonOf(ada.invoke('add', 'x', 2))).toContain('HubException: Validation failed (numeric string is expected)');
    expect(await reasonOf(ada.invoke('fail'))).toBe("An unexpected error occurred invoking 'fail' on the server. HubException: No.");
    const news = next(ada, 'news');
    await app.get(Announcer).clients.user('ada').send('news', 1);
    expect(await news).toEqual([1]);
    await Promise.all([ada.stop(), bob.stop()]);
  });

  it('is told 403 before any socket is open where a guard refuses', async () => {
    const { url } = await served(platform);
    expect(await reasonOf(connectTo(`${url}/chat`))).toContain("Status code '403'");
    const options = { transport: HttpTransportType.WebSockets, skipNegotiation: true };
    expect(await reasonOf(connectTo(`${url}/chat`, options))).toContain('WebSocket failed to connect');
  });

  it('is answered by a plain gateway', async () => {
    const { url } = await served(platform);
    const connection = await connectTo(`${url}/plain`);
    const event = next(connection, 'echoed');
    expect(await connection.invoke('echo', { a: 1 })).toEqual({ a: 1 });
    expect(await event).toEqual([{ a: 1 }]);
    await connection.stop();
  });

  it('comes over one more server', async () => {
    const { app } = await served(platform);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    app.get(SignalRServer).attach(server);
    const connection = await connectTo(`${urlOf(server)}/chat`, as('ada'));
    expect(await connection.invoke('add', '1', 2)).toBe(6);
    await connection.stop();
    server.close();
  });

  it('is told that it may come back when the application ends, and ends without an error if it does not want to', async () => {
    const { app, url } = await served(platform);
    const connection = await connectTo(`${url}/chat`, as('ada'));
    const end = closed(connection);
    await app.close();
    expect(await end).toBeUndefined();
  });

  it('comes back by itself when it was disconnected and may', async () => {
    const { app, url } = await servedOn(platform, {
      ...moduleOf([ChatHub, Announcer]),
      providers: [ChatHub, Announcer, { provide: APP_INTERCEPTOR, useClass: DoubleInterceptor }],
    });
    const connection = await connectTo(`${url}/chat`, as('ada'), (builder) => builder.withAutomaticReconnect([0]));
    const { connectionId } = connection;
    const reconnected = new Promise((resolve) => connection.onreconnected(resolve));
    expect(await app.get(HubConnections).disconnect({ user: 'ada' }, { allowReconnect: true })).toBe(1);
    expect(await reconnected).not.toBe(connectionId);
    expect(await connection.invoke('add', '1', 2)).toBe(12);
    await connection.stop();
  });
});
