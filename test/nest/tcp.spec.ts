import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import {
  Clients,
  Hub,
  HubCallerClients,
  HubConnections,
  HubMethod,
  json,
  messagePack,
  SignalRServer,
  type HubProtocol,
} from 'nestjs-signalr';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { appOf, log, servedAppOf } from '../support/app-of.js';
import { HANDSHAKE } from '../support/hub-peer.js';
import { TcpPeer } from '../support/tcp-peer.js';

@Hub('/chat', { tcp: { port: 0 }, maximumReceiveMessageSize: 1_000 })
class ChatHub {
  @HubMethod()
  add(a: number, b: number) {
    return a + b;
  }

  @HubMethod()
  async tell(text: string, @Clients() clients: HubCallerClients) {
    await clients.all.send('told', text);
  }

  @HubMethod()
  async *count(to: number) {
    for (let value = 1; value <= to; value++) yield value;
  }
}

@Hub('/other')
class OtherHub {}

async function open(options: Parameters<typeof appOf>[1] = {}) {
  const app = await appOf([ChatHub], options);
  const address = app.get(SignalRServer).tcpAddress(ChatHub) as { host: string; port: number };
  const peers: TcpPeer[] = [];
  const join = (protocol: HubProtocol = json()): TcpPeer => {
    peers.push(new TcpPeer(address.port, protocol));
    return peers[peers.length - 1];
  };
  return { app, address, join };
}

describe.each([
  ['JSON', json],
  ['MessagePack', messagePack],
])('a client over TCP that speaks %s', (_, protocol) => {
  it('shakes hands, calls and is called', async () => {
    const peer = (await open()).join(protocol());
    expect(await peer.shakeHands()).toBe('{}');
    peer.socket.write(peer.bytesOf(peer.call('add', 1, 2)));
    expect(await peer.next()).toMatchObject({ type: 3, invocationId: '1', result: 3 });
    peer.socket.write(peer.bytesOf(peer.call('tell', 'é')));
    expect(await peer.next()).toMatchObject({ type: 1, target: 'told', arguments: ['é'] });
    expect(await peer.next()).toMatchObject({ type: 3, invocationId: '2' });
    peer.socket.end();
    await peer.closed;
  });

  it('may send several messages in one write, and one message in several', async () => {
    const peer = (await open()).join(protocol());
    await peer.shakeHands();
    const bytes = peer.bytesOf(peer.call('add', 1, 1), { type: 6 }, peer.call('add', 2, 2), peer.call('add', 3, 3));
    peer.socket.write(bytes.subarray(0, -5));
    expect([await peer.next(), await peer.next()]).toMatchObject([{ result: 2 }, { result: 4 }]);
    for (const byte of bytes.subarray(-5)) peer.socket.write(Uint8Array.of(byte));
    expect(await peer.next()).toMatchObject({ invocationId: '3', result: 6 });
    peer.socket.end();
  });

  it('may send calls along with its handshake', async () => {
    const peer = (await open()).join(protocol());
    const first = peer.bytesOf(peer.call('add', 1, 1));
    peer.socket.write(Buffer.concat([Buffer.from(`{"protocol":"${protocol().name}","version":1}\u001e`), first]));
    expect(await peer.next()).toMatchObject({ invocationId: '1', result: 2 });
    peer.socket.end();
  });

  it('gets a stream, item by item', async () => {
    const peer = (await open()).join(protocol());
    await peer.shakeHands();
    const { invocationId } = peer.call('count') as { invocationId: string };
    peer.socket.write(peer.bytesOf({ type: 4, invocationId, target: 'count', arguments: [2] }));
    expect([await peer.next(), await peer.next(), await peer.next()]).toMatchObject([{ item: 1 }, { item: 2 }, { type: 3, invocationId }]);
    peer.socket.end();
  });

  it('gets completions for its own calls alone, and none without an id', async () => {
    const peer = (await open()).join(protocol());
    await peer.shakeHands();
    const nameless = { type: 1, target: 'nope', arguments: [] } as const;
    const messages = [
      nameless,
      { ...nameless, invocationId: '' },
      { ...nameless, target: 'add' },
      { type: 5, invocationId: '77' } as const,
    ];
    peer.socket.write(peer.bytesOf(...messages, { type: 3, invocationId: '78', result: 1 }, peer.call('add', 1, 1)));
    expect(await peer.next()).toMatchObject({ invocationId: '1', result: 2 });
    expect(peer.strange).toEqual([]);
    peer.socket.end();
  });

  it('is told that it may come back when the application ends, and finds the port closed', async () => {
    const { app, address, join } = await open();
    const peer = join(protocol());
    await peer.shakeHands();
    peer.socket.on('end', () => peer.socket.end());
    await app.close();
    expect(await peer.next()).toMatchObject({ type: 7, allowReconnect: true });
    await peer.closed;
    const [error] = (await once(connect(address), 'error')) as [{ code: string }];
    expect(error.code).toBe('ECONNREFUSED');
    expect(app.get(SignalRServer).tcpAddress(ChatHub)).toBeUndefined();
  });
});

describe('a hub with a port for TCP', () => {
  it('says where it is, in the log too', async () => {
    const { address } = await open();
    expect(address).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(log.of('SignalR', 'log')).toContain(`ChatHub {/chat} over TCP: 127.0.0.1, port ${address.port}`);
  });

  it('is served over HTTP as well, and another hub over HTTP alone', async () => {
    const { app } = await servedAppOf([ChatHub, OtherHub]);
    expect(app.get(SignalRServer).tcpAddress('/chat')).toBeDefined();
    expect(app.get(SignalRServer).tcpAddress(OtherHub)).toBeUndefined();
  });

  it('is the only one of its application, where the module says the port', async () => {
    const app = await appOf([OtherHub], { tcp: { port: 0 } });
    expect(app.get(SignalRServer).tcpAddress(OtherHub)?.port).toBeGreaterThan(0);
  });

  it('has the host of the module where it has none of its own', async () => {
    const { address } = await open({ tcp: { host: '0.0.0.0' } });
    expect(address.host).toBe('0.0.0.0');
  });

  it.each(['nothing', '{"protocol":', '\u0000\u0001\u0002'])('closes a client that does not shake hands in time: %j', async (said) => {
    const clock = new FakeClock();
    const { app, join } = await open({ clock });
    const peer = join();
    peer.socket.write(said === 'nothing' ? '' : said);
    peer.socket.on('end', () => peer.socket.end());
    await once(peer.socket, 'connect');
    while (Reflect.get(app.get(SignalRServer), 'connections').size === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(15_000);
    await peer.closed;
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('closes a client that sends more than a message may have', async () => {
    const peer = (await open()).join();
    peer.socket.write('x'.repeat(1_001));
    peer.socket.on('end', () => peer.socket.end());
    await expect(peer.closed).resolves.toBeUndefined();
  });

  it('answers a client that has ended its own side', async () => {
    const { address } = await open();
    const socket = connect({ ...address, allowHalfOpen: true }).setEncoding('utf8');
    socket.end(`${HANDSHAKE}{"type":1,"invocationId":"1","target":"add","arguments":[1,2]}\u001e`);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toContain('"result":3');
  });
});

describe('an application whose hub wants a port for TCP', () => {
  const listening = async (): Promise<[number, () => void]> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return [(server.address() as AddressInfo).port, () => server.close()];
  };

  it('does not start when that is taken, and says whose it is', async () => {
    const [port, free] = await listening();
    @Hub('/late', { tcp: { port } })
    class LateHub {}
    await expect(appOf([ChatHub, LateHub])).rejects.toThrow(
      `LateHub is to be served over TCP at 127.0.0.1, port ${port}, which cannot be listened on: listen EADDRINUSE`,
    );
    free();
  });

  it('does not start when the host is none of this machine, and says so', async () => {
    @Hub('/far', { tcp: { port: 0, host: '192.0.2.1' } })
    class FarHub {}
    await expect(appOf([FarHub])).rejects.toThrow("This machine has no address '192.0.2.1': set another host by the option 'tcp'.");
  });

  it('does not start when two hubs want the same', async () => {
    @Hub('/one', { tcp: { port: 5_000 } })
    class OneHub {}
    @Hub('/two', { tcp: { port: 5_000 } })
    class TwoHub {}
    await expect(appOf([OneHub, TwoHub])).rejects.toThrow("OneHub and TwoHub both want port 5000 of 127.0.0.1 by the option 'tcp'.");
  });
});
