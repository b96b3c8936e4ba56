import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Channel, ChannelEndpoint, ChannelSocket, HandleIn, Join, phoenix, Socket, type ChannelDialect } from 'nestjs-signalr';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { channelsOf } from '../../support/channel-app.js';
import { ChannelPeer } from '../../support/channel-peer.js';
import { knock } from '../../support/nest-knock.js';

@Channel('room:*')
class RoomChannel {
  @Join() join() {}
}

describe('endpoints', () => {
  @Channel('hall:*')
  class HallChannel {
    @Join() join() {}
  }

  @Channel('room:*')
  class SecondRoomChannel {
    @Join() join() {
      return 'second';
    }
  }

  it('serve all channels, or those that they name', async () => {
    @ChannelEndpoint('/all', { dialect: phoenix() })
    class AllSocket {}
    @ChannelEndpoint('/halls', { dialect: phoenix(), channels: [HallChannel] })
    class HallSocket {}
    const app = await channelsOf([AllSocket, HallSocket, RoomChannel, HallChannel], { channels: [] });
    const [all, halls] = [await ChannelPeer.open(app, { path: '/all' }), await ChannelPeer.open(app, { path: '/halls' })];
    expect([await all.join('room:1'), await all.join('hall:1'), await halls.join('hall:1')]).toMatchObject([
      { status: 'ok' },
      { status: 'ok' },
      { status: 'ok' },
    ]);
    expect(await halls.join('room:1')).toMatchObject({ status: 'error', response: { reason: 'unmatched topic' } });
  });

  it('take of two channels with the same pattern the one that was declared first', async () => {
    const app = await channelsOf([RoomChannel, SecondRoomChannel]);
    expect(await (await ChannelPeer.open(app)).join('room:1')).toEqual({ status: 'ok', response: {} });
    const channels = [{ path: '/socket', dialect: phoenix(), channels: [SecondRoomChannel, RoomChannel] }];
    const other = await channelsOf([RoomChannel, SecondRoomChannel], { channels });
    expect(await (await ChannelPeer.open(other)).join('room:1')).toEqual({ status: 'ok', response: 'second' });
  });

  it('say at boot where they are and what they serve', async () => {
    await channelsOf([RoomChannel, HallChannel]);
    expect(log.of('SignalR')).toContain('channels /socket {/socket, phoenix}: room:*, hall:*');
  });

  it('are missed where there are channels, and channels where there are endpoints', async () => {
    await channelsOf([RoomChannel, HallChannel], { channels: [] });
    expect(log.of('SignalR', 'warn')).toEqual([
      expect.stringMatching(/^No client can join RoomChannel, HallChannel: channels need an endpoint\. Write @ChannelEndpoint\(/),
    ]);
    log.lines = [];
    await channelsOf([]);
    expect(log.of('SignalR', 'warn')).toEqual([
      expect.stringMatching(/^channels \/socket \{\/socket\} has no topics that anybody could join\. Write @Channel\(/),
    ]);
  });

  it('lie below the global prefix where useGlobalPrefix says so', async () => {
    @Controller()
    class PageController {
      @Get('socket/websocket') page() {
        return 'page';
      }
    }
    const options = { channels: [{ path: '/socket', dialect: phoenix() }], useGlobalPrefix: true };
    const { url } = await servedAppFrom({ ...moduleOf([RoomChannel], options), controllers: [PageController] }, (app) =>
      app.setGlobalPrefix('api'),
    );
    expect(await knock('upgrade', `${url}/api/socket/websocket`)).toMatchObject({ status: 101 });
    expect(await knock('upgrade', `${url}/socket/websocket`)).toMatchObject({ status: 404 });
    expect(await (await fetch(`${url}/api/socket/websocket`)).text()).toBe('page');
  });

  it.each(['/socket/', '/socket//', '/'])('may have a slash at the end of their path: %s', async (path) => {
    const { url } = await servedAppFrom(moduleOf([RoomChannel], { channels: [{ path, dialect: phoenix() }] }));
    const at = `${url}${path === '/' ? '' : '/socket'}/websocket`;
    expect([(await knock('upgrade', at)).status, (await knock('upgrade', `${at}/`)).status]).toEqual([101, 101]);
  });

  it('may speak a dialect of the application’s own', async () => {
    const own: ChannelDialect = {
      ...phoenix(),
      name: 'own',
      routes: (path) => phoenix().routes(`${path}/own`),
      token: () => undefined,
      closeCode: () => 4_000,
      canAnswer: false,
      idleTimeout: 0,
    };
    const app = await channelsOf([RoomChannel], { channels: [{ path: '/socket', dialect: own }] });
    expect(await (await ChannelPeer.open(app, { path: '/socket/own' })).join('room:1')).toMatchObject({ status: 'ok' });
  });
});

describe('what a channel inherits', () => {
  class BaseChannel {
    @HandleIn('greet')
    greet(name: string, @Socket() socket: ChannelSocket) {
      return `Hello ${name} in ${socket.topic}`;
    }
  }

  it('is its handlers, of which an override without decorators keeps what they say', async () => {
    @Channel('room:*')
    class LoudChannel extends BaseChannel {
      @Join() join() {}

      override greet(name: string, socket: ChannelSocket) {
        return `${super.greet(name, socket)}!`;
      }
    }
    const peer = await ChannelPeer.in(await channelsOf([LoudChannel]), 'room:1');
    expect(await peer.push('room:1', 'greet', 'Ada')).toEqual({ status: 'ok', response: 'Hello Ada in room:1!' });
  });

  it('is its patterns', async () => {
    class DerivedChannel extends RoomChannel {}
    expect(await (await ChannelPeer.open(await channelsOf([DerivedChannel]))).join('room:1')).toMatchObject({ status: 'ok' });
  });
});
