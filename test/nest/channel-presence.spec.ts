import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable } from '@nestjs/common';
import { Channel, Join, Presence, PresenceChanged, type ChannelOptions } from 'nestjs-signalr';
import { appOf } from '../support/app-of.js';

function channelWith(options: unknown) {
  @Channel('room:*', options as ChannelOptions)
  class RoomChannel {
    @Join()
    join() {}
  }
  return RoomChannel;
}

describe('Presence and history of a channel', () => {
  it('can be asked for everywhere', async () => {
    @Injectable()
    class Doorman {
      constructor(@Inject(Presence) readonly presence: Presence) {}
    }
    const app = await appOf([channelWith({ presence: true }), Doorman]);
    expect(await app.get(Doorman).presence.count('room:1')).toBe(0);
  });

  it('refuse at boot a handler that would never be called', async () => {
    @Channel('room:*')
    class RoomChannel {
      @Join()
      join() {}

      @PresenceChanged()
      changed() {}
    }
    await expect(appOf([RoomChannel])).rejects.toThrow('@PresenceChanged in RoomChannel would never be called');
  });

  it('refuse at boot a second handler', async () => {
    @Channel('room:*', { presence: true })
    class RoomChannel {
      @Join()
      join() {}

      @PresenceChanged()
      first() {}

      @PresenceChanged()
      second() {}
    }
    await expect(appOf([RoomChannel])).rejects.toThrow('@PresenceChanged');
  });

  it.each([{ presence: 1 }, { history: { size: -1 } }, { history: true }, { histroy: {} }])(
    'refuse at boot the options %j',
    async (options) => {
      await expect(appOf([channelWith(options)])).rejects.toThrow('@Channel on RoomChannel');
    },
  );
});
