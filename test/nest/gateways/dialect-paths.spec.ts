import { describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { WsAdapter } from '@nestjs/platform-ws';
import { chain, ChannelGatewayClient, Hub, phoenix, SignalRAdapter, type ChannelDialect } from 'nestjs-signalr';
import type { Type } from '@nestjs/common';
import { log, moduleOf, servedAppFrom, type ServedApp } from '../../support/app-of.js';
import { HubSocket } from '../../support/hub-socket.js';
import { freePort } from '../../support/nest-platforms.js';
import { PhoenixUser } from '../../support/phoenix-js.js';

const connected: unknown[] = [];

@WebSocketGateway({ path: '/chat' })
class ChatGateway implements OnGatewayConnection {
  handleConnection(client: unknown) {
    connected.push(client instanceof ChannelGatewayClient);
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown) {
    return data;
  }
}

/** A second one at the same path. */
@WebSocketGateway({ path: '/chat' })
class MoreGateway {
  @SubscribeMessage('more')
  more() {
    return 'more';
  }
}

@WebSocketGateway({ path: '/plain', signalr: true })
class PlainGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown) {
    return data;
  }
}

/** One of the fallback's. */
@WebSocketGateway({ path: '/other' })
class OtherGateway {}

function serve(dialects: Record<string, ChannelDialect>, gateways: Type[] = [ChatGateway, OtherGateway]): Promise<ServedApp> {
  return servedAppFrom(
    moduleOf(gateways),
    (app) => void app.useWebSocketAdapter(new SignalRAdapter(app, { fallback: new WsAdapter(app), dialects })),
  );
}

describe('the option dialects of SignalRAdapter', () => {
  it('takes the gateways of its paths, and leaves the others to SignalR and to the fallback', async () => {
    connected.length = 0;
    const { url } = await serve({ 'Chat/': phoenix() }, [ChatGateway, MoreGateway, PlainGateway, OtherGateway]);
    const ada = new PhoenixUser(`${url}/chat`);
    await ada.connect();
    const room = await ada.join('any room');
    expect(await room.push('more')).toEqual({ status: 'ok', response: 'more' });
    expect(await room.push('echo', { n: 1 })).toEqual({ status: 'ok', response: { n: 1 } });
    expect(connected).toEqual([true]);
    ada.disconnect();
    expect(await (await HubSocket.join(`${url}/plain`)).ask('echo', 1)).toMatchObject({ result: 1 });
    expect((await fetch(`${url}/other/negotiate`, { method: 'POST' })).status).toBe(404);
    expect(log.of('SignalR')).toEqual([]);
  });

  it('speaks any dialect, and on a port of the gateway alone too', async () => {
    const port = await freePort();
    @WebSocketGateway(port, { path: '/pages' })
    class PagesGateway {}
    await serve({ '/pages': chain({ cookie: { secrets: ['a secret of the test'] } }) }, [PagesGateway]);
    const script = await fetch(`http://127.0.0.1:${port}/chain.js`);
    expect(script.headers.get('content-type')).toContain('javascript');
    const stream = await fetch(`http://127.0.0.1:${port}/pages/sse`);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    await stream.body?.cancel();
  });

  it.each<[string, unknown, string]>([
    ['a path without a gateway', { '/chat': phoenix(), '/chats': phoenix() }, "names '/chats', where no gateway is. There are: /chat."],
    [
      'no dialect',
      { '/chat': 'phoenix' },
      "has 'phoenix' for '/chat'. Say how the clients of the gateway there speak: { '/chat': phoenix() }.",
    ],
    ['no object', 'phoenix', 'has to be an object of dialects by path'],
    ['a path twice', { '/chat': phoenix(), '/Chat/': phoenix() }, "names '/Chat/' twice"],
  ])('with %s keeps the application from starting', async (_, given, text) => {
    await expect(serve(given as never)).rejects.toThrow(text);
  });

  it('at the path of a hub keeps the application from starting', async () => {
    @Hub('/chat/websocket')
    class SameHub {}
    await expect(serve({ '/chat': phoenix() }, [ChatGateway, SameHub])).rejects.toThrow("are both served at '/chat/websocket'");
  });
});
