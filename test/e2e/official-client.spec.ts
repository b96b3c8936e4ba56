import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  HubConnectionBuilder,
  HubConnectionState,
  HttpTransportType,
  JsonHubProtocol,
  LogLevel,
  type HubConnection,
  type IHttpConnectionOptions,
  type IHubProtocol,
} from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import {
  Caller,
  Clients,
  Hub,
  HubClients,
  HubConnections,
  HubException,
  HubMethod,
  Signal,
  type HubCallerClients,
  type HubCallerContext,
  type OnConnected,
  type OnDisconnected,
} from 'nestjs-signalr';
import { log, servedAppOf, type ServedApp } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';

@Hub('/chat')
class ChatHub implements OnConnected, OnDisconnected {
  readonly gone = new Gate();
  readonly counted = new Gate();
  readonly ends: (Error | undefined)[] = [];

  async onConnected(caller: HubCallerContext, @Clients() clients?: HubCallerClients) {
    await clients?.caller.send('Welcome', caller.connectionId);
  }

  onDisconnected(_: HubCallerContext, error?: Error) {
    this.ends.push(error);
    void this.gone.pass();
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }

  @HubMethod()
  async sendMessage(text: string, @Clients() clients: HubCallerClients) {
    await clients.all.send('messageReceived', text);
  }

  @HubMethod()
  async join(room: string, @Caller() caller: HubCallerContext) {
    await caller.groups.add(room);
  }

  @HubMethod()
  async leave(room: string, @Caller() caller: HubCallerContext) {
    await caller.groups.remove(room);
  }

  @HubMethod()
  async tellRoom(room: string, text: string, @Clients() clients: HubCallerClients) {
    await clients.group(room).send('messageReceived', text);
  }

  @HubMethod()
  size(text: string) {
    return { characters: text.length, bytes: Buffer.byteLength(text) };
  }

  @HubMethod()
  large(count: number) {
    return '€'.repeat(count);
  }

  @HubMethod()
  look(@Caller() { accessToken, connectionId, headers, transport }: HubCallerContext) {
    return { accessToken, connectionId, transport, authorization: headers.authorization ?? null };
  }

  @HubMethod()
  fail(told: boolean) {
    throw told ? new HubException('The room is full.') : new Error('secret');
  }

  @HubMethod()
  async ask(question: string, @Clients() clients: HubCallerClients) {
    return { answer: await clients.caller.invoke('question', question) };
  }

  @HubMethod()
  async *count(to: number, @Signal() signal: AbortSignal) {
    try {
      for (let number = 1; number <= to && !signal.aborted; number++) yield number;
    } finally {
      void this.counted.pass();
    }
  }

  @HubMethod()
  abort(@Caller() caller: HubCallerContext) {
    caller.abort();
  }
}

@Hub('/counter', { maximumParallelInvocationsPerClient: 50 })
class CounterHub {
  private running = 0;
  most = 0;

  @HubMethod()
  async double(value: number) {
    this.most = Math.max(this.most, ++this.running);
    await new Promise((resolve) => setImmediate(resolve));
    this.running--;
    return 2 * value;
  }
}

const clients: HubConnection[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
});

const served = (): Promise<ServedApp> => servedAppOf([ChatHub, CounterHub]);

function clientOf(url: string, options: IHttpConnectionOptions = {}, protocol: IHubProtocol = new JsonHubProtocol()): HubConnection {
  const client = new HubConnectionBuilder()
    .withUrl(url, options)
    .withHubProtocol(protocol)
    .withAutomaticReconnect([0, 0, 0])
    .configureLogging(LogLevel.None)
    .build();
  clients.push(client);
  return client;
}

async function started(url: string, options?: IHttpConnectionOptions, protocol?: IHubProtocol): Promise<HubConnection> {
  const client = clientOf(url, options, protocol);
  client.on('welcome', () => undefined);
  await client.start();
  return client;
}

/** The arguments of the next call of a client's method. */
const next = (client: HubConnection, method: string): Promise<unknown[]> =>
  new Promise((resolve) => client.on(method, (...args: unknown[]) => resolve(args)));

const skipping: IHttpConnectionOptions = { skipNegotiation: true, transport: HttpTransportType.WebSockets };

describe.each<[string, IHttpConnectionOptions, IHubProtocol]>([
  ['that negotiates', {}, new JsonHubProtocol()],
  ['that skips the negotiation', skipping, new JsonHubProtocol()],
  ['that speaks MessagePack', {}, new MessagePackHubProtocol()],
  ['that speaks MessagePack and skips the negotiation', skipping, new MessagePackHubProtocol()],
])('the official client %s', (_, options, protocol) => {
  it('calls methods, gets answers, and is called', async () => {
    const { url } = await served();
    const client = await started(`${url}/chat`, options, protocol);
    const received = next(client, 'MessageReceived');
    expect(await client.invoke('Echo', { a: [1, null, 'é'] })).toEqual({ a: [1, null, 'é'] });
    expect(await client.invoke('sendMessage', 'hello')).toBeNull();
    expect(await received).toEqual(['hello']);
  });

  it('is called by onConnected, and by the application', async () => {
    const { app, url } = await served();
    const client = clientOf(`${url}/chat`, options, protocol);
    const [welcome, news] = [next(client, 'welcome'), next(client, 'news')];
    await client.start();
    const [connectionId] = await welcome;
    expect(client.connectionId).toBe(options.skipNegotiation === true ? null : connectionId);
    await app.get(HubClients).of(ChatHub).client(String(connectionId)).send('news', 1, 2);
    expect(await news).toEqual([1, 2]);
  });

  it('reads streams to their end, and cancels one that it has enough of', async () => {
    const { app, url } = await served();
    const client = await started(`${url}/chat`, options, protocol);
    const numbers: number[] = [];
    await new Promise<void>((complete, error) => {
      client.stream<number>('count', 1_000).subscribe({ next: (number) => numbers.push(number), complete, error });
    });
    expect(numbers).toEqual([...Array(1_000).keys()].map((number) => number + 1));
    const first = new Promise((resolve) => {
      const reading = client.stream<number>('count', Number.MAX_SAFE_INTEGER).subscribe({
        next: (number) => (reading.dispose(), resolve(number)),
        complete: () => undefined,
        error: () => undefined,
      });
    });
    expect(await first).toBe(1);
    await app.get(ChatHub).counted.reached;
    expect(await client.invoke('echo', 'alive')).toBe('alive');
  });

  it('answers what a hub method asks it', async () => {
    const { url } = await served();
    const client = await started(`${url}/chat`, options, protocol);
    await expect(client.invoke('ask', 'x')).rejects.toThrow("HubException: Client didn't provide a result.");
    client.on('question', async (question: string) => `${question} Yes.`);
    expect(await client.invoke('ask', 'Sure?')).toEqual({ answer: 'Sure? Yes.' });
    client.off('question');
    client.on('question', () => {
      throw new TypeError('no');
    });
    await expect(client.invoke('ask', 'x')).rejects.toThrow('HubException: TypeError: no');
  });

  it('is told of errors in the words of ASP.NET Core', async () => {
    const { url } = await served();
    const client = await started(`${url}/chat`, options, protocol);
    await expect(client.invoke('fail', true)).rejects.toThrow(
      "An unexpected error occurred invoking 'fail' on the server. HubException: The room is full.",
    );
    await expect(client.invoke('fail', false)).rejects.toThrow(/^An unexpected error occurred invoking 'fail' on the server\.$/);
    await expect(client.invoke('nope')).rejects.toThrow(
      "Failed to invoke 'nope' due to an error on the server. HubException: Method does not exist.",
    );
    expect(log.takeErrors()).toHaveLength(1);
    expect(await client.invoke('echo', 1)).toBe(1);
  });

  it('sends its access token', async () => {
    const { url } = await served();
    const client = await started(`${url}/chat`, { ...options, accessTokenFactory: () => 'token' }, protocol);
    expect(await client.invoke('look')).toMatchObject({ accessToken: 'token', transport: 'WebSockets' });
  });

  it('says goodbye: no error on either side', async () => {
    const { app, url } = await served();
    const client = await started(`${url}/chat`, options, protocol);
    const closed = new Promise((resolve) => client.onclose(resolve));
    await client.stop();
    expect(await closed).toBeUndefined();
    await app.get(ChatHub).gone.reached;
    expect(app.get(ChatHub).ends).toEqual([undefined]);
  });
});

describe('official clients', () => {
  it('that speak MessagePack send and get bytes and dates, and share groups with those that speak JSON', async () => {
    const { url } = await served();
    const [binary, text] = [await started(`${url}/chat`, {}, new MessagePackHubProtocol()), await started(`${url}/chat`)];
    const value = { bytes: new Uint8Array([0, 255]), date: new Date(1), size: 2 ** 40, deep: [[{ 1: null }]] };
    expect(await binary.invoke('echo', value)).toEqual(value);
    const heard = [binary, text].map((client) => next(client, 'messageReceived'));
    for (const client of [binary, text]) await client.invoke('join', 'red');
    await binary.invoke('tellRoom', 'red', 'hello');
    expect(await Promise.all(heard)).toEqual([['hello'], ['hello']]);
  });

  it('of several hubs at once do not meet', async () => {
    const { url } = await served();
    const [chat, counter] = [await started(`${url}/chat`), await started(`${url}/counter`)];
    expect(await Promise.all([chat.invoke('echo', 1), counter.invoke('double', 2)])).toEqual([1, 4]);
    await expect(counter.invoke('echo', 1)).rejects.toThrow('Method does not exist.');
  });

  it('in groups get what is for their group', async () => {
    const { url } = await served();
    const [ada, bob, carol] = await Promise.all([1, 2, 3].map(() => started(`${url}/chat`)));
    const heard: string[] = [];
    for (const [name, client] of Object.entries({ ada, bob, carol })) client.on('messageReceived', (text) => heard.push(`${name} ${text}`));
    for (const client of [ada, bob]) await client.invoke('join', 'red');
    await carol.invoke('tellRoom', 'red', 'first');
    await bob.invoke('leave', 'red');
    await ada.invoke('tellRoom', 'red', 'second');
    const fences = Promise.all([ada, bob, carol].map((client) => next(client, 'messageReceived')));
    await carol.invoke('sendMessage', 'fence');
    await fences;
    expect(heard.filter((line) => !line.endsWith('fence')).sort()).toEqual(['ada first', 'ada second', 'bob first']);
  });

  it('may call 100 times at once, with as many running as the hub allows', async () => {
    const { app, url } = await served();
    const [one, many] = [await started(`${url}/chat`), await started(`${url}/counter`)];
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    expect(await Promise.all(numbers.map((value) => one.invoke('echo', value)))).toEqual(numbers);
    expect(await Promise.all(numbers.map((value) => many.invoke('double', value)))).toEqual(numbers.map((value) => 2 * value));
    expect(app.get(CounterHub).most).toBe(50);
  });

  it.each(['é', '€', '😀', '\u0000', '\u001e', '\u2028', 'a'])('may send and get large texts of %j', async (character) => {
    const { url } = await served();
    const client = await started(`${url}/chat`);
    const text = character.repeat(Math.floor(30_000 / Buffer.byteLength(JSON.stringify(character))));
    expect(await client.invoke('size', text)).toEqual({ characters: text.length, bytes: Buffer.byteLength(text) });
    expect(await client.invoke('echo', text)).toBe(text);
  });

  it('may get far more than they may send', async () => {
    const { url } = await served();
    const client = await started(`${url}/chat`);
    expect(await client.invoke('large', 250_000)).toBe('€'.repeat(250_000));
  });

  it('that send too much are closed, and may come back', async () => {
    const { app, url } = await served();
    const client = await started(`${url}/chat`);
    const back = new Promise((resolve) => client.onreconnected(resolve));
    await expect(client.invoke('size', 'x'.repeat(40_000))).rejects.toThrow('Connection closed with an error.');
    await back;
    expect(await client.invoke('echo', 1)).toBe(1);
    expect(app.get(ChatHub).ends).toMatchObject([{ name: 'InvalidDataException' }]);
  });

  it('cannot start where no hub is', async () => {
    const { url } = await served();
    await expect(clientOf(`${url}/nowhere`).start()).rejects.toThrow('404');
    await expect(clientOf(`${url}/nowhere`, skipping).start()).rejects.toThrow('WebSocket failed to connect');
  });
});

describe('an official client that reconnects', () => {
  it('comes back by itself, under another id, when the server cuts it and allows that', async () => {
    const { app, url } = await served();
    const client = await started(`${url}/chat`);
    const before = client.connectionId as string;
    const back = new Promise((resolve) => client.onreconnected(resolve));
    const left = new Promise((resolve) => client.onreconnecting(resolve));
    await app.get(HubConnections).of(ChatHub).disconnect(before, { allowReconnect: true, reason: 'Moving.' });
    expect(await left).toMatchObject({ message: expect.stringContaining('Moving.') });
    const after = await back;
    expect([after === before, client.connectionId, await client.invoke('echo', 1)]).toEqual([false, after, 1]);
  });

  it('comes back by itself when its network is cut', async () => {
    const { app, url } = await served();
    const sockets = new Set<Socket>();
    app.getHttpServer().on('connection', (socket: Socket) => sockets.add(socket));
    const client = await started(`${url}/chat`);
    const back = new Promise((resolve) => client.onreconnected(resolve));
    for (const socket of sockets) socket.destroy();
    await back;
    expect(await client.invoke('echo', 1)).toBe(1);
    expect(app.get(ChatHub).ends).toHaveLength(1);
  });

  it('stays away when the server cuts it for good, and is told why', async () => {
    const { app, url } = await served();
    const client = await started(`${url}/chat`);
    const closed = new Promise((resolve) => client.onclose(resolve));
    await app.get(HubConnections).of(ChatHub).disconnect(String(client.connectionId), { reason: 'Banned.' });
    expect(await closed).toMatchObject({ message: expect.stringContaining('Server returned an error on close: Banned.') });
    expect(client.state).toBe(HubConnectionState.Disconnected);
  });

  it('stays away, without an error, when a method aborts its connection', async () => {
    const { url } = await served();
    const client = await started(`${url}/chat`);
    const closed = new Promise((resolve) => client.onclose(resolve));
    await expect(client.invoke('abort')).rejects.toThrow('underlying connection being closed');
    expect(await closed).toBeUndefined();
    expect(client.state).toBe(HubConnectionState.Disconnected);
  });

  it('tries to come back when the application ends', async () => {
    const { app, url } = await served();
    const client = await started(`${url}/chat`);
    const left = new Promise((resolve) => client.onreconnecting(resolve));
    const closed = new Promise((resolve) => client.onclose(resolve));
    await app.close();
    await left;
    await closed;
    expect(client.state).toBe(HubConnectionState.Disconnected);
  });
});
