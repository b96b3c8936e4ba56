import { describe, expect, it } from '@jest/globals';
import {
  HttpTransportType,
  HubConnectionBuilder,
  JsonHubProtocol,
  LogLevel,
  type HubConnection,
  type IHubProtocol,
  Subject,
  type IStreamResult,
} from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { UseGuards, type ExecutionContext } from '@nestjs/common';
import {
  Caller,
  Clients,
  Hub,
  HubClients,
  HubConnections,
  HubMethod,
  UploadStream,
  type HubCallerClients,
  type HubCallerContext,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { map, Observable } from 'rxjs';
import { EndingHub } from '../support/hub-ending.js';
import { moduleOf } from '../support/app-of.js';
import { closed, next, reasonOf } from '../support/nest-client.js';
import { platforms, servedOn, type Platform } from '../support/nest-platforms.js';

@Hub('/chat', { maximumReceiveMessageSize: 1_048_576 })
@UseGuards({
  canActivate: (context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    request.user = { id: /^Bearer (\w+)$/.exec(request.headers.authorization ?? '')?.[1] };
    return true;
  },
})
class ChatHub extends EndingHub {
  @HubMethod()
  look(@Caller() { transport, protocol, userIdentifier }: HubCallerContext) {
    return [transport, protocol, userIdentifier];
  }

  @HubMethod()
  async shout(text: string, @Clients() clients: HubCallerClients) {
    await clients.all.send('shouted', text);
  }

  @HubMethod()
  async *count(to: number) {
    for (let number = 0; number < to; number++) yield await Promise.resolve(number);
  }

  @HubMethod()
  async *flood(pieces: number) {
    for (let piece = 0; piece < pieces; piece++) yield await Promise.resolve(`${piece},`.repeat(2_000));
  }

  @HubMethod()
  async joined(separator: string, left: Observable<unknown>, @UploadStream() right: AsyncIterable<unknown>) {
    const numbers: unknown[] = [];
    const reading = left.forEach((item) => void numbers.push(item));
    const others: unknown[] = [];
    for await (const item of right) others.push(item);
    await reading;
    return [numbers.join(separator), others.join(separator)];
  }

  @HubMethod()
  doubled(values: Observable<number>) {
    return values.pipe(map((value) => 2 * value));
  }

  @HubMethod()
  ask(question: string, @Clients() clients: HubCallerClients) {
    return clients.caller.invoke('question', question);
  }

  @HubMethod()
  abort(@Caller() caller: HubCallerContext) {
    caller.abort();
  }
}

const cases: [HttpTransportType, string, IHubProtocol][] = [
  [HttpTransportType.WebSockets, 'WebSockets', new JsonHubProtocol()],
  [HttpTransportType.WebSockets, 'WebSockets', new MessagePackHubProtocol()],
  [HttpTransportType.ServerSentEvents, 'ServerSentEvents', new JsonHubProtocol()],
  [HttpTransportType.LongPolling, 'LongPolling', new JsonHubProtocol()],
  [HttpTransportType.LongPolling, 'LongPolling', new MessagePackHubProtocol()],
];

const crossed = platforms.flatMap((platform) => cases.map((one) => [platform, one[1], one[2].name, one] as const));

async function connected(url: string, [transport, , protocol]: (typeof cases)[number], retries?: number[]): Promise<HubConnection> {
  const builder = new HubConnectionBuilder()
    .withUrl(`${url}/Chat`, { transport, accessTokenFactory: () => 'ada' })
    .withHubProtocol(protocol)
    .configureLogging(LogLevel.None);
  const connection = (retries === undefined ? builder : builder.withAutomaticReconnect(retries)).build();
  await connection.start();
  return connection;
}

function itemsOf<T>(stream: IStreamResult<T>): Promise<T[]> {
  const items: T[] = [];
  return new Promise((resolve, reject) => {
    stream.subscribe({ next: (item) => items.push(item), complete: () => resolve(items), error: reject });
  });
}

const served = (platform: Platform, options?: SignalRModuleOptions) => servedOn(platform, moduleOf([ChatHub], options));

describe.each(crossed)('the official client on %s over %s with %s', (platform, name, protocol, one) => {
  it('calls, and is called, in order and of every size', async () => {
    const { url } = await served(platform);
    const connection = await connected(url, one);
    expect(await connection.invoke('look')).toEqual([name, protocol, 'ada']);
    const texts = ['', 'line\nline\r\nline\rend\n', 'é€😀\u2028', 'x'.repeat(200_000)];
    for (const text of texts) expect(await connection.invoke('echo', text)).toBe(text);
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    expect(await Promise.all(numbers.map((number) => connection.invoke('echo', number)))).toEqual(numbers);
    const heard = next(connection, 'shouted');
    await connection.send('shout', 'hello');
    expect(await heard).toEqual(['hello']);
    await connection.stop();
  });

  it('gets what is sent to all, those of other transports among them', async () => {
    const { app, url } = await served(platform);
    const connections = await Promise.all([one, ...cases].map((other) => connected(url, other)));
    const heard = connections.map((connection) => next(connection, 'news'));
    await app.get(HubClients).all.send('news', 'a\nb');
    expect(await Promise.all(heard)).toEqual(connections.map(() => ['a\nb']));
    await Promise.all(connections.map((connection) => connection.stop()));
  });

  it('gets streams in order, and more of them than may wait at a time', async () => {
    const { url } = await served(platform, { outbox: { highWaterMark: 10_000, maximum: 200_000 } });
    const connection = await connected(url, one);
    expect(await itemsOf(connection.stream<number>('count', 100))).toEqual(Array.from({ length: 100 }, (_, index) => index));
    const pieces = await itemsOf(connection.stream<string>('flood', 100));
    expect(pieces.map((piece) => Number.parseInt(piece, 10))).toEqual(Array.from({ length: 100 }, (_, index) => index));
    await connection.stop();
  });

  it('uploads several streams at once, and gets an answer or a stream for them', async () => {
    const { url } = await served(platform);
    const connection = await connected(url, one);
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const [left, right, values] = [new Subject<number>(), new Subject<string>(), new Subject<number>()];
    // With two streams side by side this client takes the second one for an argument.
    const joined = connection.invoke('joined', left, ' ', right);
    const doubled = itemsOf(connection.stream<number>('doubled', values));
    for (const number of numbers) for (const stream of [left, values]) stream.next(number);
    for (const text of ['a', 'é€😀']) right.next(text);
    for (const stream of [right, left, values]) stream.complete();
    expect(await joined).toEqual([numbers.join(' '), 'a é€😀']);
    expect(await doubled).toEqual(numbers.map((number) => 2 * number));
    await connection.stop();
  });

  it('answers what a method asks it', async () => {
    const { url } = await served(platform);
    const connection = await connected(url, one);
    connection.on('question', async (question: string) => `${question} Yes.`);
    expect(await connection.invoke('ask', 'Sure?')).toBe('Sure? Yes.');
    await connection.stop();
  });

  it('says goodbye without an error', async () => {
    const { app, url } = await served(platform);
    const connection = await connected(url, one);
    const hub = app.get(ChatHub);
    hub.gone.open();
    await connection.stop();
    await hub.gone.reached;
    expect(hub.ends).toEqual([undefined]);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('is told when it is over', async () => {
    const { url } = await served(platform);
    const connection = await connected(url, one);
    const end = closed(connection);
    await connection.send('abort');
    expect(await end).toBeUndefined();
  });

  it('comes back by itself when it was disconnected and may', async () => {
    const { app, url } = await served(platform);
    const connection = await connected(url, one, [0, 0, 0]);
    const { connectionId } = connection;
    const reconnected = new Promise((resolve) => connection.onreconnected(resolve));
    expect(await app.get(HubConnections).disconnect({ user: 'ada' }, { allowReconnect: true })).toBe(1);
    expect(await reconnected).not.toBe(connectionId);
    expect(await connection.invoke('echo', 1)).toBe(1);
    await connection.stop();
  });

  it('is told that it may come back when the application ends', async () => {
    const { app, url } = await served(platform);
    const connection = await connected(url, one, [60_000]);
    const reconnecting = new Promise((resolve) => connection.onreconnecting(resolve));
    await app.close();
    await reconnecting;
    await connection.stop();
    expect(app.get(ChatHub).ends).toEqual([undefined]);
  });
});

describe('the official client', () => {
  it('takes the next transport that is served', async () => {
    const { url } = await served('Express', { transports: ['LongPolling'] });
    const any = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
    const connection = await connected(url, [any, '', new JsonHubProtocol()]);
    expect(await connection.invoke('look')).toEqual(['LongPolling', 'json', 'ada']);
    await connection.stop();
  });

  it('is told so where none of its transports is served', async () => {
    const { url } = await served('Express', { transports: ['LongPolling'] });
    expect(await reasonOf(connected(url, [HttpTransportType.ServerSentEvents, '', new JsonHubProtocol()]))).toContain(
      "'LongPolling' is disabled by the client",
    );
  });
});
