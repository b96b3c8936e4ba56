import { describe, expect, it } from '@jest/globals';
import { Caller, Hub, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { servedAppOf } from '../../support/app-of.js';
import { HANDSHAKE, SEPARATOR } from '../../support/hub-peer.js';
import { HubRequests } from '../../support/hub-requests.js';
import { HubSocket } from '../../support/hub-socket.js';

@Hub('/chat')
class ChatHub {
  @HubMethod()
  look(@Caller() { transport, protocol }: HubCallerContext) {
    return { transport, protocol };
  }
}

const OTHERS =
  '&negotiateVersion=0&NegotiateVersion=99&transferFormat=Binary&transport=WebSockets&protocol=messagepack&EIO=3&vsn=1.0.0&hub=other';

const served = async (): Promise<string> => `${(await servedAppOf([ChatHub])).url}/chat`;

/** The same client, whose requests say something else of what they belong to. */
const strange = (client: HubRequests): HubRequests => Object.assign(Object.create(client) as HubRequests, { url: client.url + OTHERS });

describe('what a later request says of its connection', () => {
  it('A12: does not change one that polls', async () => {
    const client = await HubRequests.joined(await served());
    expect(await strange(client).ask('look')).toMatchObject([{ result: { transport: 'LongPolling', protocol: 'json' } }]);
    expect(await client.ask('look')).toMatchObject([{ result: { transport: 'LongPolling', protocol: 'json' } }]);
  });

  it('A12: does not change one over a WebSocket, and opens no second one', async () => {
    const client = await HubRequests.negotiated(await served());
    const socket = await HubSocket.join(client.url);
    expect(await HubSocket.refusal(strange(client).url)).toEqual({ status: 409, body: '' });
    expect(await strange(client).poll()).toMatchObject({ status: 400 });
    expect(await socket.ask('look')).toMatchObject({ result: { transport: 'WebSockets', protocol: 'json' } });
  });

  it('A12: does not change one over an event stream', async () => {
    const client = await HubRequests.negotiated(await served());
    const stream = await client.listen();
    expect((await strange(client).post(HANDSHAKE)).status).toBe(200);
    await stream.until(`{}${SEPARATOR}\r\n\r\n`);
    expect(await HubSocket.refusal(strange(client).url)).toMatchObject({ status: 400 });
  });

  it('A12: is not asked by the first request either: the handshake says what is spoken', async () => {
    const client = strange(await HubRequests.negotiated(await served()));
    const socket = await HubSocket.join(client.url);
    expect(await socket.ask('look')).toMatchObject({ result: { transport: 'WebSockets', protocol: 'json' } });
  });
});

describe('a frame of the other kind', () => {
  it.each([
    ['text', '\u0002{}'],
    ['bytes', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('C07: that is no MessagePack ends a connection that speaks it, and no other: %s', async (_, frame) => {
    const hub = await served();
    const socket = await HubSocket.open(hub);
    socket.socket.send(`{"protocol":"messagepack","version":1}${SEPARATOR}`);
    await socket.frame();
    socket.socket.send(frame);
    expect((await socket.closed)[0]).toBe(1000);
    expect(await (await HubSocket.join(hub)).ask('look')).toMatchObject({ result: { protocol: 'json' } });
  });
});
