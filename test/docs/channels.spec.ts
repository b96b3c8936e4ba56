import { describe, expect, it, jest } from '@jest/globals';
import { Channels } from 'nestjs-signalr';
import { moduleOf, servedAppFrom } from '../support/app-of.js';
import { PhoenixPeer } from '../support/phoenix-peer.js';
import { examplesThatNobodyRuns } from './pages.js';
import { follow } from './channels/lounge.client.js';
import { LoungeChannel } from './channels/lounge.channel.js';
import { NewsChannel } from './channels/news.channel.js';
import { News } from './channels/news.client.js';
import { UserSocket } from './channels/user.socket.js';

async function serve() {
  const { app, url } = await servedAppFrom(moduleOf([LoungeChannel, NewsChannel, UserSocket]));
  return { channels: app.get(Channels), url: `${url.replace('http', 'ws')}/socket` };
}

describe('docs/channels.md', () => {
  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('channels')).toEqual([]);
  });

  it('shows who is there', async () => {
    const info = jest.spyOn(console, 'info').mockReturnValue();
    const { url } = await serve();
    const peer = new PhoenixPeer(url);
    const channel = peer.socket.channel('lounge:1', { name: 'ann', device: 'phone' });
    const seen = new Promise<string[]>((resolve) => follow(channel, resolve));
    channel.join();
    expect(await seen).toEqual(['ann']);
    expect(await peer.answer(channel.push('status', { device: 'phone', status: 'away' }))).toEqual({ people: 1 });
    expect(info).toHaveBeenCalledWith('lounge:1', 'came:', ['ann'], 'went:', []);
  });

  it('brings what was missed when a connection is lost', async () => {
    const { channels, url } = await serve();
    const peer = new PhoenixPeer(url);
    const seen: unknown[] = [];
    const waiting: (() => void)[] = [];
    const saw = (count: number): Promise<void> =>
      seen.length >= count ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve)).then(() => saw(count));
    const note = (payload: unknown): void => {
      seen.push(payload);
      for (const resolve of waiting.splice(0)) resolve();
    };
    const reload = jest.fn();
    const news = new News(peer.socket, 'news:1', note, reload);
    await peer.joined('news:1');
    await channels.broadcast('news:1', 'published', { n: 1 });
    await saw(1);
    await peer.lose();
    await channels.broadcast('news:1', 'published', { n: 2 });
    await channels.broadcast('news:1', 'published', { n: 3 });
    await saw(3);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(news.position?.offset).toBe(3);
    expect(reload).not.toHaveBeenCalled();
  });
});
