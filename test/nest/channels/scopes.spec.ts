import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Channel, ChannelEndpoint, ChannelSession, ChannelSocket, HandleIn, Join, phoenix } from 'nestjs-signalr';
import { channelsOf } from '../../support/channel-app.js';
import { ChannelPeer } from '../../support/channel-peer.js';

@Injectable({ scope: Scope.REQUEST })
class Visit {
  static made = 0;
  readonly number = ++Visit.made;

  constructor(@Inject(REQUEST) readonly socket: ChannelSocket) {}
}

@Channel('scoped:*')
class ScopedChannel {
  constructor(private readonly visit: Visit) {}

  @Join()
  join() {
    return { number: this.visit.number, topic: this.visit.socket.topic };
  }

  @HandleIn('number')
  number() {
    return this.visit.number;
  }
}

@ChannelEndpoint('/socket', { dialect: phoenix() })
class ScopedEndpoint {
  static seen: unknown[] = [];

  constructor(@Inject(REQUEST) private readonly session: ChannelSession) {}

  onConnected(session: ChannelSession) {
    ScopedEndpoint.seen.push(this.session === session);
  }
}

describe('a request-scoped channel', () => {
  it('has an instance for each socket, which is its REQUEST', async () => {
    Visit.made = 0;
    const peer = await ChannelPeer.open(await channelsOf([ScopedChannel, Visit]));
    expect(await peer.join('scoped:1')).toMatchObject({ response: { number: 1, topic: 'scoped:1' } });
    expect(await peer.join('scoped:2')).toMatchObject({ response: { number: 2, topic: 'scoped:2' } });
    expect([await peer.push('scoped:1', 'number'), await peer.push('scoped:2', 'number')]).toMatchObject([
      { response: 1 },
      { response: 2 },
    ]);
    expect(await peer.join('scoped:1')).toMatchObject({ response: { number: 3 } });
  });

  it('may be an endpoint, with an instance for each session', async () => {
    ScopedEndpoint.seen = [];
    const app = await channelsOf([ScopedEndpoint, ScopedChannel, Visit], { channels: [] });
    await ChannelPeer.open(app);
    await ChannelPeer.open(app);
    expect(ScopedEndpoint.seen).toEqual([true, true]);
  });
});
