import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Hub, SignalRServer } from 'nestjs-signalr';
import { WebSocket, WebSocketServer } from 'ws';
import { appOf, servedAppOf } from '../support/app-of.js';
import { HANDSHAKE, invocation, record } from '../support/hub-peer.js';
import { HubSocket } from '../support/hub-socket.js';
import { OrdersHub } from './hubs/hooks.hub.js';
import { examplesThatNobodyRuns } from './pages.js';
import { listen } from './transports/listen.js';
import { MetersHub } from './transports/meters.hub.js';
import { ReportsHub } from './transports/reports.hub.js';
import { serveTunnels } from './transports/tunnels.js';

beforeAll(() => {
  process.env['TCP_PORT'] = '0';
});

describe('docs/transports.md', () => {
  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('transports')).toEqual([]);
  });

  it('serves streams of bytes', async () => {
    const server = listen((await appOf([OrdersHub])).get(SignalRServer));
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(HANDSHAKE);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toBe('{}\u001e');
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('serves WebSockets of one’s own', async () => {
    const tunnels = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(tunnels, 'listening');
    serveTunnels((await appOf([OrdersHub])).get(SignalRServer), tunnels);
    const client = new WebSocket(`ws://127.0.0.1:${(tunnels.address() as AddressInfo).port}`);
    await once(client, 'open');
    client.send(HANDSHAKE);
    const [answer, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
    expect([answer.toString(), isBinary]).toEqual(['{}\u001e', true]);
    client.terminate();
    await new Promise((resolve) => tunnels.close(resolve));
  });

  it('has a hub with a port, which here is one that is free', async () => {
    @Hub('/meters', { tcp: { port: 0 } })
    class TestedHub extends MetersHub {}
    const address = (await appOf([TestedHub])).get(SignalRServer).tcpAddress(TestedHub);
    const socket = connect(address as { port: number }).setEncoding('utf8');
    socket.end(HANDSHAKE + record(invocation('1', 'report', 'gas', 7)));
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toContain(record({ type: 3, invocationId: '1', result: 'gas is at 7' }));
  });

  it('has a hub that compresses', async () => {
    const { url } = await servedAppOf([ReportsHub]);
    const socket = await HubSocket.join(`${url}/reports`, { perMessageDeflate: true });
    expect(socket.socket.extensions).toContain('permessage-deflate');
    socket.socket.terminate();
  });
});
