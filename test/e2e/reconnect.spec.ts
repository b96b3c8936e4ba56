import { describe, expect, it } from '@jest/globals';
import type { HubConnection, IHubProtocol } from '@microsoft/signalr';
import {
  Clients,
  Hub,
  HubClients,
  HubConnections,
  HubMethod,
  UploadStream,
  type HubCallerClients,
  type HubCallerContext,
} from 'nestjs-signalr';
import { servedAppOf } from '../support/app-of.js';
import { nextTurn } from '../support/changes.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { EndingHub } from '../support/hub-ending.js';
import { closed, next } from '../support/nest-client.js';
import { clientsAndProtocols, type Client } from '../support/official-clients.js';

@Hub('/chat', { statefulReconnect: true })
class ChatHub extends EndingHub {
  readonly said: unknown[] = [];
  /** Runs before a client has read the answer to its handshake. */
  greet: (caller: HubCallerContext) => unknown = () => undefined;

  onConnected(caller: HubCallerContext) {
    return this.greet(caller);
  }

  @HubMethod()
  async say(text: unknown, @Clients() clients: HubCallerClients) {
    this.said.push(text);
    await clients.all.send('said', text);
    return text;
  }

  @HubMethod()
  async *count(to: number) {
    for (let number = 0; number < to; number++) {
      await nextTurn();
      yield number;
    }
  }

  @HubMethod()
  async sum(@UploadStream() numbers: AsyncIterable<number>, @Clients() clients: HubCallerClients) {
    let sum = 0;
    for await (const number of numbers) await clients.caller.send('summed', (sum += number));
    return sum;
  }

  @HubMethod()
  async ask(question: string, @Clients() clients: HubCallerClients) {
    return clients.caller.invoke('question', question);
  }
}

/** A hub behind a network that breaks, and a client of it that may come back. */
async function connected(client: Client, protocol: IHubProtocol, greet: ChatHub['greet'] = () => undefined) {
  const { app, url } = await servedAppOf([ChatHub]);
  const hub = app.get(ChatHub);
  hub.greet = greet;
  const proxy = await CuttingProxy.before(url);
  const { HubConnectionBuilder, HttpTransportType, LogLevel } = client;
  const connection: HubConnection = new HubConnectionBuilder()
    .withUrl(`${proxy.url}/chat`, { transport: HttpTransportType.WebSockets })
    .withHubProtocol(protocol)
    .withStatefulReconnect()
    .configureLogging(LogLevel.None)
    .build();
  const heard: unknown[] = [];
  connection.on('said', (text) => void heard.push(text));
  return { app, hub, proxy, connection, heard };
}

type House = Awaited<ReturnType<typeof connected>>;

async function leave({ connection, proxy, hub }: House): Promise<void> {
  await connection.stop();
  await hub.gone.reached;
  await proxy.close();
  expect(hub.ends).toEqual([undefined]);
}

const breaks: ((proxy: CuttingProxy) => void)[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.reset(),
  (proxy) => proxy.cutAfter(10),
  (proxy) => proxy.dropClient(),
];

describe.each(clientsAndProtocols)('the official client %s with %s, behind a network that breaks', (_, __, client, protocol) => {
  it('J01: says and hears everything once and in order', async () => {
    const house = await connected(client, protocol);
    const { hub, proxy, connection, heard } = house;
    await connection.start();
    const texts: string[] = [];
    for (const [index, broken] of breaks.entries()) {
      texts.push(`before ${index}`, `during ${index}`, `after ${index}`);
      await connection.invoke('say', `before ${index}`);
      const during = connection.invoke('say', `during ${index}`);
      broken(proxy);
      expect(await during).toBe(`during ${index}`);
      await connection.invoke('say', `after ${index}`);
    }
    expect([hub.said, heard]).toEqual([texts, texts]);
    expect(proxy.upgrades).toBe(1 + breaks.length);
    await leave(house);
  });

  it('reads a stream to its end', async () => {
    const house = await connected(client, protocol);
    const { proxy, connection } = house;
    await connection.start();
    const items: number[] = [];
    await new Promise<void>((complete, error) => {
      const take = (item: number): void => {
        items.push(item);
        if (item % 100 === 50) proxy.cutAfter(item);
      };
      connection.stream<number>('count', 300).subscribe({ next: take, complete, error });
    });
    expect(items).toEqual([...Array(300).keys()]);
    expect(proxy.upgrades).toBeGreaterThan(1);
    await leave(house);
  });

  it('sends a stream to its end', async () => {
    const house = await connected(client, protocol);
    const { proxy, connection } = house;
    await connection.start();
    const numbers = new client.Subject<number>();
    const sum = connection.invoke<number>('sum', numbers);
    for (let number = 1; number <= 10; number++) {
      const summed = next(connection, 'summed');
      numbers.next(number);
      if (number % 4 === 0) proxy.cut();
      expect(await summed).toEqual([(number * (number + 1)) / 2]);
    }
    numbers.complete();
    expect(await sum).toBe(55);
    await leave(house);
  });

  it('is asked, and answers', async () => {
    const house = await connected(client, protocol);
    const { proxy, connection } = house;
    connection.on('question', (question: string) => {
      proxy.cut();
      return `${question} Yes.`;
    });
    await connection.start();
    expect(await connection.invoke('ask', 'Sure?')).toBe('Sure? Yes.');
    await leave(house);
  });

  it('hears once what was said to it before it could count', async () => {
    const greeted = await connected(client, protocol, () => greeted.app.get(HubClients).all.send('said', 'welcome'));
    const { proxy, connection, heard } = greeted;
    await connection.start();
    await connection.invoke('say', 'one');
    proxy.cut();
    await connection.invoke('say', 'two');
    expect(heard).toEqual(['welcome', 'one', 'two']);
    await leave(greeted);
  });

  it('J11: does not come back when it is told to go', async () => {
    const { app, hub, proxy, connection } = await connected(client, protocol);
    const end = closed(connection);
    await connection.start();
    await connection.invoke('echo', 1);
    const [{ connectionId }] = await app.get(HubConnections).list();
    await app.get(HubConnections).disconnect(connectionId);
    await end;
    await hub.gone.reached;
    expect([hub.ends, proxy.upgrades]).toEqual([[undefined], 1]);
    await proxy.close();
  });
});
