import { describe, expect, it } from '@jest/globals';
import { Clients, Hub, HubMethod, UploadStream, type HubCallerClients } from 'nestjs-signalr';
import { WebSocket } from 'ws';
import { servedAppOf } from '../support/app-of.js';
import { EndingHub } from '../support/hub-ending.js';
import { closed, next } from '../support/nest-client.js';
import { clientsAndProtocols, officialClients, type Client } from '../support/official-clients.js';

@Hub('/chat')
class ChatHub extends EndingHub {
  @HubMethod()
  async shout(text: string, @Clients() clients: HubCallerClients) {
    await clients.all.send('shouted', text);
  }

  @HubMethod()
  async *count(to: number) {
    for (let number = 0; number < to; number++) yield await Promise.resolve(number);
  }

  @HubMethod()
  async sum(@UploadStream() numbers: AsyncIterable<number>) {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  }

  @HubMethod()
  async ask(question: string, @Clients() clients: HubCallerClients) {
    return clients.caller.invoke('question', question);
  }
}

const builderFor = ({ HubConnectionBuilder, HttpTransportType, LogLevel }: Client, url: string, options = {}) =>
  new HubConnectionBuilder()
    .withUrl(`${url}/chat`, { transport: HttpTransportType.WebSockets, ...options })
    .configureLogging(LogLevel.None);

describe('the official clients', () => {
  it('of the three versions are what they are called', () => {
    expect(officialClients.map(([version]) => Number.parseInt(version, 10))).toEqual([8, 9, 10]);
  });
});

describe.each(clientsAndProtocols)('the official client %s with %s', (_, __, client, protocol) => {
  it('calls, reads and sends streams, answers, hears what is sent to all, and leaves', async () => {
    const { app, url } = await servedAppOf([ChatHub]);
    const connection = builderFor(client, url).withHubProtocol(protocol).build();
    await connection.start();
    expect(await connection.invoke('echo', { a: [1, null, 'é'] })).toEqual({ a: [1, null, 'é'] });

    const items: unknown[] = [];
    await new Promise<void>((complete, error) => {
      connection.stream('count', 100).subscribe({ next: (item) => items.push(item), complete, error });
    });
    expect(items).toEqual([...Array(100).keys()]);

    const numbers = new client.Subject<number>();
    const sum = connection.invoke('sum', numbers);
    for (const number of items as number[]) numbers.next(number);
    numbers.complete();
    expect(await sum).toBe(4_950);

    connection.on('question', async (question: string) => `${question} Yes.`);
    expect(await connection.invoke('ask', 'Sure?')).toBe('Sure? Yes.');

    const heard = next(connection, 'shouted');
    await connection.send('shout', 'hello');
    expect(await heard).toEqual(['hello']);

    const hub = app.get(ChatHub);
    await connection.stop();
    await hub.gone.reached;
    expect(hub.ends).toEqual([undefined]);
  });
});

/** A kind of socket, and when the first ping went out over one of it. */
function pingingSocket(): { Socket: typeof WebSocket; pinged: Promise<void> } {
  let tell: () => void;
  const pinged = new Promise<void>((resolve) => (tell = resolve));
  class Socket extends WebSocket {
    override send(data: BufferLike): void {
      super.send(data);
      if (data === '{"type":6}\u001e') tell();
    }
  }
  return { Socket, pinged };
}

type BufferLike = Parameters<WebSocket['send']>[0];

describe.each(officialClients)('the official client %s', (_, client) => {
  it('pings as often as it is told to, and gives up a server that is silent for longer than it is told to wait', async () => {
    const { url } = await servedAppOf([ChatHub]);
    const { Socket, pinged } = pingingSocket();
    const connection = builderFor(client, url, { WebSocket: Socket }).withKeepAliveInterval(10).withServerTimeout(200).build();
    const end = closed(connection);
    await connection.start();
    await pinged;
    expect(await end).toMatchObject({ message: 'Server timeout elapsed without receiving a message from the server.' });
  });
});
