import { describe, expect, it } from '@jest/globals';
import { Channel, ChannelEndpoint, Channels, HandleIn, HandleOut, Join, phoenix, Socket, type ChannelSocket } from 'nestjs-signalr';
import { servedAppFrom, moduleOf } from '../support/app-of.js';
import { PhoenixUser, type PhoenixTopic } from '../support/phoenix-js.js';

@Channel('news:*', { history: { size: 3 } })
class NewsChannel {
  @Join()
  join() {
    return { welcome: true };
  }

  @HandleIn('publish')
  async publish(payload: { text: string }, @Socket() socket: ChannelSocket) {
    await socket.broadcast('published', payload);
    return { published: true };
  }

  @HandleOut('signed')
  sign(payload: { text: string }) {
    return payload.text === 'secret' ? undefined : { ...payload, signed: true };
  }
}

@Channel('score:*', { history: { mode: 'latest' } })
class ScoreChannel {
  @Join()
  join() {
    return 'welcome';
  }
}

@ChannelEndpoint('/socket', { dialect: phoenix() })
class UserSocket {}

interface Recovery {
  recovered: boolean;
  epoch: string;
  offset: number;
}

/** Counts positions as the docs tell clients to. */
class Reader {
  readonly said: [event: string, payload: unknown][] = [];
  position: { epoch: string; offset: number } | undefined;
  recovery: Recovery | undefined;
  readonly topic: PhoenixTopic;

  constructor(
    readonly user: PhoenixUser,
    topic: string,
  ) {
    this.topic = user.topic(topic, () => ({ recover: this.position }));
    this.topic.channel.onMessage = (event: string, payload: unknown, ref: unknown) => {
      if (typeof ref === 'string' && ref.startsWith('@') && this.position) {
        this.position = { ...this.position, offset: Number(ref.slice(1)) };
        this.said.push([event, payload]);
      }
      return payload;
    };
  }

  async join(): Promise<unknown> {
    const { response } = await this.topic.join();
    this.recovery = (response as { recovery: Recovery }).recovery;
    if (!this.recovery.recovered) this.position = { epoch: this.recovery.epoch, offset: this.recovery.offset };
    return response;
  }
}

async function serve() {
  const { app, url } = await servedAppFrom(moduleOf([NewsChannel, ScoreChannel, UserSocket]));
  return { channels: app.get(Channels), url: `${url}/socket` };
}

describe('phoenix.js and the history of a topic', () => {
  it('gets a position with its join, and with each message the next one', async () => {
    const { channels, url } = await serve();
    const reader = new Reader(PhoenixUser.begin(url), 'news:1');
    expect(await reader.join()).toEqual({ welcome: true, recovery: { recovered: false, epoch: expect.any(String), offset: 0 } });
    const seen = reader.topic.listen('published').next('published');
    void reader.topic.push('publish', { text: 'a' });
    expect(await seen).toEqual({ text: 'a' });
    const again = reader.topic.listen('published').next('published');
    await channels.broadcast('news:1', 'published', { text: 'b' });
    expect(await again).toEqual({ text: 'b' });
    expect(reader.position?.offset).toBe(2);
  });

  it('gets exactly what it missed when it comes back, and goes on from there', async () => {
    const { channels, url } = await serve();
    const first = new Reader(PhoenixUser.begin(url), 'news:1');
    await first.join();
    first.user.disconnect();
    await channels.broadcast('news:1', 'published', { text: 'a' });
    await channels.broadcast('news:1', 'signed', { text: 'b' });
    const back = new Reader(PhoenixUser.begin(url), 'news:1');
    back.position = first.position;
    const seen = back.topic.listen('last').next('last');
    await back.join();
    expect(back.recovery).toEqual({ recovered: true, epoch: first.position?.epoch, offset: 2 });
    await channels.broadcast('news:1', 'last', {});
    await seen;
    expect(back.said).toEqual([
      ['published', { text: 'a' }],
      ['signed', { text: 'b', signed: true }],
      ['last', {}],
    ]);
    expect(back.position?.offset).toBe(3);
  });

  it('gets nothing of it where something is no longer known', async () => {
    const { channels, url } = await serve();
    const user = PhoenixUser.begin(url);
    const position = { epoch: '', offset: 0 };
    const reader = new Reader(user, 'news:1');
    await reader.join();
    Object.assign(position, reader.position);
    for (const text of ['a', 'b', 'c', 'd']) await channels.broadcast('news:1', 'published', { text });
    const late = new Reader(PhoenixUser.begin(url), 'news:1');
    late.position = position;
    await late.join();
    expect(late.recovery).toMatchObject({ recovered: false, offset: 4 });
    const seen = late.topic.listen('published').next('published');
    await channels.broadcast('news:1', 'published', { text: 'e' });
    await seen;
    expect(late.said).toEqual([['published', { text: 'e' }]]);
  });

  it('gets the last value where only that is kept, and a reply that is no object beside the recovery', async () => {
    const { channels, url } = await serve();
    for (const score of [1, 2]) await channels.broadcast('score:1', 'score', { score });
    const reader = new Reader(PhoenixUser.begin(url), 'score:1');
    const seen = reader.topic.listen('score').next('score');
    expect(await reader.join()).toEqual({ reply: 'welcome', recovery: { recovered: false, epoch: expect.any(String), offset: 2 } });
    expect(await seen).toEqual({ score: 2 });
  });
});
